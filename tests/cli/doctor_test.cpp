// facegan doctor: machines that lack something, real ones where a test can make them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "in_folder.h"

namespace {

using nlohmann::json;

class Doctor : public InFolder {
 protected:
  Outcome doctor(const Words& words = {}, const Words& environment = {}) {
    return run({Words{"doctor"} + words, folder_.path(), environment});
  }
  json report(const Words& words = {}, const Words& environment = {}) {
    const Outcome outcome = doctor(Words{"--json"} + words, environment);
    EXPECT_EQ(outcome.err, "");
    const json out = json::parse(outcome.out);
    EXPECT_EQ(outcome.exit_code, out.at("starts").get<bool>() ? 0 : 1) << outcome.out;
    return out;
  }
  static Words driver(const Words& says) { return says + Words{"LD_LIBRARY_PATH=" FACEGAN_FAKE_DRIVER}; }
};

// "problem: ...", of the first that has the words in it; "" = none.
std::string finding(const json& report, const std::string& words) {
  for (const auto& f : report.at("findings"))
    if (const auto what = f.at("what").get<std::string>(); what.find(words) != std::string::npos)
      return f.at("kind").get<std::string>() + ": " + what;
  return "";
}

TEST_F(Doctor, SaysThatATrainingStartsAndLeavesNothing) {
  const Outcome outcome = doctor({"--device", "cpu"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_NE(outcome.out.find("\nA training starts here, on the CPU with "), std::string::npos) << outcome.out;
  EXPECT_EQ(snapshot(folder_.path()).size(), 0u);
  const json facts = report({"--device", "cpu"}).at("facts");
  EXPECT_GT(facts.at("runs").at("bytes_per_s").get<double>(), 0);
  EXPECT_GE(facts.at("cores").get<int>(), 1);
  EXPECT_EQ(facts.at("libtorch"), facts.at("libtorch_built_with"));
}

TEST_F(Doctor, OpenFiles) {
  const auto limited = [&](const char* limit) {
    const std::string script = std::string("ulimit -n ") + limit + "; exec \"$0\" doctor --json";
    return json::parse(
        run({.arguments = {"-c", script, FACEGAN_PROGRAM}, .folder = folder_.path(), .program = "sh"}).out);
  };
  // Fewer than a training opens itself, whatever the parent left open.
  EXPECT_EQ(finding(limited("6"), "may be open at once").substr(0, 20), "problem: Only 6 file");
  EXPECT_FALSE(limited("6").at("starts"));
  EXPECT_EQ(finding(limited("100"), "may be open at once").substr(0, 18), "note: Only 100 fil");
  EXPECT_EQ(finding(limited("1024"), "may be open at once"), "");
}

TEST_F(Doctor, NoFolderForRuns) {
  write_text(folder_ / "runs", "");
  const Outcome outcome = doctor();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.out.find("problem       No run folder can be made: "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("  what to do  call facegan in a folder where you may write"),
            std::string::npos);
  EXPECT_NE(outcome.out.find("\nA training would not start here"), std::string::npos);
  EXPECT_TRUE(report({}, {"FACEGAN_OUT=elsewhere"}).at("starts"));
}

TEST_F(Doctor, ACacheThatCannotBeWrittenIsNoProblem) {
  const json r = report({}, {"FACEGAN_CACHE=/proc/cache"});
  EXPECT_EQ(finding(r, "Decoded pictures").substr(0, 6), "note: ");
  EXPECT_TRUE(r.at("starts"));
}

TEST_F(Doctor, VariablesThatChangeThreads) {
  const json fine = report({}, {"OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1", "GOMP_SPINCOUNT=20000"});
  EXPECT_EQ(finding(fine, "OMP_"), "") << fine;  // facegan sets the number itself
  EXPECT_EQ(finding(fine, "SPINCOUNT"), "");
  EXPECT_EQ(finding(report({}, {"OMP_WAIT_POLICY=active"}), "OMP_WAIT_POLICY=active").substr(0, 5), "note:");
  EXPECT_EQ(finding(report({}, {"ATEN_CPU_CAPABILITY=default"}), "turns AVX2 off").substr(0, 5), "note:");
  const json many = report({}, {"FACEGAN_THREADS=256"});
  EXPECT_NE(finding(many, "FACEGAN_THREADS=256 is more than"), "");
  EXPECT_EQ(many.at("facts").at("threads"), 256);
  if (fine.at("facts").at("cores") == 1) return;
  EXPECT_NE(finding(report({}, {"OMP_PROC_BIND=true"}), "OMP_PROC_BIND=true binds facegan to 1 of"), "");
}

TEST_F(Doctor, SettingsThatAreRefused) {
  const json r = report({}, {"FACEGAN_BATCH=many"});
  EXPECT_NE(finding(r, "environment FACEGAN_BATCH").find("problem: Settings are refused"), std::string::npos)
      << r;
  EXPECT_EQ(doctor({"--device", "gpu"}).exit_code, 2);
}

TEST_F(Doctor, DriverTooOldForTheCudaOfLibTorch) {
  const Words old = driver({"FAKE_CUDA=11040", "FAKE_GPUS=1"});
  const json r = report({}, old);
  if (r.at("facts").at("libtorch_cuda") == "") GTEST_SKIP() << "a LibTorch without CUDA";
  EXPECT_EQ(r.at("facts").at("driver_cuda"), "11.4");
  EXPECT_EQ(r.at("facts").at("gpus"), json({"Fake GPU"}));
  const std::string why = "the NVIDIA driver is for CUDA 11.4, too old for this LibTorch's CUDA " +
                          r.at("facts").at("libtorch_cuda").get<std::string>();
  EXPECT_EQ(finding(r, why), "note: The GPU cannot be used: " + why + "; a training uses the CPU");
  EXPECT_TRUE(r.at("starts"));
  EXPECT_NE(r.at("findings").dump().find("update the driver to R5"), std::string::npos);
  EXPECT_EQ(finding(report({"--device", "cuda"}, old), why), "problem: The GPU cannot be used: " + why);
  EXPECT_EQ(finding(report({"--device", "cpu"}, old), why), "");
  const Outcome train = run({kTinyTrain + Words{"--device", "cuda"}, folder_.path(), old});
  EXPECT_EQ(train.exit_code, 2);
  EXPECT_NE(train.err.find(why), std::string::npos) << train.err;
}

TEST_F(Doctor, GpusThatAreHidden) {
  const Words hidden = driver({"FAKE_CUDA=13000", "FAKE_GPUS=0", "CUDA_VISIBLE_DEVICES="});
  EXPECT_EQ(finding(report({"--device", "cuda"}, hidden), "CUDA_VISIBLE_DEVICES"),
            "problem: CUDA_VISIBLE_DEVICES='' leaves no GPU that facegan may use");
  const json r = report({"--device", "cuda"}, driver({"FAKE_CUDA=13000", "FAKE_ERROR=803"}));
  EXPECT_NE(finding(r, "does not fit the driver in the kernel (error 803)"), "") << r;
}

}  // namespace
