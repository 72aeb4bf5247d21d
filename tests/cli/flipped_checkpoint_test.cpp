// A checkpoint of a real run with every one of its bytes changed in turn, read as --resume and sample do.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <iostream>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/run/folder.h"
#include "temporary_folder.h"
#include "tiny_run.h"

namespace {

using facegan::core::SafetensorsFile;

constexpr const char* kNetworks = R"(size: 8
channels: 1
z: 2
generator: [{dense: {units: 64}}, tanh, {reshape: {channels: 1, height: 8, width: 8}}]
discriminator: [flatten, {dense: {units: 1}}]
)";

bool same_content(const SafetensorsFile& a, const SafetensorsFile& b) {
  if (a.metadata != b.metadata || a.data != b.data || a.tensors.size() != b.tensors.size()) return false;
  for (std::size_t i = 0; i < a.tensors.size(); ++i)
    if (a.tensors[i].name != b.tensors[i].name || a.tensors[i].dtype != b.tensors[i].dtype ||
        a.tensors[i].shape != b.tensors[i].shape || a.tensors[i].begin != b.tensors[i].begin)
      return false;
  return true;
}

TEST(FlippedCheckpoint, EveryByteIsRefusedOrHarmless) {
  const TemporaryFolder folder;
  write_text(folder / "tiny.yaml", kNetworks);
  const Outcome trained =
      run({{"train", "--config", "tiny.yaml", "--dataset", "faces", "--faces-count", "16", "--batch", "8",
            "--max-steps", "2", "--grid", "2x2", "--device", "cpu", "--threads", "1", "--out", "run"},
           folder.path()});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto path = facegan::run::checkpoint_files(folder / "run").at(0).path();
  const auto original = facegan::run::load_file(path);
  const std::string bytes = read_text(path);
  const std::size_t data_begin = bytes.size() - original.file.data.size();

  const facegan::core::Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  std::size_t refused = 0, harmless_header = 0, harmless_data = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF, 0x29}) {
      const char bad = static_cast<char>(bytes[at] ^ flip);
      ASSERT_EQ(::pwrite(fd.get(), &bad, 1, static_cast<off_t>(at)), 1);
      try {
        const auto loaded = facegan::run::load_file(path);
        ASSERT_TRUE(same_content(loaded.file, original.file)) << "byte " << at << " ^ " << flip;
        ++(at < data_begin ? harmless_header : harmless_data);
      } catch (const facegan::Error& error) {
        ASSERT_EQ(error.kind(), facegan::ErrorKind::checkpoint) << "byte " << at << ": " << error.what();
        ASSERT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "byte " << at;
        ++refused;
      }
    }
    ASSERT_EQ(::pwrite(fd.get(), &bytes[at], 1, static_cast<off_t>(at)), 1);
  }
  EXPECT_EQ(harmless_data, 0u);
  EXPECT_TRUE(same_content(facegan::run::load_file(path).file, original.file));
  std::cout << bytes.size() << " bytes (" << data_begin << " of header), " << refused << " changes refused, "
            << harmless_header << " that change nothing (blanks, spellings of JSON)\n";
}

}  // namespace
