#pragma once
// Event files of TensorBoard, written by hand (tensorflow/core/util/event.proto, framework/summary.proto).
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "facegan/core/files.h"
#include "facegan/report/sink.h"

namespace facegan::report {

// A TFRecord: length (u64), masked CRC-32C of it, the bytes, masked CRC-32C of them; little-endian.
std::string tf_record(std::string_view bytes);

// RUN/events.out.tfevents.SECONDS.facegan: the time it was made, or, so that TensorBoard reads the files of a
// run in order, one more than that of the newest there is. It is made by the first call that adds something;
// each of them writes to the end and is Error(io) when that fails: the file is as before then, and what did
// not fit is missing from it.
class TensorBoard final : public Sink {
 public:
  // `config` is shown as text. TensorBoard forgets what earlier files say of steps after `step`.
  TensorBoard(const std::filesystem::path& run, std::int64_t step, std::string_view config);
  // Scalars: the tags of spec/metrics.h, progress/epoch, progress/images.
  bool numbers(const run::Metrics& metrics, const Progress&) override;
  // Tags: samples/generated, samples/real.
  bool pictures(const Pictures& pictures, const Progress& progress) override;
  bool go_back(const Progress& progress) override;

 private:
  void add(const std::string& events);

  std::filesystem::path run_, path_;
  std::string waiting_;  // events that come before the next ones
  core::Fd fd_;
};

}  // namespace facegan::report
