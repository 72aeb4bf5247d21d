// Short runs that compete.
#include "facegan/train/tune.h"

#include "error_of.h"
#include "tiny_training.h"

namespace facegan::train {
namespace {

class Tune : public Loop {
 protected:
  TuneRequest request(double budget_s = 3) const {
    const auto candidate = [](const char* name, double rate) {
      config::Config c = tiny();
      c.lr_g = c.lr_d = rate, c.epochs = 1'000'000, c.sample_every = c.checkpoint_every = "1000000";
      c.seed = 3;
      return Candidate{name, c};
    };
    return {{candidate("as it is", 1e-9), candidate("lr 1e-2", 1e-2), candidate("lr 1e38", 1e38)},
            budget_s,
            folder_ / "tuned"};
  }
};

TEST_F(Tune, TheBetterHalfGoesOnAndTheFirstIsAlwaysAmongThem) {
  const TuneResult result = tune(request());
  EXPECT_EQ(result.best, 1u);
  EXPECT_EQ(result.signal, 0);
  ASSERT_EQ(result.candidates.size(), 3u);
  EXPECT_EQ(result.candidates[0].figures.size(), 2u);
  EXPECT_EQ(result.candidates[1].figures.size(), 2u);
  EXPECT_LT(result.candidates[1].figures[1], result.candidates[0].figures[1]);
  EXPECT_EQ(result.candidates[2].figures.size(), 1u);  // it diverged
  EXPECT_TRUE(std::isnan(result.candidates[2].figures[0]));
  EXPECT_NE(result.candidates[2].failure.find("diverged"), std::string::npos) << result.candidates[2].failure;
  EXPECT_GT(result.candidates[1].images, 0);
  EXPECT_NEAR(result.candidates[1].trained_s, result.rounds_s[1], 1.5);

  // Again: all is known already.
  const std::int64_t step = run::load_newest(folder_ / "tuned/candidate_1").integer(run::kKeyStep);
  const TuneResult again = tune(request());
  EXPECT_EQ(again.best, 1u);
  EXPECT_EQ(again.candidates[1].figures, result.candidates[1].figures);
  EXPECT_EQ(run::load_newest(folder_ / "tuned/candidate_1").integer(run::kKeyStep), step);
  // And broken off before its last figure: the run of that candidate goes on.
  std::string known = core::read_file(folder_ / "tuned/results.json", 1 << 20, ErrorKind::io);
  known.replace(known.find("\"1/1\""), 5, "\"9/9\"");
  core::write_file_atomic(folder_ / "tuned/results.json", known);
  EXPECT_EQ(tune(request()).best, 1u);

  EXPECT_EQ(error_of([&] { tune(request(4)); }).kind(), ErrorKind::usage) << "of another call";
  core::write_file_atomic(folder_ / "tuned/results.json", "[");
  EXPECT_EQ(error_of([&] { tune(request()); }).kind(), ErrorKind::usage);
}

TEST(TuneRounds, ShareTheBudget) {
  EXPECT_EQ(round_sizes(8), (std::vector<std::size_t>{8, 4, 2}));
  EXPECT_EQ(round_sizes(5), (std::vector<std::size_t>{5, 3, 2}));
  EXPECT_EQ(round_sizes(2), (std::vector<std::size_t>{2}));
  for (const std::size_t count : {2, 3, 5, 8, 64}) {
    const auto sizes = round_sizes(count);
    const auto seconds = round_seconds(count, 600);
    ASSERT_EQ(sizes.size(), seconds.size());
    double all = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i)
      all += static_cast<double>(sizes[i]) * (seconds[i] - (i > 0 ? seconds[i - 1] : 0));
    EXPECT_NEAR(all, 600, 1e-9) << count;
  }
}

}  // namespace
}  // namespace facegan::train
