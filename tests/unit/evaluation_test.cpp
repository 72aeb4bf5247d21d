// Figures while a run trains: its lines, its best checkpoint, its early end.
#include <nlohmann/json.hpp>

#include "error_of.h"
#include "facegan/run/best.h"
#include "facegan/run/info.h"
#include "facegan/run/listing.h"
#include "facegan/run/provenance.h"
#include "tiny_training.h"

namespace facegan::train {
namespace {

class EvaluatedRun : public Loop {
 protected:
  static config::Config evaluated() {
    config::Config c = tiny();
    c.evaluate_every = "1", c.evaluate = "swd,duplicates", c.epochs = 4;
    return c;
  }
  std::vector<run::Metrics> lines(const std::string& name = "run") const {
    std::vector<run::Metrics> all;
    std::ifstream in(folder_ / name / "metrics.jsonl");
    for (std::string line; std::getline(in, line);) all.push_back(*run::parse_metrics(line));
    return all;
  }
  run::Best best(const std::string& name = "run") const {
    return *run::best_of(run::load_newest(folder_ / name));
  }
};

TEST_F(EvaluatedRun, FiguresStandInTheLinesOfTheirSteps) {
  config::Config c = evaluated();
  c.evaluate_every = "2";
  train_new(c);
  for (const run::Metrics& line : lines()) {
    EXPECT_EQ(line.has("swd"), line.step % 16 == 0) << line.step;
    EXPECT_EQ(line.has("duplicates"), line.step % 16 == 0) << line.step;
    EXPECT_FALSE(line.has("ndb"));
  }
  // Without them all else is the same.
  config::Config off = tiny();
  off.epochs = 4;
  train_new(off, "off");
  EXPECT_EQ(run::load_newest(folder_ / "run").file.data, run::load_newest(folder_ / "off").file.data);
  EXPECT_FALSE(run::best_of(run::load_newest(folder_ / "off")));
}

TEST_F(EvaluatedRun, TheBestIsKeptAndNeverTheNewest) {
  config::Config c = evaluated();
  c.keep = 1;
  c.lr_g = c.lr_d = 0.05;  // soon worse
  train_new(c);
  double least = INFINITY;
  std::int64_t at = 0;
  for (const run::Metrics& line : lines())
    if (line.has("swd") && line["swd"] < least) least = line["swd"], at = line.step;
  EXPECT_EQ(best().step, at);
  EXPECT_EQ(best().value, least);
  EXPECT_EQ(best().metric, "swd");
  EXPECT_EQ(best().no_better, 4 - at / 8);
  const run::Loaded kept = run::load_from((folder_ / "run").string() + "@best");
  EXPECT_EQ(kept.integer(run::kKeyStep), at);
  EXPECT_FALSE(fs::is_symlink(kept.path));
  EXPECT_EQ(run::load_from((folder_ / "run").string()).integer(run::kKeyStep), 32);
  const auto listed = run::list_runs(folder_.path());
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].best->step, at);
}

TEST_F(EvaluatedRun, GoesOnAsIfItHadNotStopped) {
  config::Config c = evaluated();
  c.lr_g = c.lr_d = 0.05;
  train_new(c, "whole");
  c.epochs = 2;
  train_new(c, "broken");
  // As killed before its newest checkpoint: the best one is of a step that is yet to come.
  core::remove(run::checkpoint_files(folder_ / "broken").front());
  go_on(4, "broken");
  EXPECT_EQ(run::load_newest(folder_ / "whole").file.data, run::load_newest(folder_ / "broken").file.data);
  EXPECT_EQ(run::load_from((folder_ / "whole").string() + "@best").file.data,
            run::load_from((folder_ / "broken").string() + "@best").file.data);
  const run::Best whole = best("whole"), broken = best("broken");
  EXPECT_EQ(whole.step, broken.step);
  EXPECT_EQ(whole.value, broken.value);
  EXPECT_EQ(whole.no_better, broken.no_better);
  const auto a = lines("whole"), b = lines("broken");
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].has("swd"), b[i].has("swd"));
    if (a[i].has("swd")) {
      EXPECT_EQ(a[i]["swd"], b[i]["swd"]);
    }
  }
  EXPECT_NO_THROW(verify(folder_ / "broken", run::load_newest(folder_ / "broken").config()));
}

TEST_F(EvaluatedRun, EndsWhenNothingGetsBetter) {
  config::Config c = evaluated();
  c.lr_g = c.lr_d = 0.05;
  c.epochs = 50, c.stop_when_worse = 2;
  const TrainResult result = train_new(c);
  EXPECT_LT(result.steps, 400);
  EXPECT_EQ(best().no_better, 2);
  EXPECT_EQ(result.best_step, result.steps - 16);
  EXPECT_EQ(run::read_info(folder_ / "run")->state, run::kNoBetter);
  EXPECT_EQ(run::load_newest(folder_ / "run").integer(run::kKeyStep), result.steps);
  // The last grid is that of the best.
  const auto last = run::grid_file(folder_ / "run", result.steps / 8);
  const auto of_best = run::grid_file(folder_ / "run", result.best_step / 8);
  EXPECT_EQ(core::read_file(last, 1 << 20, ErrorKind::io), core::read_file(of_best, 1 << 20, ErrorKind::io));
  // Whoever goes on gives it as many again; the grid is then its own.
  go_on(50);
  EXPECT_GE(run::load_newest(folder_ / "run").integer(run::kKeyStep), result.steps + 16);
  EXPECT_NE(core::read_file(last, 1 << 20, ErrorKind::io), core::read_file(of_best, 1 << 20, ErrorKind::io));
}

TEST_F(EvaluatedRun, AnotherFigureBeginsAnew) {
  config::Config c = evaluated();
  c.epochs = 2;
  train_new(c);
  TrainRequest request;
  request.folder = folder_ / "run";
  request.from = run::load_newest(request.folder);
  request.config = request.from->config();
  request.config.epochs = 3, request.config.workers = 1, request.config.evaluate = "ndb";
  request.config.faces_count = 64;
  train(std::move(request));
  EXPECT_EQ(best().metric, "ndb");
  EXPECT_EQ(best().step, 24);
}

TEST(Best, TakesWhatIsBetterAndSurvivesMetadata) {
  run::Best best{.metric = "swd"};
  EXPECT_TRUE(best.take(10, 5));
  EXPECT_FALSE(best.take(20, 5));
  EXPECT_FALSE(best.take(30, std::nan("")));
  EXPECT_EQ(best.no_better, 2);
  run::Loaded loaded;
  run::add_to(loaded.file.metadata, best);
  const auto read = run::best_of(loaded);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->step, 10);
  EXPECT_EQ(read->value, 5);
  EXPECT_EQ(read->no_better, 2);
  for (const auto& [key, value] : std::map<std::string, std::string>{
           {"best.metric", "d_loss"}, {"best.step", "-1"}, {"best.value", "much"}, {"best.no_better", "x"}}) {
    run::Loaded wrong = loaded;
    wrong.file.metadata[key] = value;
    EXPECT_FALSE(run::best_of(wrong)) << key;
  }
}

}  // namespace
}  // namespace facegan::train
