// facegan sweep: one coordinate of the latent, or one direction, changed step by step.
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
constexpr double kMaxValue = 1000;

struct Wanted {
  std::vector<std::uint64_t> seeds;
  std::int64_t dim, directions;  // -1, 0 = not asked for
  double from, to;
  std::int64_t steps;
  // Of step i, from `from` to `to`.
  double value(std::int64_t i) const {
    return from + (to - from) * static_cast<double>(i) / static_cast<double>(steps - 1);
  }
};

Wanted read_wanted(const Invocation& invocation, const Out& out) {
  Wanted w{parse_seeds(invocation.text("seed", "1")),
           invocation.integer("dim", -1, 0, 65535),
           invocation.integer("directions", 0, 1, 65536),
           0,
           0,
           0};
  if (invocation.has("dim") == invocation.has("directions"))
    throw Error(
        ErrorKind::usage,
        "sweep changes one coordinate (--dim N) or the K strongest directions (--directions K): give one");
  const std::string range = invocation.text("range", "-3..3");
  const auto dots = range.find("..");
  if (dots == std::string::npos || !core::parse_real(range.substr(0, dots), w.from) ||
      !core::parse_real(range.substr(dots + 2), w.to) || std::abs(w.from) > kMaxValue ||
      std::abs(w.to) > kMaxValue)
    throw Error(ErrorKind::usage,
                str("--range is FROM..TO with numbers from -1000 to 1000, such as -3..3, not '",
                    core::printable(range), "'"));
  w.steps = invocation.integer("steps", out.kind == Out::Kind::png ? 7 : 31, 2, 1000);
  return w;
}

// What is changed, row by row; each of length 1.
std::vector<Latent> swept_directions(const PictureMaker& maker, const Wanted& wanted) {
  const std::int64_t z = maker.config().z;
  const auto refuse = [z](const auto&... what) {
    throw Error(ErrorKind::usage, str(what..., ": the latent of this model has ", z, " coordinates"));
  };
  if (wanted.directions > z) refuse("--directions ", wanted.directions, " are too many");
  if (wanted.directions > 0) return maker.sampler().directions(static_cast<int>(wanted.directions));
  if (wanted.dim >= z) refuse("--dim ", wanted.dim, " counts from 0");
  Latent unit(static_cast<std::size_t>(z));
  unit[static_cast<std::size_t>(wanted.dim)] = 1;
  return {unit};
}

// Rows of pictures: those of the first direction, seed by seed, then of the next; a column for each step.
std::vector<image::Image> make_pictures(const PictureMaker& maker, const Wanted& wanted,
                                        const std::vector<Latent>& directions) {
  std::vector<Latent> latents;
  for (const Latent& direction : directions)
    for (const std::uint64_t seed : wanted.seeds)
      for (std::int64_t i = 0; i < wanted.steps; ++i)
        latents.push_back(infer::with_component(maker.sampler().latent(seed, 0), direction, wanted.value(i)));
  return maker.pictures(latents);
}

// A frame for each step, there and back again.
void write_frames(const PictureMaker& maker, const Out& out, const image::AnimationStyle& style,
                  const std::vector<image::Image>& pictures, std::size_t steps) {
  const auto frame = [&](std::size_t i) {
    std::vector<image::Image> column;
    for (std::size_t at = i < steps ? i : 2 * (steps - 1) - i; at < pictures.size(); at += steps)
      column.push_back(pictures[at]);
    return maker.frame(column);
  };
  write_animation(out.path, {2 * (steps - 1), frame}, style);
}

}  // namespace

int run_sweep(const Invocation& invocation) {
  const std::string what = invocation.has("dim") ? "_dim_" + invocation.text("dim", "").substr(0, 8) : "";
  const std::string seeds = name_of_seeds(invocation.text("seed", "1"));
  const Out out = choose_out(invocation, {.stem = str("sweep_", seeds, what), .animations = true});
  const Wanted wanted = read_wanted(invocation, out);
  const image::AnimationStyle style = walk_style(invocation, out, 15);
  PictureMaker maker("sweep", invocation);
  const std::vector<Latent> directions = swept_directions(maker, wanted);
  const auto rows = static_cast<std::int64_t>(directions.size() * wanted.seeds.size());
  maker.check_sheet(rows, wanted.steps);
  maker.says("seed", seeds_text(wanted.seeds));
  if (wanted.directions > 0)
    maker.says("directions", str(wanted.directions));
  else
    maker.says("dim", str(wanted.dim));
  maker.says("range", str(core::number_text(wanted.from), "..", core::number_text(wanted.to)));
  maker.says("steps", str(wanted.steps));
  const auto pictures = make_pictures(maker, wanted, directions);
  if (out.kind == Out::Kind::animation)
    write_frames(maker, out, style, pictures, static_cast<std::size_t>(wanted.steps));
  else
    maker.write_png(
        out.path, maker.sheet(pictures, rows, wanted.steps),
        maker.fields("sweep", {{run::kFieldSeed, seeds_text(wanted.seeds)}, {run::kFieldIndex, "0"}}));
  return 0;
}

}  // namespace facegan::app
