#include "app/make/picture_out.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "app/make/animation.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::app {

namespace fs = std::filesystem;

Out choose_out(const Invocation& invocation, const OutRule& rule) {
  const std::string out = invocation.text("out", "");
  std::error_code error;  // a place that cannot be looked at is refused when it is written
  const bool is_folder = out.ends_with('/') || fs::is_directory(out, error);
  if (is_folder && rule.folder_of_files) return {Out::Kind::folder, out};
  fs::path path = out;
  if (out.empty() || out == ".")
    path = rule.stem + rule.ending;
  else if (is_folder)
    path /= rule.stem + rule.ending;
  if (is_png(path)) return {Out::Kind::png, path};
  if (rule.animations && image::animation_format(path.string())) {
    animation_format(path);  // that this build can write it
    return {Out::Kind::animation, path};
  }
  if (rule.folder_of_files && !path.has_extension()) return {Out::Kind::folder, path};
  throw Error(ErrorKind::usage,
              core::str("--out ", core::printable(out), " must end in .png",
                        rule.animations ? ", .gif, .webp or .mp4" : "", ", or be a folder"));
}

bool is_png(const fs::path& path) {
  return core::lower_case(path.extension().string()) == ".png";
}

std::string name_of_seeds(const std::string& seeds) {
  std::string name = seeds.substr(0, 80);
  std::replace(name.begin(), name.end(), ',', '_');
  return name;
}

std::string numbered_png(const std::string& name, std::uint64_t number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "_%04llu", static_cast<unsigned long long>(number));
  return core::str(name, digits, ".png");
}

image::AnimationStyle walk_style(const Invocation& invocation, const Out& out, int fps) {
  for (const char* flag : {"fps", "loop"})
    if (invocation.has(flag) && out.kind != Out::Kind::animation)
      throw Error(ErrorKind::usage,
                  core::str("--", flag, " goes with an animation: --out FILE.gif, .webp or .mp4"));
  return animation_style(invocation, {.frame_ms = static_cast<int>(std::lround(1000.0 / fps)), .last_ms = 0});
}

void save_output(const fs::path& path, const std::string& bytes) {
  if (path.has_parent_path()) core::make_folder(path.parent_path());
  core::write_file_atomic(path, bytes);
}

void write_output(const fs::path& path, const std::string& bytes) {
  save_output(path, bytes);
  core::print(path.string());
}

void write_png(const fs::path& path, const image::Image& picture, const image::TextFields& fields) {
  write_output(path, image::encode_png(picture, fields));
}

}  // namespace facegan::app
