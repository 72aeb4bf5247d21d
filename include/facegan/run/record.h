#pragma once
// What a run folder says, but for its pictures. Nothing in it is trusted.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "facegan/config/config.h"
#include "facegan/core/inside.h"
#include "facegan/run/info.h"
#include "facegan/run/metrics.h"

namespace facegan::run {

// The lines of metrics.jsonl.
class MetricsLog {
 public:
  // Reads the file, or on from where the last update() ended.
  void update(const core::Inside& file);
  // Instead of update(), for who writes the file: a line more, and what training that goes back drops.
  void add(const Metrics& line);
  void drop_after(std::int64_t step);
  const std::vector<Metrics>& rows() const { return rows_; }  // steps ascending
  std::int64_t damaged_lines() const { return damaged_; }
  const std::string& fault() const { return fault_; }  // why not all of the file was read, or ""

 private:
  bool has_room();  // if not, it is a fault
  void add_lines(std::string_view text);

  std::vector<Metrics> rows_;
  std::int64_t damaged_ = 0;
  std::uint64_t read_bytes_ = 0, inode_ = 0;  // of the file, up to its last line break
  std::string fault_;
};

struct Record {
  std::filesystem::path folder;
  std::string name;  // of the folder
  MetricsLog metrics;
  std::string config_text, config_fault;  // config.yaml; why it is not shown, or ""
  std::optional<config::Config> config;   // none: missing, or of another version
  std::optional<Info> info;               // run.json

  void update();
  // The lines of metrics.jsonl, and the steps after them.
  std::vector<Metrics> rows() const;
  // 0 = not known.
  std::int64_t steps_per_epoch() const;
};

}  // namespace facegan::run
