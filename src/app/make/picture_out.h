#pragma once
// Where a command that makes pictures writes them: what --out means.
#include <filesystem>
#include <string>

#include "app/command_line/commands.h"
#include "facegan/image/animation.h"

namespace facegan::app {

struct OutRule {
  std::string stem;              // of the file where --out names none: "sample_7"
  std::string ending = ".png";   // likewise
  bool animations = false;       // may be .gif, .webp or .mp4
  bool folder_of_files = false;  // a folder gets many files, instead of the one named stem + ending
};

struct Out {
  enum class Kind { png, animation, folder } kind = Kind::png;
  std::filesystem::path path;
};

// Error(usage) for an ending that is not meant. A name without one is a folder, where folders may be meant.
Out choose_out(const Invocation& invocation, const OutRule& rule);

// Whether a name ends in .png, in whatever case.
bool is_png(const std::filesystem::path& path);

// A list of seeds as part of a file name: "3,5,9-12" -> "3_5_9-12", cut where it is long.
std::string name_of_seeds(const std::string& seeds);
// "frame", 7 -> "frame_0007.png"
std::string numbered_png(const std::string& name, std::uint64_t number);

// --fps and --loop; Error(usage) when they are given and there is no animation.
image::AnimationStyle walk_style(const Invocation& invocation, const Out& out, int fps);

// Makes the folder and writes the file.
void save_output(const std::filesystem::path& path, const std::string& bytes);
// Prints its path, too.
void write_output(const std::filesystem::path& path, const std::string& bytes);
// The same with a PNG of these text fields.
void write_png(const std::filesystem::path& path, const image::Image& picture,
               const image::TextFields& fields);

}  // namespace facegan::app
