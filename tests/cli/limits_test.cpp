// What the system gives too little of, and what nobody is at the other end of.
#include <sys/stat.h>

#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

class Limits : public InFolder {
 protected:
  Outcome shell(const std::string& line) {
    return run(
        {.arguments = {"-c", line, tested_program()}, .folder = folder_.path(), .program = "/bin/bash"});
  }
};

// OpenMP waited for ever for a thread that did not start. A thread's stack is 8 MiB of addresses.
TEST_F(Limits, ThreadsThatCannotStartAreSaid) {
  std::string train;
  for (const std::string& word : kTinyTrain) train += " " + word;
  const Outcome outcome =
      shell("ulimit -s 8192; ulimit -v 2500000; exec \"$0\"" + train + " --threads 1024 --out run");
  EXPECT_EQ(outcome.exit_code, 71);
  EXPECT_NE(outcome.err.find(" threads for --threads 1024 and --workers "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("ulimit -u"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(folder_ / "run"));
}

// Nor can a step begin for which there is no memory at all.
TEST_F(Limits, ABatchThatCannotBeIsSaidBefore) {
  const Outcome outcome =
      facegan({"train", "--dataset", "faces", "--preset", "dcgan", "--size", "1024", "--width", "64",
               "--batch", "60000", "--faces-count", "60000", "--device", "cpu", "--out", "run"});
  EXPECT_EQ(outcome.exit_code, 71);
  EXPECT_NE(outcome.err.find("these networks need more than "), std::string::npos) << outcome.err;
  EXPECT_LT(outcome.peak_bytes, 1u << 30);
}

TEST_F(Limits, SettingsMayComeThroughAPipe) {
  EXPECT_NE(shell("printf 'width: 24\\n' | \"$0\" config --config /dev/stdin").out.find("width: 24 "),
            std::string::npos);
  EXPECT_NE(shell("\"$0\" config --config <(printf 'width: 24\\n')").out.find("width: 24 "),
            std::string::npos);
  EXPECT_EQ(shell("yes '# x' | \"$0\" config --config /dev/stdin").exit_code, 2);
}

// Nobody writes, nobody reads: a call ends.
TEST_F(Limits, PipesWithoutAnotherEndAreRefused) {
  made(kTinyTrain + Words{"--max-steps", "1", "--out", "run"});
  for (const char* name : {"pipe", "pipe.png", "pipe.gif"})
    ASSERT_EQ(::mkfifo((folder_ / name).c_str(), 0600), 0);
  const auto refused = [&](const Words& call, int exit_code) {
    const Outcome outcome = facegan(call);
    EXPECT_EQ(outcome.exit_code, exit_code) << call[0] << outcome.err;
    EXPECT_NE(outcome.err.find("pipe"), std::string::npos) << outcome.err;
  };
  refused({"config", "--config", "pipe"}, 2);
  refused({"explain", "pipe"}, 3);
  refused({"score", "--from", "run", "pipe.png"}, 3);
  refused({"data", "check", "--dataset", "folder", "--data", "pipe"}, 3);
  refused({"sample", "--from", "run", "--seed", "1", "--out", "pipe.png"}, 6);
  refused({"interpolate", "--from", "run", "--seed", "1,2", "--out", "pipe.gif"}, 6);
  for (const char* name : {"pipe", "pipe.png", "pipe.gif"}) EXPECT_TRUE(fs::is_fifo(folder_ / name)) << name;
}

}  // namespace
