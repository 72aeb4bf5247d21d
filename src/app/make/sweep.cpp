// facegan sweep: one coordinate of the latent, or one direction, changed step by step.
#include <algorithm>
#include <cmath>

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
constexpr double kMaxValue = 1000;
constexpr int kFps = 15;

struct Wanted {
  std::vector<std::uint64_t> seeds;
  std::int64_t dim, directions;  // -1, 0 = not asked for
  infer::Sweep sweep;
};

Wanted read_wanted(const Invocation& invocation, const Out& out) {
  Wanted w{parse_seeds(invocation.text("seed", "1")),
           invocation.integer("dim", -1, 0, 65535),
           invocation.integer("directions", 0, 1, 65536),
           {}};
  if (invocation.has("dim") == invocation.has("directions"))
    throw Error(
        ErrorKind::usage,
        "sweep changes one coordinate (--dim N) or the K strongest directions (--directions K): give one");
  const std::string range = invocation.text("range", "-3..3");
  const auto dots = range.find("..");
  if (dots == std::string::npos || !core::parse_real(range.substr(0, dots), w.sweep.from) ||
      !core::parse_real(range.substr(dots + 2), w.sweep.to) || std::abs(w.sweep.from) > kMaxValue ||
      std::abs(w.sweep.to) > kMaxValue)
    throw Error(ErrorKind::usage,
                str("--range is FROM..TO with numbers from -1000 to 1000, such as -3..3, not '",
                    core::printable(range), "'"));
  if (invocation.has("caption") && out.kind != Out::Kind::png)
    throw Error(ErrorKind::usage, "--caption goes with a sheet: --out FILE.png");
  w.sweep.steps = invocation.integer("steps", out.kind == Out::Kind::png ? 7 : 31, 2, 1000);
  return w;
}

// What is changed, row by row; each of length 1.
std::vector<Latent> swept_directions(const infer::PictureMaker& maker, const Wanted& wanted) {
  const std::int64_t z = maker.config().z;
  const auto refuse = [z](const auto&... what) {
    throw Error(ErrorKind::usage, str(what..., ": the latent of this model has ", z, " coordinates"));
  };
  if (wanted.directions > z) refuse("--directions ", wanted.directions, " are too many");
  if (wanted.directions > 0) return maker.sampler().directions(static_cast<int>(wanted.directions));
  if (wanted.dim >= z) refuse("--dim ", wanted.dim, " counts from 0");
  return {infer::unit_direction(z, wanted.dim)};
}

// Value i; 0 for what is left of it by rounding.
double rounded(const infer::Sweep& sweep, std::int64_t i) {
  const double value = sweep.value(i), largest = std::max(std::abs(sweep.from), std::abs(sweep.to));
  return std::abs(value) <= 1e-9 * largest ? 0 : value;
}

// "z7 = -3", "direction 2 = 0.5", of several seeds with the seed: a text for each cell, none without
// --caption.
std::vector<std::string> caption_texts(const Invocation& invocation, const Wanted& wanted) {
  std::vector<std::string> texts;
  if (!invocation.has("caption")) return texts;
  for (std::int64_t k = 0; k < std::max<std::int64_t>(wanted.directions, 1); ++k)
    for (const std::uint64_t seed : wanted.seeds)
      for (std::int64_t i = 0; i < wanted.sweep.steps; ++i)
        texts.push_back(str(wanted.seeds.size() > 1 ? str(seed, ": ") : "",
                            wanted.directions > 0 ? str("direction ", k + 1) : str("z", wanted.dim), " = ",
                            core::short_number(rounded(wanted.sweep, i))));
  return texts;
}

}  // namespace

int run_sweep(const Invocation& invocation) {
  const std::string what = invocation.has("dim") ? "_dim_" + invocation.text("dim", "").substr(0, 8) : "";
  const std::string seeds = name_of_seeds(invocation.text("seed", "1"));
  const Out out = choose_out(invocation, {.stem = str("sweep_", seeds, what), .animations = true});
  const Wanted wanted = read_wanted(invocation, out);
  const image::AnimationStyle style = walk_style(invocation, out, kFps);
  PictureCall call("sweep", invocation);
  const infer::PictureMaker& maker = call.maker();
  const spec::WantedRow shown = call.wanted(invocation);
  const std::vector<Latent> directions = swept_directions(maker, wanted);
  const auto rows = static_cast<std::int64_t>(directions.size() * wanted.seeds.size());
  maker.check_sheet(rows, wanted.sweep.steps);  // before so many captions are made
  const std::vector<std::string> captions = caption_texts(invocation, wanted);
  maker.check_sheet(rows, wanted.sweep.steps, 1, captions);
  call.says("seed", seeds_text(wanted.seeds));
  if (wanted.directions > 0)
    call.says("directions", str(wanted.directions));
  else
    call.says("dim", str(wanted.dim));
  call.says("range", str(core::number_text(wanted.sweep.from), "..", core::number_text(wanted.sweep.to)));
  call.says("steps", str(wanted.sweep.steps));
  if (!captions.empty()) call.says("caption");
  std::vector<Latent> starts;
  for (const std::uint64_t seed : wanted.seeds) starts.push_back(maker.sampler().latent(seed, 0));
  std::vector<Latent> latents = infer::sweep(starts, directions, wanted.sweep);
  for (std::size_t i = 0; i < latents.size(); ++i) {  // a row of steps for each seed
    const std::uint64_t seed = wanted.seeds[i / static_cast<std::size_t>(wanted.sweep.steps) % starts.size()];
    latents[i] = infer::told(std::move(latents[i]), maker.sampler().conditions().row(seed, 0, shown));
  }
  auto pictures = maker.pictures(std::move(latents));
  const image::TextFields fields = {{run::kFieldSeed, seeds_text(wanted.seeds)}, {run::kFieldIndex, "0"}};
  if (out.kind == Out::Kind::animation) {
    call.says_speed(invocation, kFps);
    write_animation(out.path, maker.sweep_frames(std::move(pictures), wanted.sweep.steps), style,
                    call.fields("sweep", fields));
    return 0;
  }
  write_png(out.path, maker.sheet(pictures, rows, wanted.sweep.steps, captions),
            call.fields("sweep", fields));
  return 0;
}

}  // namespace facegan::app
