#include "facegan/run/history.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <numeric>
#include <set>
#include <tuple>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/machine/processor.h"
#include "facegan/machine/workers.h"
#include "facegan/run/files.h"

namespace facegan::run {
namespace {

namespace fs = std::filesystem;

image::Image read_grid(const core::Inside& file) {
  const std::string bytes = core::read_file(file, kMaxGridBytes, ErrorKind::io);
  try {
    return image::decode_png(image::as_bytes(bytes));
  } catch (const Error& error) {
    throw Error(error.kind(), core::str(core::printable(file.path().string()), ": ", error.what()));
  }
}

}  // namespace

core::Inside grid_file(const fs::path& folder, std::int64_t epoch) {
  char name[32];
  std::snprintf(name, sizeof name, "epoch_%04lld.png", static_cast<long long>(epoch));
  return file_in(folder, kSamples) / name;
}

core::Inside step_grid_file(const fs::path& folder, std::int64_t step) {
  char name[32];
  std::snprintf(name, sizeof name, "step_%08lld.png", static_cast<long long>(step));
  return file_in(folder, kSamples) / name;
}

std::vector<std::int64_t> grid_numbers(const fs::path& folder,
                                       core::Inside (*file_of)(const fs::path&, std::int64_t)) {
  constexpr std::size_t kMaxFiles = 1'000'000;
  std::vector<std::int64_t> numbers;
  for (const std::string& name : core::names_in(file_in(folder, kSamples), kMaxFiles)) {
    const auto digits = name.find_first_of("0123456789");
    const std::int64_t number = digits == std::string::npos ? -1 : std::atoll(name.c_str() + digits);
    if (number >= 0 && name == file_of("", number).name.filename()) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

void remove_grids_after(const fs::path& folder, std::int64_t epoch, std::int64_t step) {
  // One that stays is in the animation once too often, no more.
  for (const std::int64_t present : grid_numbers(folder, grid_file))
    if (present > std::max<std::int64_t>(epoch, 0)) core::remove(grid_file(folder, present));
  for (const std::int64_t present : grid_numbers(folder, step_grid_file))
    if (present > step) core::remove(step_grid_file(folder, present));
}

std::vector<GridFile> history(const fs::path& folder, const config::Config& config) {
  const auto of_epoch = [&](std::int64_t epoch) {
    return GridFile{grid_file(folder, epoch), core::str("epoch ", core::with_thousands(epoch))};
  };
  std::vector<std::int64_t> numbers = grid_numbers(folder, grid_file);
  std::erase(numbers, 0);
  std::vector<GridFile> grids;
  if (config::parse_every(config.sample_every).epochs == 0) {  // by time
    for (const std::int64_t step : grid_numbers(folder, step_grid_file))
      grids.push_back({step_grid_file(folder, step), core::str("step ", core::with_thousands(step))});
    if (!numbers.empty()) grids.push_back(of_epoch(numbers.back()));
    numbers.resize(grids.size());
    std::iota(numbers.begin(), numbers.end(), 1);
  } else {
    for (const std::int64_t epoch : numbers) grids.push_back(of_epoch(epoch));
  }
  std::vector<GridFile> frames;
  for (const std::int64_t number : gif_epochs(numbers, config.gif)) {
    const auto at = std::lower_bound(numbers.begin(), numbers.end(), number) - numbers.begin();
    frames.push_back(grids[static_cast<std::size_t>(at)]);
  }
  return frames;
}

std::vector<GridFile> readable(std::vector<GridFile> grids) {
  struct Found {
    int width = 0, height = 0, channels = 0;
    std::string fault;
    auto size() const { return std::tuple(width, height, channels); }
  };
  std::vector<Found> all(grids.size());
  constexpr int kAtOnce = 2;  // a grid may take 300 MB
  machine::for_each_index(grids.size(), std::min(kAtOnce, machine::available_cores()), [&](std::size_t i) {
    try {
      const image::Image grid = read_grid(grids[i].file);
      all[i] = {grid.width, grid.height, grid.channels, ""};
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::checkpoint) throw;  // a link
      all[i].fault = error.what();
    } catch (const std::bad_alloc&) {
      all[i].fault = core::printable(grids[i].file.path().string()) + ": out of memory";
    }
    return true;
  });
  const auto newest =
      std::find_if(all.rbegin(), all.rend(), [](const Found& found) { return found.fault.empty(); });
  std::set<fs::path> told;
  std::vector<GridFile> good;
  for (std::size_t i = 0; i < grids.size(); ++i) {
    if (all[i].fault.empty() && all[i].size() != newest->size())
      all[i].fault =
          core::str(core::printable(grids[i].file.path().string()), " has ", all[i].width, "x", all[i].height,
                    " pixels, the newest grid ", newest->width, "x", newest->height);
    if (all[i].fault.empty())
      good.push_back(std::move(grids[i]));
    else if (told.insert(grids[i].file.name).second)
      core::log_warning(all[i].fault, "; the animation does without it");
  }
  return good;
}

image::Frames grid_frames(std::vector<GridFile> grids) {
  const std::size_t count = grids.size();
  const image::Image first = grids.empty() ? image::Image() : read_grid(grids[0].file);
  return {count, [grids = std::move(grids), width = first.width, height = first.height,
                  channels = first.channels](std::size_t i) {
            image::Image picture = read_grid(grids.at(i).file);
            if (picture.width != width || picture.height != height || picture.channels != channels)
              throw Error(ErrorKind::data, core::str(core::printable(grids[i].file.path().string()), " has ",
                                                     picture.width, "x", picture.height, " pixels, ",
                                                     core::printable(grids[0].file.name.filename().string()),
                                                     " has ", width, "x", height));
            return picture;
          }};
}

}  // namespace facegan::run
