// Reports in the browser that people open them with.
#include "facegan/report/report.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/process.h"
#include "made_run.h"
#include "temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class ReportInChromium : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
      program_ = name;
      if (run({.arguments = {"-c", "command -v " + program_}, .folder = folder_.path(), .program = "/bin/sh"})
              .exit_code == 0)
        return;
    }
    GTEST_SKIP() << "there is no Chromium; Debian and Ubuntu have it as the package chromium";
  }
  // What chromium.py saw of a page. The screenshots are in this folder, or in $FACEGAN_SCREENSHOTS/NAME.
  Json seen(const std::string& page, const std::string& name) {
    const char* keep = std::getenv("FACEGAN_SCREENSHOTS");
    const fs::path shots = (keep ? fs::path(keep) : folder_ / "shots") / name;
    fs::create_directories(shots);
    const Outcome outcome = run({.arguments = {FACEGAN_SOURCE_DIR "/tests/tools/chromium.py", program_, page,
                                               fs::absolute(shots).string()},
                                 .folder = folder_.path(),
                                 .program = "python3"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err << outcome.out;
    const Json json = Json::parse(outcome.out, nullptr, false);
    EXPECT_TRUE(json.is_object()) << outcome.out;
    return json;
  }
  void expect_good(const Json& page) {
    EXPECT_EQ(page["complaints"], Json::array()) << page["complaints"].dump(2);
    for (const Json& url : page["requests"])
      EXPECT_TRUE(url.get<std::string>().ends_with("/training.gif")) << url;
    EXPECT_NE(page["light"]["background"], page["dark"]["background"]);
    for (const char* look : {"light", "dark", "phone", "phone_dark"})
      EXPECT_FALSE(page[look]["too_wide"]) << look;
  }

  TemporaryFolder folder_;
  std::string program_;
};

TEST_F(ReportInChromium, AThousandEpochs) {
  make_run(folder_ / "0001-dcgan", {.epochs = 1000, .lines_per_epoch = 10, .grid = "8x8", .size = 64});
  facegan::report::ReportWriter(folder_ / "0001-dcgan").write(false);
  const Json page = seen("0001-dcgan/report.html", "thousand");
  expect_good(page);
  EXPECT_EQ(page["title"], "0001-dcgan - facegan");
  EXPECT_LT(page["load_ms"], 1000);
  std::cout << "loaded in " << page["load_ms"] << " ms, " << fs::file_size(folder_ / "0001-dcgan/report.html")
            << " bytes\n";
  const Json& slider = page["slider"];
  EXPECT_EQ(slider["newest"], "epoch 1,000");
  EXPECT_NE(slider["left"], slider["newest"]);
  EXPECT_TRUE(slider["reached_by_tab"]);
  EXPECT_NE(slider["left_twice"], slider["left"]);
  EXPECT_EQ(slider["spoken"], slider["left_twice"]);
  EXPECT_EQ(slider["first"], "epoch 0, untrained");
  EXPECT_GT(slider["picture"], 100);
  EXPECT_EQ(slider["second"], "epoch 1");
  EXPECT_TRUE(page["hover"].get<std::string>().starts_with("epoch 5")) << page["hover"];
}

TEST_F(ReportInChromium, ALivePageFollowsItsRun) {
  make_run(folder_ / "run", {});
  facegan::report::ReportWriter(folder_ / "run").write(true);
  Json page = seen("run/report.html", "live");
  expect_good(page);
  EXPECT_EQ(page["follow"]["reloaded"], true) << page["follow"];
  EXPECT_EQ(page["follow"]["label"], "epoch 0, untrained");
  EXPECT_EQ(page["follow"]["scroll"], 200);
  fs::last_write_time(folder_ / "run/report.html", fs::file_time_type::clock::now() - std::chrono::hours(2));
  page = seen("run/report.html", "stale");
  EXPECT_EQ(page["follow"]["stale"], "no news for 120 minutes; reload to look again") << page["follow"];
}

TEST_F(ReportInChromium, AComparison) {
  make_run(folder_ / "0001-dcgan", {.epochs = 20, .grid = "8x8", .size = 64});
  make_run(folder_ / "0002-dcgan", {.epochs = 30, .grid = "8x8", .size = 64, .lr = 1e-3});
  make_run(folder_ / "a-run-of-its-own-name", {.epochs = 25, .grid = "4x4", .size = 64});
  facegan::report::write_comparison(
      {folder_ / "0001-dcgan", folder_ / "0002-dcgan", folder_ / "a-run-of-its-own-name"},
      folder_ / "all.html");
  const Json page = seen("all.html", "comparison");
  expect_good(page);
  EXPECT_TRUE(page["hover"].get<std::string>().starts_with("pictures seen ")) << page["hover"];
}

}  // namespace
