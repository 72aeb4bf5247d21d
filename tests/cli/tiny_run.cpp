#include "tiny_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "facegan/core/safetensors.h"
#include "facegan/core/text.h"

namespace fs = std::filesystem;
using facegan::core::str;

const Words kTinyTrain = {
    "train", "--preset", "dcgan", "--dataset",     "faces", "--size", "16",  "--width",     "8", "--z",
    "16",    "--batch",  "8",     "--faces-count", "404",   "--grid", "2x2", "--log-every", "2", "--threads",
    "1",     "--seed",   "5",     "--device",      "cpu"};

Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  ASSERT_TRUE(out.flush()) << path;
}

Snapshot snapshot(const fs::path& folder) {
  Snapshot all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    auto& content = all[entry.path().lexically_relative(folder).string()];
    if (entry.is_symlink())
      content = "-> " + fs::read_symlink(entry.path()).string();
    else if (entry.is_directory())
      content = "/";
    else
      content = read_text(entry.path());
  }
  return all;
}

std::vector<std::string> lines_of(const std::string& text) {
  EXPECT_TRUE(text.empty() || text.back() == '\n') << "the last line has no end: " << text;
  std::vector<std::string> lines = facegan::core::split(text, '\n');
  lines.pop_back();
  return lines;
}

std::vector<std::string> metrics_of(const fs::path& run) {
  std::vector<std::string> lines = lines_of(read_text(run / "metrics.jsonl"));
  for (std::string& line : lines) {
    auto object = nlohmann::ordered_json::parse(line);
    object.erase("images_per_s");
    object.erase("elapsed_s");
    line = object.dump();
  }
  return lines;
}

std::vector<std::string> checkpoints_of(const fs::path& run) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints"))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string checkpoint_contents(const fs::path& file) {
  const auto checkpoint = facegan::core::read_safetensors(file);
  std::string all;
  for (const auto& [key, value] : checkpoint.metadata) {
    if (key == facegan::core::kChecksumKey) continue;
    all += key + ":\n";
    for (const auto& line : facegan::core::split(value, '\n'))
      if (!line.starts_with("workers: ")) all += "  " + line + "\n";
  }
  for (const auto& tensor : checkpoint.tensors) {
    all += str(tensor.name, " ", tensor.dtype);
    for (auto side : tensor.shape) all += str(" ", side);
    all += ": " + std::string(checkpoint.bytes_of(tensor), tensor.bytes()) + "\n";
  }
  return all;
}

void edit_config(const fs::path& checkpoint, const std::string& from, const std::string& to) {
  const auto file = facegan::core::read_safetensors(checkpoint);
  auto metadata = file.metadata;
  std::string& config = metadata.at("facegan.config");
  const auto at = config.find(from);
  ASSERT_NE(at, std::string::npos) << config;
  config.replace(at, from.size(), to);
  std::vector<facegan::core::TensorBytes> tensors;
  for (const auto& tensor : file.tensors)
    tensors.push_back({tensor.name, tensor.dtype, tensor.shape, file.bytes_of(tensor)});
  write_text(checkpoint, facegan::core::safetensors_bytes(tensors, metadata));
}
