#include "app/make/nearest.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/command_line/call_again.h"
#include "app/make/picture_out.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/data/nearest.h"
#include "facegan/machine/processor.h"
#include "facegan/run/imported.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

using core::str;
using Neighbours = std::vector<std::vector<data::Neighbour>>;
constexpr int kMaxNeighbours = 64;

// The pictures that the run was trained with, or others as its networks would see them.
data::DatasetOptions compared_set(const infer::PictureMaker& maker, const NearestWanted& wanted) {
  config::Config config = maker.config();
  if (!wanted.dataset.empty()) {
    config.dataset = wanted.dataset;
    config.data.clear(), config.where.clear();
    config.crop = "auto";
    config.limit = 0, config.hold_out = "0";
  }
  if (!wanted.data.empty()) config.data = wanted.data;
  return data::dataset_options(config);
}

// A row for each sample: itself, then its neighbours.
std::vector<image::Image> rows_of(const std::vector<image::Image>& pictures, const Neighbours& neighbours,
                                  const data::Dataset& dataset, std::size_t columns) {
  std::vector<image::Image> cells;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    cells.push_back(pictures[i]);
    for (const auto& [index, distance, mirrored] : neighbours[i]) {
      image::Image& picture = cells.emplace_back(dataset.get(index));
      if (mirrored) image::mirror(picture.pixels.data(), picture.width, picture.height, picture.channels);
    }
    cells.resize((i + 1) * columns);  // a set of fewer pictures leaves cells bare
  }
  return cells;
}

std::string distance_text(double distance) {
  char text[32];
  std::snprintf(text, sizeof text, "%6.2f", distance);
  return text;
}

void print_table(const std::vector<infer::Sample>& samples, const Neighbours& neighbours,
                 const data::Dataset& dataset) {
  for (std::size_t i = 0; i < samples.size(); ++i)
    for (const auto& [index, distance, mirrored] : neighbours[i])
      core::print(str("seed ", samples[i].seed, " index ", samples[i].index, "  ", distance_text(distance),
                      "  ", core::printable(dataset.name(index)), mirrored ? " (mirrored)" : ""));
}

void print_json(const std::string& file, const std::vector<infer::Sample>& samples,
                const Neighbours& neighbours, const data::Dataset& dataset) {
  using Json = nlohmann::ordered_json;
  Json all = Json::array();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Json list = Json::array();
    for (const auto& [index, distance, mirrored] : neighbours[i])
      list.push_back({{"name", dataset.name(index)}, {"distance", distance}, {"mirrored", mirrored}});
    all.push_back({{"seed", samples[i].seed}, {"index", samples[i].index}, {"nearest", list}});
  }
  // A file name need not be UTF-8.
  core::print(Json{{"file", file}, {"samples", all}}.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

NearestWanted read_nearest(const Invocation& invocation) {
  const bool asked = invocation.has("nearest");
  const auto refuse = [](const auto&... what) { throw Error(ErrorKind::usage, str(what...)); };
  for (const char* flag : {"dataset", "data", "json"})
    if (!asked && invocation.has(flag)) refuse("--", flag, " goes with --nearest");
  if (!asked) return {};
  for (const char* flag : {"each", "grid"})
    if (invocation.has(flag)) refuse("--nearest and --", flag, " exclude each other");
  NearestWanted wanted{3, invocation.text("dataset", ""), invocation.text("data", ""),
                       invocation.has("json")};
  if (!invocation.text("nearest", "").empty())
    wanted.count = static_cast<int>(invocation.integer("nearest", 3, 1, kMaxNeighbours));
  return wanted;
}

int show_nearest(PictureCall& call, const std::vector<infer::Sample>& samples, const spec::WantedRow& shown,
                 const NearestWanted& wanted, const std::filesystem::path& path, image::TextFields fields) {
  const infer::PictureMaker& maker = call.maker();
  const auto rows = static_cast<std::int64_t>(samples.size());
  maker.check_sheet(rows, wanted.count + 1);
  if (call.is_imported() && wanted.dataset.empty() && wanted.data.empty()) run::ask_for_pictures();
  const data::DatasetOptions options = compared_set(maker, wanted);
  const auto dataset = data::open_dataset(options);
  const auto pictures = maker.pictures(maker.sampler().latents(samples, shown));
  const auto neighbours = data::nearest_pictures(
      options, *dataset, pictures, {wanted.count, maker.config().flip, machine::available_cores()},
      [&](std::uint64_t done) {
        if (core::log_has_live_line())
          core::log_live_line(str("compared with ", done, " of ", dataset->size()));
      });
  core::log_live_line("");
  call.says("nearest", str(wanted.count));
  if (!wanted.dataset.empty()) call.says("dataset", wanted.dataset);
  if (!wanted.data.empty()) call.says("data", named_path(wanted.data));
  fields.emplace_back(run::kFieldData, core::hex64(dataset->fingerprint()));
  const auto columns = static_cast<std::size_t>(wanted.count) + 1;
  const auto sheet = maker.sheet(rows_of(pictures, neighbours, *dataset, columns), rows, wanted.count + 1);
  save_output(path, image::encode_png(sheet, call.fields("nearest", fields)));
  if (wanted.json) {
    print_json(path.string(), samples, neighbours, *dataset);
  } else {
    core::print(path.string());
    print_table(samples, neighbours, *dataset);
  }
  return 0;
}

}  // namespace facegan::app
