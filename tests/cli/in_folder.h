#pragma once
// Tests that start the program in a folder of their own.
#include <gtest/gtest.h>

#include "facegan/image/image.h"
#include "temporary_folder.h"
#include "tiny_run.h"

class InFolder : public ::testing::Test {
 protected:
  Outcome facegan(const Words& arguments) { return run({arguments, folder_.path()}); }
  // What it prints, when all goes well.
  std::string made(const Words& arguments) {
    const Outcome outcome = facegan(arguments);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
  // A PNG in the folder.
  facegan::image::Image picture(const std::string& name) const {
    const std::string png = read_text(folder_ / name);
    return facegan::image::decode_png(facegan::image::as_bytes(png));
  }

  TemporaryFolder folder_;
};
