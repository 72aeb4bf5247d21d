#pragma once
// The sample grids of a run in the form in which a page holds them.
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/core/inside.h"
#include "facegan/image/image.h"

namespace facegan::report {

inline constexpr std::size_t kMaxSheets = 64;              // of a page
inline constexpr std::size_t kMaxSheetBytes = 128u << 10;  // of one, before base64 makes four of three
inline constexpr std::size_t kMaxColumnBytes = 16u << 10;  // likewise

// A grid in samples/, for a page.
struct PageGrid {
  std::string name, label;  // "epoch_0012.png", "epoch 12"
  std::int64_t step;        // after which it was made; epochs without a known length count as steps
};
// In the order of their making.
std::vector<PageGrid> page_grids(const std::filesystem::path& run, std::int64_t steps_per_epoch);

// Which of `count` grids a page shows, at most `max` (at least 3): all, or fewer and fewer towards the end,
// where less changes; always the first and the last. More grids change the choice rarely, so that encoded
// ones last.
std::vector<std::size_t> chosen_grids(std::size_t count, std::size_t max);

// A picture for a page, with a file of at most max_bytes (or of 32 pixels a side): PNG where that is small
// enough, else JPEG of falling quality and size. `png`: the picture's own file, or "".
struct Encoded {
  std::string uri;  // "data:image/png;base64,..."
  int width = 0, height = 0;
};
Encoded encode_within(const image::Image& picture, std::size_t max_bytes, const std::string& png);
// A PNG file in that form; nothing when it is missing or damaged.
std::optional<Encoded> read_picture(const core::Inside& file, std::size_t max_bytes);
// <img>; `more`: further attributes.
std::string image_html(const Encoded& picture, const std::string& alt, const std::string& more = "");

struct Sheet {
  std::string label;
  Encoded whole;
  std::optional<Encoded> column;  // its first pictures, one below the other
};

// Sheets by file; one that has not changed is encoded once.
class SheetCache {
 public:
  // nullptr when the file is missing or damaged. config: of the run, for the cells' places; or nullptr.
  const Sheet* get(const core::Inside& file, const std::string& label, const config::Config* config);
  // Forgets all that nobody has asked for since the last forget_unused().
  void forget_unused();

 private:
  struct Entry {
    std::filesystem::file_time_type written;
    std::uintmax_t bytes = 0;
    bool used = false;
    std::optional<Sheet> sheet;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace facegan::report
