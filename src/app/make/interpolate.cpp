// facegan interpolate: a walk through latent space from seed to seed.
#include "app/command_line/seeds.h"
#include "app/make/animation.h"
#include "app/make/picture_call.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/infer/latents.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

using core::str;
constexpr std::int64_t kMaxFrames = 10'000, kMaxWalks = 1024;
constexpr int kFps = 20;

struct Wanted {
  std::vector<std::uint64_t> seeds;  // of the stops
  std::vector<std::string> shown;    // --with: none, one for all, or one for each stop
  std::int64_t walks;  // side by side: the k-th goes from picture k of a seed to picture k of the next
  infer::Walk walk;
};

// Where conditions are the stops, one seed stands for all of them.
Wanted read_wanted(const Invocation& invocation, const Out& out) {
  Wanted w{{}, {}, invocation.integer("count", 1, 1, kMaxWalks), {}};
  if (invocation.has("with")) w.shown = core::split(invocation.text("with", ""), kBetweenRepeated);
  w.seeds = parse_seeds(invocation.text("seed", w.shown.size() > 1 ? "1" : "1,2"));
  if (w.seeds.size() == 1 && w.shown.size() > 1) w.seeds.resize(w.shown.size(), w.seeds.front());
  if (w.seeds.size() < 2)
    throw Error(ErrorKind::usage, "--seed names the stops of the walk, two or more, such as 1,2 or 3,5,9");
  if (w.shown.size() > 1 && w.shown.size() != w.seeds.size())
    throw Error(ErrorKind::usage, str("--with is there ", w.shown.size(), " times for ", w.seeds.size(),
                                      " seeds: give one for all, or one for each"));
  w.walk.frames = invocation.integer("frames", out.kind == Out::Kind::png ? 10 : 60, 2, kMaxFrames);
  w.walk.closed = invocation.has("closed");
  w.walk.linear = invocation.has("linear");
  return w;
}

void check_size(const infer::PictureMaker& maker, const Wanted& wanted, const Out& out) {
  if (out.kind == Out::Kind::png) return maker.check_sheet(wanted.walks, wanted.walk.frames);
  const config::Grid grid = infer::square_grid(wanted.walks);
  maker.check_sheet(grid.rows, grid.columns, wanted.walk.frames);
}

// Of each stop; none where nothing is asked for.
std::vector<spec::WantedRow> wanted_rows(const infer::PictureMaker& maker, const Wanted& wanted) {
  std::vector<spec::WantedRow> rows;
  for (const std::string& with : wanted.shown)
    rows.push_back(maker.sampler().conditions().condition().parse(with));
  if (rows.size() == 1) rows.resize(wanted.seeds.size(), rows.front());
  return rows;
}

}  // namespace

int run_interpolate(const Invocation& invocation) {
  const std::string seeds = invocation.text("seed", "1,2");
  const Out out = choose_out(invocation, {.stem = "interpolate_" + name_of_seeds(seeds),
                                          .ending = ".gif",
                                          .animations = true,
                                          .folder_of_files = true});
  const Wanted wanted = read_wanted(invocation, out);
  const image::AnimationStyle style = walk_style(invocation, out, kFps);
  PictureCall call("interpolate", invocation);
  const infer::PictureMaker& maker = call.maker();
  check_size(maker, wanted, out);
  const std::vector<spec::WantedRow> shown = wanted_rows(maker, wanted);
  if (!wanted.shown.empty()) {
    call.says("with", core::join(wanted.shown, {&kBetweenRepeated, 1}));
    call.shows(core::join(wanted.shown, " to "));
  } else if (maker.sampler().conditions().any()) {
    call.shows("as real pictures have it");
  }
  call.says("seed", seeds_text(wanted.seeds));
  call.says("frames", str(wanted.walk.frames));
  if (wanted.walk.closed) call.says("closed");
  if (wanted.walk.linear) call.says("linear");
  if (wanted.walks > 1) call.says("count", str(wanted.walks));

  auto walks = maker.walks(wanted.seeds, wanted.walks, wanted.walk, shown);
  const image::TextFields fields = {{run::kFieldSeed, seeds_text(wanted.seeds)},
                                    {run::kFieldIndex, wanted.walks > 1 ? str("0-", wanted.walks - 1) : "0"}};
  if (out.kind == Out::Kind::png) {
    write_png(out.path, maker.strip(walks), call.fields("strip", fields));
    return 0;
  }
  if (out.kind == Out::Kind::animation) {
    call.says_speed(invocation, kFps);
    write_animation(out.path, maker.frames(std::move(walks)), style, call.fields("walk", fields));
    return 0;
  }
  for (std::size_t i = 0; i < walks.size(); ++i) {
    image::TextFields more = fields;
    more.emplace_back(run::kFieldFrame, str(i));
    write_png(out.path / numbered_png("frame", i), maker.frame(walks[i]), call.fields("frame", more));
  }
  return 0;
}

}  // namespace facegan::app
