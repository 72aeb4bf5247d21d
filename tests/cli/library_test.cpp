// facegan as a library: an installed copy is found by another project, which is built and run.
#include <gtest/gtest.h>

#include "in_folder.h"

namespace {

class Library : public InFolder {
 protected:
  void cmake(const Words& arguments) {
    const Outcome outcome = run({.arguments = arguments, .folder = folder_.path(), .program = FACEGAN_CMAKE});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  }
};

TEST_F(Library, AProjectFindsItAndMakesTheProgramsPictures) {
  made(kTinyTrain + Words{"--max-steps", "3", "--out", "run"});
  cmake({"--install", FACEGAN_BUILD, "--prefix", (folder_ / "usr").string()});
  cmake({"-S", FACEGAN_SOURCE_DIR "/tests/consumer", "-B", "build", "-DCMAKE_BUILD_TYPE=Release",
         "-DCMAKE_PREFIX_PATH=" + (folder_ / "usr").string(),
         std::string("-DCMAKE_CXX_COMPILER=") + FACEGAN_COMPILER});
  cmake({"--build", "build"});
  const auto face = [&](const Words& arguments) {
    return run(
        {.arguments = arguments, .folder = folder_.path(), .program = (folder_ / "build/face").string()});
  };
  const Outcome outcome = face({"run", "7", "face.ppm"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  made({"sample", "--from", "run", "--seed", "7", "--index", "0", "--each", "--device", "cpu"});
  const facegan::image::Image drawn = picture("seed_7_0000.png");
  const std::string pixels(drawn.pixels.begin(), drawn.pixels.end());
  EXPECT_TRUE(read_text(folder_ / "face.ppm") == "P6\n16 16\n255\n" + pixels);
  const Outcome missing = face({"nowhere", "7", "face.ppm"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_NE(missing.err.find("face: "), std::string::npos);
  EXPECT_NE(missing.err.find("nowhere"), std::string::npos);
}

}  // namespace
