// facegan interpolate: a walk through latent space from seed to seed.
#include "app/command_line/seeds.h"
#include "app/make/animation.h"
#include "app/make/picture_maker.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/infer/latents.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

using core::str;
constexpr std::int64_t kMaxFrames = 10'000, kMaxWalks = 1024;

struct Wanted {
  std::vector<std::uint64_t> seeds;
  std::int64_t walks;  // side by side: the k-th goes from picture k of a seed to picture k of the next
  infer::Walk walk;
};

Wanted read_wanted(const Invocation& invocation, const Out& out) {
  Wanted w{parse_seeds(invocation.text("seed", "1,2")), invocation.integer("count", 1, 1, kMaxWalks), {}};
  if (w.seeds.size() < 2)
    throw Error(ErrorKind::usage, "--seed names the stops of the walk, two or more, such as 1,2 or 3,5,9");
  w.walk.frames = invocation.integer("frames", out.kind == Out::Kind::png ? 10 : 60, 2, kMaxFrames);
  w.walk.closed = invocation.has("closed");
  w.walk.linear = invocation.has("linear");
  return w;
}

// Frame by frame, the pictures of all walks.
std::vector<std::vector<image::Image>> make_frames(const PictureMaker& maker, const Wanted& wanted) {
  std::vector<std::vector<image::Image>> frames(static_cast<std::size_t>(wanted.walk.frames));
  for (std::int64_t k = 0; k < wanted.walks; ++k) {
    std::vector<Latent> stops;
    for (const std::uint64_t seed : wanted.seeds)
      stops.push_back(maker.sampler().latent(seed, static_cast<std::uint64_t>(k)));
    auto pictures = maker.pictures(infer::walk(stops, wanted.walk));
    for (std::size_t i = 0; i < frames.size(); ++i) frames[i].push_back(std::move(pictures[i]));
  }
  return frames;
}

// A row for each walk.
image::Image strip(const PictureMaker& maker, const Wanted& wanted,
                   const std::vector<std::vector<image::Image>>& frames) {
  std::vector<image::Image> cells;
  for (std::size_t k = 0; k < static_cast<std::size_t>(wanted.walks); ++k)
    for (const auto& frame : frames) cells.push_back(frame[k]);
  return maker.sheet(cells, wanted.walks, wanted.walk.frames);
}

void check_size(const PictureMaker& maker, const Wanted& wanted, const Out& out) {
  if (out.kind == Out::Kind::png) return maker.check_sheet(wanted.walks, wanted.walk.frames);
  const config::Grid grid = square_grid(wanted.walks);
  maker.check_sheet(grid.rows, grid.columns, wanted.walk.frames);
}

}  // namespace

int run_interpolate(const Invocation& invocation) {
  const std::string seeds = invocation.text("seed", "1,2");
  const Out out = choose_out(invocation, {.stem = "interpolate_" + name_of_seeds(seeds),
                                          .ending = ".gif",
                                          .animations = true,
                                          .folder_of_files = true});
  const Wanted wanted = read_wanted(invocation, out);
  const image::AnimationStyle style = walk_style(invocation, out, 20);
  PictureMaker maker("interpolate", invocation);
  check_size(maker, wanted, out);
  maker.says("seed", seeds_text(wanted.seeds));
  maker.says("frames", str(wanted.walk.frames));
  if (wanted.walk.closed) maker.says("closed");
  if (wanted.walk.linear) maker.says("linear");
  if (wanted.walks > 1) maker.says("count", str(wanted.walks));

  const auto frames = make_frames(maker, wanted);
  const image::PngText fields = {{run::kFieldSeed, seeds_text(wanted.seeds)},
                                 {run::kFieldIndex, wanted.walks > 1 ? str("0-", wanted.walks - 1) : "0"}};
  if (out.kind == Out::Kind::png) {
    maker.write_png(out.path, strip(maker, wanted, frames), maker.fields("strip", fields));
    return 0;
  }
  if (out.kind == Out::Kind::animation) {
    write_animation(out.path, {frames.size(), [&](std::size_t i) { return maker.frame(frames[i]); }}, style);
    return 0;
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    image::PngText more = fields;
    more.emplace_back(run::kFieldFrame, str(i));
    maker.write_png(out.path / numbered_png("frame", i), maker.frame(frames[i]), maker.fields("frame", more));
  }
  return 0;
}

}  // namespace facegan::app
