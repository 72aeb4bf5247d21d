#pragma once
// Whole runs of networks that are as small as can be, without the program.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "error_of.h"
#include "facegan/config/yaml.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/device/device.h"
#include "facegan/run/folder.h"
#include "facegan/run/history.h"
#include "facegan/run/metrics.h"
#include "facegan/train/train.h"
#include "temporary_folder.h"

namespace facegan::train {

namespace fs = std::filesystem;

inline config::Config tiny() {
  config::Config c;
  c.preset = "tiny", c.size = 8, c.channels = 1, c.z = 4, c.faces_count = 64, c.batch = 8;
  c.epochs = 3, c.grid = "2x2", c.log_every = 2, c.threads = 1, c.workers = 1, c.seed = 7;
  c.generator = config::parse_yaml(
      "- dense: {units: 64}\n- batch_norm\n- tanh\n- reshape: {channels: 1, height: 8, width: 8}\n", "g");
  c.discriminator = config::parse_yaml("- flatten\n- dropout: {rate: 0.2}\n- dense: {units: 1}\n", "d");
  c.device = "cpu", c.precision = "fp32";
  device::resolve_machine(c);
  return c;
}

class Loop : public testing::Test {
 protected:
  ~Loop() override { core::log_close_file(); }

  TrainResult train_new(const config::Config& c, const std::string& name = "run") const {
    TrainRequest request;
    request.config = c;
    request.config.out = (folder_ / name).string();
    request.folder = folder_ / name;
    return train(std::move(request));
  }
  // As far as a later configuration says.
  TrainResult go_on(std::int64_t epochs, const std::string& name = "run") const {
    TrainRequest request;
    request.folder = folder_ / name;
    request.from = run::load_newest(request.folder);
    request.config = request.from->config();
    request.config.epochs = epochs;
    request.config.workers = 1;
    return train(std::move(request));
  }
  std::string newest_bytes(const std::string& name = "run") const {
    return core::read_file(run::checkpoint_files(folder_ / name).front(), 1 << 30, ErrorKind::io);
  }

  TemporaryFolder folder_;
};

}  // namespace facegan::train
