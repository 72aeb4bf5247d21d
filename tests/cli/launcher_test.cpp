// The program before it is the program: which LibTorch it takes, and what it says when it has none.
#include <gtest/gtest.h>

#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

class Launcher : public InFolder {
 protected:
  Outcome with(const std::string& libtorch, const Words& arguments) {
    return run({arguments, folder_.path(), {"FACEGAN_LIBTORCH=" + libtorch}});
  }
  // It is refused, in one line; doctor says so by its own exit code.
  void expect_refused(const std::string& libtorch, const std::string& says) {
    for (const auto& [command, code] : {std::pair{"train", 2}, {"--version", 2}, {"doctor", 1}}) {
      const Outcome outcome = with(libtorch, {command});
      EXPECT_EQ(outcome.exit_code, code) << command;
      EXPECT_EQ(outcome.out, "");
      EXPECT_TRUE(outcome.err.starts_with("facegan: error: " + says)) << outcome.err;
      EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
      EXPECT_NE(outcome.err.find("set FACEGAN_LIBTORCH to the folder 'torch' of LibTorch 2."),
                std::string::npos)
          << outcome.err;
    }
    EXPECT_TRUE(fs::is_empty(folder_.path()));
  }
};

TEST_F(Launcher, TakesTheLibTorchThatIsNamed) {
  const Outcome outcome = with(FACEGAN_LIBTORCH_ROOT, {"--version"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(with("", {"--version"}).exit_code, 0);  // as if it were not set
}

TEST_F(Launcher, RefusesAFolderWithoutLibTorch) {
  expect_refused("/nowhere",
                 "FACEGAN_LIBTORCH=/nowhere is not LibTorch: there is no /nowhere/lib/libtorch_cpu.so; ");
}

TEST_F(Launcher, RefusesARelativePlace) {
  const Outcome outcome = with("torch", {"--version"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.err, "facegan: error: FACEGAN_LIBTORCH=torch is a relative path: give the whole one\n");
  EXPECT_EQ(with("torch", {"sample", "--out", "doctor"}).exit_code, 2);
  EXPECT_EQ(with("torch", {"--quiet", "doctor"}).exit_code, 1);
}

TEST_F(Launcher, SaysThatMemoryOrTheFolderIsMissing) {
  const auto shell = [&](const std::string& before) {
    return run({.arguments = {"-c", before + "; exec \"$0\" --version", FACEGAN_PROGRAM},
                .folder = folder_.path(),
                .program = "/bin/bash"});
  };
  const Outcome memory = shell("ulimit -v 300000");
  EXPECT_EQ(memory.exit_code, 71);
  EXPECT_TRUE(memory.err.starts_with("facegan: error: LibTorch cannot be loaded: ")) << memory.err;
  EXPECT_TRUE(memory.err.ends_with("; allow more memory: ulimit -v unlimited\n")) << memory.err;
  // Where LibTorch's own set-up finds none it throws, where a library of facegan's does the loader tells.
  for (int mib = 340; mib <= 500; mib += 20) {
    const Outcome outcome = shell("ulimit -v " + std::to_string(mib * 1024));
    EXPECT_TRUE(outcome.exit_code == 71 || outcome.exit_code == 0)
        << mib << " MiB: " << outcome.exit_code << outcome.err;
    EXPECT_EQ(lines_of(outcome.err).size(), outcome.exit_code == 0 ? 0u : 1u) << outcome.err;
  }
  const Outcome gone = shell("mkdir gone; cd gone; rmdir ../gone");
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_TRUE(gone.err.starts_with("facegan: error: the current folder cannot be used (No such file"))
      << gone.err;
}

TEST_F(Launcher, RefusesAnotherVersionByName) {
  const std::string other = FACEGAN_OTHER_LIBTORCH;
  expect_refused(other, other + "/lib is LibTorch 2.3, this facegan needs 2.");
}

TEST_F(Launcher, FindsItsPartsThroughALink) {
  fs::create_directory(folder_ / "bin");
  fs::create_symlink(FACEGAN_PROGRAM, folder_ / "bin/gan");
  const Outcome outcome = run({.arguments = {"--version"}, .folder = folder_.path(), .program = "bin/gan"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST_F(Launcher, ThreadsOfATrainingAreThoseThatItAsksFor) {
  const Words train =
      kTinyTrain + Words{"--size", "32", "--width", "32", "--threads", "2", "--max-steps", "2"};
  // With fewer threads than LibTorch was told of, a step has no end.
  for (const std::string setting : {"OMP_THREAD_LIMIT=1", "OMP_DYNAMIC=true"}) {
    const Outcome outcome = run(
        {.arguments = train + Words{"--out", setting}, .folder = folder_.path(), .environment = {setting}});
    EXPECT_EQ(outcome.exit_code, 0) << setting << outcome.err;
  }
  EXPECT_EQ(metrics_of(folder_ / "OMP_THREAD_LIMIT=1"), metrics_of(folder_ / "OMP_DYNAMIC=true"));
}

TEST_F(Launcher, SaysWhatIsMissingOfIt) {
  fs::copy_file(FACEGAN_PROGRAM, folder_ / "facegan");
  const Outcome outcome = run({.arguments = {"--version"},
                               .folder = folder_.path(),
                               .environment = {std::string("FACEGAN_LIBTORCH=") + FACEGAN_LIBTORCH_ROOT},
                               .program = folder_ / "facegan"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_TRUE(outcome.err.starts_with("facegan: error: libfacegan.so, which belongs beside the program"))
      << outcome.err;
}

}  // namespace
