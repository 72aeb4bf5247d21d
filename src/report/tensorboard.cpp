#include "report/tensorboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "facegan/core/checksum.h"
#include "facegan/core/text.h"
#include "facegan/run/files.h"

namespace facegan::report {
namespace {

namespace fs = std::filesystem;
using core::str;

// ---- protocol buffers: a field is its number * 8 + wire type, then the value ------------------

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  return out + static_cast<char>(value);
}

template <class Value>
std::string little_endian(Value value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

std::string integer(unsigned field, std::int64_t value) {
  return varint(field << 3) + varint(static_cast<std::uint64_t>(value));
}
std::string real64(unsigned field, double value) {
  return varint(field << 3 | 1) + little_endian(value);
}
std::string real32(unsigned field, double value) {
  return varint(field << 3 | 5) + little_endian(static_cast<float>(value));
}
std::string bytes(unsigned field, std::string_view value) {
  return varint(field << 3 | 2) + varint(value.size()) + std::string(value);
}

// ---- the messages of TensorBoard, by their field numbers ---------------------------------------

double wall_time_s() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// Event: wall_time 1, step 2, then one of file_version 3, summary 5, session_log 7.
std::string event(std::int64_t step, const std::string& what) {
  return tf_record(real64(1, wall_time_s()) + integer(2, step) + what);
}

std::string file_version() {
  return event(0, bytes(3, "brain.Event:2"));
}

// SessionLog: status 1 = START. Drops the points of its step and of later ones.
std::string restart_after(std::int64_t step) {
  return event(step + 1, bytes(7, integer(1, 1)));
}

// Summary: value 1, with tag 1 and simple_value 2.
std::string scalar_value(std::string_view tag, double value) {
  return bytes(1, bytes(1, tag) + real32(2, value));
}

// Value: metadata 9 (plugin_data 1: plugin_name 1), tensor 8 (dtype 1 = string 7, tensor_shape 2: dim 2:
// size 1; string_val 8).
std::string text_value(const std::string& tag, const std::string& markdown) {
  const std::string tensor = integer(1, 7) + bytes(2, bytes(2, integer(1, 1))) + bytes(8, markdown);
  return bytes(1, bytes(1, tag) + bytes(9, bytes(1, bytes(1, "text"))) + bytes(8, tensor));
}

// Value: image 4 (height 1, width 2, colorspace 3: channels, encoded_image_string 4).
std::string picture_value(const std::string& tag, std::string_view png) {
  const auto byte = [&](std::size_t at) { return std::int64_t{static_cast<unsigned char>(png.at(at))}; };
  const auto side = [&](std::size_t at) {
    return byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
  };
  constexpr std::size_t kWidth = 16, kHeight = 20, kColorType = 25;  // of the IHDR chunk; type 0 = grey
  const std::string picture = integer(1, side(kHeight)) + integer(2, side(kWidth)) +
                              integer(3, byte(kColorType) == 0 ? 1 : 3) + bytes(4, png);
  return bytes(1, bytes(1, tag) + bytes(4, picture));
}

// As a code block of Markdown, which is indented.
std::string indented(std::string_view lines) {
  std::string out;
  for (const std::string& line : core::split(core::trim(lines), '\n')) out += "    " + line + "\n";
  return out;
}

// ---- the file ----------------------------------------------------------------------------------

constexpr std::string_view kPrefix = run::kEventsPrefix, kSuffix = run::kEventsSuffix;

std::int64_t seconds_of(const std::string& name) {
  std::int64_t seconds;
  const bool ours =
      name.size() > kPrefix.size() + kSuffix.size() && name.starts_with(kPrefix) && name.ends_with(kSuffix) &&
      core::parse_integer(
          std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size()),
          seconds);
  return ours ? seconds : 0;
}

fs::path new_path(const fs::path& run) {
  constexpr std::int64_t kNoTime = 100'000'000'000;  // later ones are somebody's joke
  auto seconds = static_cast<std::int64_t>(wall_time_s());
  std::error_code ignored;  // a folder that cannot be read cannot be written either
  for (const auto& entry : fs::directory_iterator(run, ignored))
    if (const auto there = seconds_of(entry.path().filename().string()); there < kNoTime)
      seconds = std::max(seconds, there + 1);
  return run / str(kPrefix, seconds, kSuffix);
}

}  // namespace

std::string tf_record(std::string_view content) {
  // Masked, so that records of records have other sums than what is in them.
  const auto masked_crc = [](std::string_view of) {
    return little_endian(std::uint32_t{std::rotr(core::crc32c(of), 15) + 0xA282EAD8});
  };
  const std::string length = little_endian(std::uint64_t{content.size()});
  return length + masked_crc(length) + std::string(content) + masked_crc(content);
}

TensorBoard::TensorBoard(const fs::path& run, std::int64_t step, std::string_view config)
    : run_(run),
      waiting_(file_version() + restart_after(step) +
               event(step, bytes(5, text_value("config", indented(config))))) {}

bool TensorBoard::numbers(const run::Metrics& m, const Progress&) {
  std::string values;
  for (const auto metric : spec::metrics())
    if (m.has(metric)) values += scalar_value(metric.facts().tag, m[metric]);
  values += scalar_value("progress/epoch", static_cast<double>(m.epoch)) +
            scalar_value("progress/images", static_cast<double>(m.images));
  add(event(m.step, bytes(5, values)));
  return true;
}

bool TensorBoard::pictures(const Pictures& pictures, const Progress& progress) {
  const char* tag = pictures.kind == Pictures::Kind::real ? "samples/real" : "samples/generated";
  add(event(progress.step, bytes(5, picture_value(tag, pictures.png))));
  return true;
}

bool TensorBoard::go_back(const Progress& progress) {
  waiting_ += restart_after(progress.step);
  add("");
  return true;
}

void TensorBoard::add(const std::string& events) {
  if (!fd_.valid()) {
    path_ = new_path(run_);
    fd_ = core::Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666));
    if (!fd_.valid()) core::fail_to_write(path_);
  }
  core::append_all(fd_.get(), waiting_ + events, path_);  // readers stop at half a record
  waiting_.clear();
}

std::unique_ptr<Sink> make_tensorboard(const SinkSetup& setup) {
  return std::make_unique<TensorBoard>(setup.folder, setup.step, config::to_yaml(setup.config));
}

}  // namespace facegan::report
