#pragma once
// Who is told of a run: one interface, and a table with a row for each. Sinks get plain numbers and byte
// images, never tensors or what trains.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "facegan/config/config.h"
#include "facegan/image/image.h"
#include "facegan/report/preview.h"
#include "facegan/report/progress.h"
#include "facegan/run/info.h"
#include "facegan/run/metrics.h"

namespace facegan::report {

// A sheet of pictures that was just written.
struct Pictures {
  enum class Kind { generated, real };
  Kind kind = Kind::generated;
  std::filesystem::path path;
  image::Image pixels;
  std::string png;  // the bytes of the file
};

// How a run ended.
struct End {
  std::string state = "finished";  // of run::Info, as the rest
  std::string error;
  std::optional<run::Metrics> rest;
};

// Each call says whether it has written anything: with that, an earlier failure is over. Error(io) when it
// could not; the others are told all the same, and training goes on.
class Sink {
 public:
  virtual ~Sink() = default;
  // Before the first step, after the first pictures.
  virtual bool start(const Progress&) { return false; }
  // After each step and what else was told of it. Cheap.
  virtual bool step(const Progress&) { return false; }
  // A line of metrics; of the progress, too.
  virtual bool numbers(const run::Metrics&, const Progress&) { return false; }
  virtual bool pictures(const Pictures&, const Progress&) { return false; }
  // Training is back at this step: what was told of later ones holds no more.
  virtual bool go_back(const Progress&) { return false; }
  // What was told is on disk when this is over. From any thread, as no other call is.
  virtual bool sync() { return false; }
  virtual bool finish(const End&, const Progress&) { return false; }
};

// What sinks are made of. The functions are asked seldom: their answers cost something.
struct SinkSetup {
  std::filesystem::path folder;  // of the run; config.yaml is there
  config::Config config;
  std::int64_t step = 0;  // that training begins or goes on at: what is there of later ones is dropped
  std::optional<Preview> preview;
  std::function<std::uint64_t()> memory_in_use_bytes;
  std::function<run::Info()> info;  // but for how the run ended
};

struct SinkRow {
  const char* name;                                       // by which a failure is told
  std::unique_ptr<Sink> (*make)(const SinkSetup& setup);  // nullptr when it has nothing to do in this run
};

// In the order in which they are made and told.
std::span<const SinkRow> sinks();

// The row that writes run.json, report.html and metrics.csv.
const SinkRow& page_sink();

}  // namespace facegan::report
