// facegan sample: new pictures from seeds.
#include <algorithm>
#include <optional>
#include <span>

#include "app/command_line/seeds.h"
#include "app/make/nearest.h"
#include "app/make/picture_call.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
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
  std::int64_t first, count;  // pictures of each seed; rows of a sheet by class
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
  const std::int64_t fallback = invocation.has("by-class")  ? 8 / seeds + (8 % seeds > 0)
                                : has_grid                  ? std::max<std::int64_t>(1, cells / seeds)
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
void write_each(PictureCall& call, const std::vector<infer::Sample>& samples, const spec::WantedRow& shown,
                const Out& out) {
  constexpr std::size_t kTogether = 256;  // in memory
  const infer::PictureMaker& maker = call.maker();
  const infer::Conditions& conditions = maker.sampler().conditions();
  call.says("each");
  call.says("count", "1");
  for (std::size_t begin = 0; begin < samples.size(); begin += kTogether) {
    const auto some = std::span(samples).subspan(begin, std::min(kTogether, samples.size() - begin));
    const auto pictures = maker.pictures(maker.sampler().latents(some, shown));
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const auto& [seed, index] = some[i];
      const std::string s = str(seed), k = str(index);
      image::TextFields fields = {{run::kFieldSeed, s}, {run::kFieldIndex, k}};
      if (conditions.any())
        fields.emplace_back(run::kFieldCondition,
                            conditions.condition().text(conditions.row(seed, index, shown)));
      write_png(out.kind == Out::Kind::folder ? out.path / numbered_png("seed_" + s, index) : out.path,
                pictures[i], call.fields("picture", fields, {{"seed", s}, {"index", k}}));
    }
  }
}

void check_by_class(const Invocation& invocation) {
  if (!invocation.has("by-class")) return;
  for (const char* flag : {"with", "each", "grid", "nearest"})
    if (invocation.has(flag))
      throw Error(ErrorKind::usage, str("--by-class and --", flag, " exclude each other"));
}

// A row for each sample, its latent in all columns.
int show_by_class(PictureCall& call, const std::vector<infer::Sample>& samples, const Out& out,
                  const image::TextFields& fields, const std::optional<report::Preview>& preview) {
  constexpr std::size_t kMostColumns = 100;
  const infer::Sampler& sampler = call.maker().sampler();
  const auto shown = sampler.conditions().shown(kMostColumns);
  if (shown.empty())
    throw Error(ErrorKind::usage,
                "--by-class: this model was trained without a condition (train --condition)");
  const auto rows = static_cast<std::int64_t>(samples.size()),
             columns = static_cast<std::int64_t>(shown.size());
  if (const std::size_t all = sampler.conditions().condition().names().size();
      sampler.conditions().condition().has_classes() && all > kMostColumns)
    core::log_info("--by-class shows the first ", kMostColumns, " of ", all,
                   " classes; --with NAME shows others");
  call.maker().check_sheet(rows, columns);
  std::vector<Latent> latents;
  for (const auto& [seed, index] : samples)
    for (const auto& row : shown) latents.push_back(infer::told(sampler.latent(seed, index), row));
  std::vector<std::string> names;
  for (const auto& row : shown) names.push_back(sampler.conditions().condition().text(row));
  call.says("by-class");
  call.shows(core::join(names, " | "));
  const image::Image sheet = call.maker().sheet(call.maker().pictures(std::move(latents)), rows, columns);
  write_png(out.path, sheet, call.fields("sheet", fields));
  if (preview) preview->show(sheet);
  return 0;
}

}  // namespace

int run_sample(const Invocation& invocation) {
  check_by_class(invocation);
  const Wanted wanted = read_wanted(invocation);
  const NearestWanted nearest = read_nearest(invocation);
  const bool each = invocation.has("each");
  if (each && invocation.has("preview"))
    throw Error(ErrorKind::usage, "--preview shows the sheet, and --each makes none");
  std::optional<report::Preview> preview;
  if (invocation.has("preview")) preview.emplace(invocation.text("preview", ""));
  const Out out = choose_sample_out(invocation, wanted);
  PictureCall call("sample", invocation);
  const spec::WantedRow shown = call.wanted(invocation);
  const std::vector<infer::Sample> samples = list_samples(wanted);
  if (each) {
    write_each(call, samples, shown, out);
    return 0;
  }
  const std::string last = wanted.count > 1 ? str("-", wanted.first + wanted.count - 1) : "";
  call.says("seed", seeds_text(wanted.seeds));
  call.says("count", str(wanted.count));
  if (wanted.first > 0) call.says("index", str(wanted.first));
  const image::TextFields fields = {{run::kFieldSeed, seeds_text(wanted.seeds)},
                                    {run::kFieldIndex, str(wanted.first, last)}};
  if (nearest.count > 0) return show_nearest(call, samples, shown, nearest, out.path, fields);
  if (invocation.has("by-class")) return show_by_class(call, samples, out, fields, preview);
  call.says("grid", str(wanted.grid.rows, "x", wanted.grid.columns));
  const infer::PictureMaker& maker = call.maker();
  maker.check_sheet(wanted.grid.rows, wanted.grid.columns);
  const image::Image sheet = maker.sheet(maker.pictures(maker.sampler().latents(samples, shown)),
                                         wanted.grid.rows, wanted.grid.columns);
  write_png(out.path, sheet, call.fields("sheet", fields));
  if (preview) preview->show(sheet);
  return 0;
}

}  // namespace facegan::app
