// facegan sample: new pictures from seeds.
#include <algorithm>
#include <optional>
#include <span>

#include "app/command_line/seeds.h"
#include "app/make/nearest.h"
#include "app/make/picture_call.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/report/preview.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;
constexpr std::int64_t kMaxPictures = 100'000;
constexpr std::int64_t kMaxIndex = 9007199254740991 - kMaxPictures;  // exact in every reader of JSON

struct Wanted {
  std::vector<std::uint64_t> seeds;
  std::int64_t first, count;  // pictures of each seed
  config::Grid grid{};        // of the sheet
  std::int64_t total() const { return static_cast<std::int64_t>(seeds.size()) * count; }
};

// One seed alone gives a sheet of 64, several seeds one picture each; --grid or --count say otherwise.
Wanted read_wanted(const Invocation& invocation) {
  Wanted w{parse_seeds(invocation.text("seed", "1")), invocation.integer("index", 0, 0, kMaxIndex), 0};
  const auto seeds = static_cast<std::int64_t>(w.seeds.size());
  const bool has_grid = invocation.has("grid");
  if (has_grid) w.grid = config::parse_grid(invocation.text("grid", ""));
  const std::int64_t cells = w.grid.rows * w.grid.columns;
  const std::int64_t fallback = has_grid                    ? std::max<std::int64_t>(1, cells / seeds)
                                : seeds > 1                 ? 1
                                : invocation.has("nearest") ? 8
                                : invocation.has("index")   ? 1
                                                            : 64;
  w.count = invocation.integer("count", fallback, 1, kMaxPictures);
  if (w.total() > kMaxPictures)
    throw Error(ErrorKind::usage, str(seeds, " seeds of ", w.count, " pictures are more than ", kMaxPictures,
                                      "; ask for fewer"));
  if (!has_grid)
    w.grid = infer::square_grid(w.total());
  else if (cells < w.total() && !invocation.has("each"))
    throw Error(ErrorKind::usage, str("--grid ", invocation.text("grid", ""), " has ", cells, " cells for ",
                                      w.total(), " pictures; enlarge it or lower --count"));
  return w;
}

// Files of their own go into a folder, one alone to where it is wanted, too.
Out choose_sample_out(const Invocation& invocation, const Wanted& wanted) {
  if (invocation.has("each")) {
    const fs::path path = invocation.text("out", ".");
    std::error_code error;
    const bool is_file = wanted.total() == 1 && is_png(path) && !fs::is_directory(path, error);
    return {is_file ? Out::Kind::png : Out::Kind::folder, path};
  }
  const std::string seeds = name_of_seeds(invocation.text("seed", "1"));
  return choose_out(invocation, {.stem = str(invocation.has("nearest") ? "nearest_" : "sample_", seeds)});
}

std::vector<infer::Sample> list_samples(const Wanted& wanted) {
  std::vector<infer::Sample> samples;
  for (const std::uint64_t seed : wanted.seeds)
    for (std::int64_t k = 0; k < wanted.count; ++k)
      samples.push_back({seed, static_cast<std::uint64_t>(wanted.first + k)});
  return samples;
}

// What a file of its own says does not depend on what else was asked for.
void write_each(PictureCall& call, const std::vector<infer::Sample>& samples, const Out& out) {
  constexpr std::size_t kTogether = 256;  // in memory
  const infer::PictureMaker& maker = call.maker();
  call.says("each");
  call.says("count", "1");
  for (std::size_t begin = 0; begin < samples.size(); begin += kTogether) {
    const auto some = std::span(samples).subspan(begin, std::min(kTogether, samples.size() - begin));
    const auto pictures = maker.pictures(maker.sampler().latents(some));
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const auto& [seed, index] = some[i];
      const std::string s = str(seed), k = str(index);
      write_png(
          out.kind == Out::Kind::folder ? out.path / numbered_png("seed_" + s, index) : out.path, pictures[i],
          call.fields("picture", {{run::kFieldSeed, s}, {run::kFieldIndex, k}}, {{"seed", s}, {"index", k}}));
    }
  }
}

}  // namespace

int run_sample(const Invocation& invocation) {
  const Wanted wanted = read_wanted(invocation);
  const NearestWanted nearest = read_nearest(invocation);
  const bool each = invocation.has("each");
  if (each && invocation.has("preview"))
    throw Error(ErrorKind::usage, "--preview shows the sheet, and --each makes none");
  std::optional<report::Preview> preview;
  if (invocation.has("preview")) preview.emplace(invocation.text("preview", ""));
  const Out out = choose_sample_out(invocation, wanted);
  PictureCall call("sample", invocation);
  const std::vector<infer::Sample> samples = list_samples(wanted);
  if (each) {
    write_each(call, samples, out);
    return 0;
  }
  const std::string last = wanted.count > 1 ? str("-", wanted.first + wanted.count - 1) : "";
  call.says("seed", seeds_text(wanted.seeds));
  call.says("count", str(wanted.count));
  if (wanted.first > 0) call.says("index", str(wanted.first));
  const image::PngText fields = {{run::kFieldSeed, seeds_text(wanted.seeds)},
                                 {run::kFieldIndex, str(wanted.first, last)}};
  if (nearest.count > 0) return show_nearest(call, samples, nearest, out.path, fields);
  call.says("grid", str(wanted.grid.rows, "x", wanted.grid.columns));
  const infer::PictureMaker& maker = call.maker();
  maker.check_sheet(wanted.grid.rows, wanted.grid.columns);
  const image::Image sheet =
      maker.sheet(maker.pictures(maker.sampler().latents(samples)), wanted.grid.rows, wanted.grid.columns);
  write_png(out.path, sheet, call.fields("sheet", fields));
  if (preview) preview->show(sheet);
  return 0;
}

}  // namespace facegan::app
