// facegan score: how real the discriminator of a run finds pictures.
#include "app/look/score.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/look/run_data.h"
#include "app/table.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"
#include "facegan/run/imported.h"

namespace facegan::app {
namespace {

using core::str;
using Json = nlohmann::ordered_json;
constexpr const char* kSetFlags[] = {"dataset", "data", "where", "limit"};

const char* set_flag(const Invocation& invocation) {
  for (const char* flag : kSetFlags)
    if (invocation.has(flag)) return flag;
  return nullptr;
}

// What to score: exactly one of files, a data set, and --sets with or without a data set.
void check_flags(const Invocation& invocation) {
  const bool sets = invocation.has("sets"), files = !invocation.arguments.empty();
  const char* of_set = set_flag(invocation);
  if (files && (sets || of_set))
    throw Error(ErrorKind::usage, str("--", sets ? "sets" : of_set,
                                      " takes pictures of a data set: name files or "
                                      "that, not both"));
  if (!files && !sets && !of_set)
    throw Error(ErrorKind::usage,
                "there is nothing to score: name pictures, folders or archives, or a data set with --dataset "
                "and --data, or compare real and generated pictures with --sets");
  for (const char* flag : {"count", "seed"})
    if (invocation.has(flag) && !sets) throw Error(ErrorKind::usage, str("--", flag, " goes with --sets"));
}

// All that can be used; the others are told of.
std::vector<Scored> score_all(const data::Dataset& dataset, const infer::Scorer& scorer, bool keep_pictures) {
  const std::size_t count = dataset.size();
  std::vector<image::Image> pictures(keep_pictures ? count : 0);
  std::vector<std::string> reasons(count);  // why it cannot be used
  const auto logits = scorer.logits(
      count,
      [&](std::size_t i) {
        try {
          image::Image picture = dataset.get(i);
          if (keep_pictures) pictures[i] = picture;
          return picture;
        } catch (const Error& error) {
          if (error.kind() != ErrorKind::data) throw;
          reasons[i] = error.what();
          return image::Image();
        }
      },
      [&](std::size_t done) {
        if (core::log_has_live_line()) core::log_live_line(str("scored ", done, " of ", count));
      });
  core::log_live_line("");
  std::vector<Scored> scored;
  std::string last_reason;
  for (std::size_t i = 0; i < count; ++i) {
    if (logits[i]) {
      scored.push_back(
          {dataset.name(i), *logits[i], keep_pictures ? std::move(pictures[i]) : image::Image()});
      continue;
    }
    last_reason = reasons[i];
    core::log_warning("not scored: ", last_reason);
  }
  if (scored.empty())
    throw Error(ErrorKind::data,
                count == 1 ? last_reason
                           : str("none of the ", count, " pictures can be used; one of them: ", last_reason));
  return scored;
}

void print_json(const std::vector<Scored>& scored, const infer::Scorer& scorer) {
  Json list = Json::array();
  for (const Scored& s : scored)
    list.push_back({{"file", s.file}, {"logit", s.logit}, {"probability", scorer.probability(s.logit)}});
  // A file name need not be UTF-8.
  core::print(list.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_table(const std::vector<Scored>& scored, const infer::Scorer& scorer) {
  std::vector<Row> rows = {{"probability", "logit", "file"}};
  for (const Scored& s : scored)
    rows.push_back({core::fixed_text(scorer.probability(s.logit), 4), core::fixed_text(s.logit, 4),
                    core::printable(s.file)});
  core::print(as_table(rows, "rrl"));
}

}  // namespace

int run_score(const Invocation& invocation) {
  check_flags(invocation);
  const run::Loaded loaded = run::load_from(invocation.text("from", ""));
  device::keep_memory();
  const infer::Scorer scorer(loaded, invocation.text("device", "auto"));
  core::log_info("scoring by ", core::printable(loaded.path.string()));
  if (const std::string note = scorer.note(); !note.empty()) core::log_info(note);
  if (run::is_imported(loaded) && invocation.arguments.empty() && !invocation.has("dataset") &&
      !invocation.has("data"))
    run::ask_for_pictures();
  const data::DatasetOptions options = run_data(invocation, scorer.config());
  if (invocation.has("sets")) return score_sets(invocation, loaded, scorer, options);
  const auto dataset = invocation.arguments.empty() ? data::open_dataset(options)
                                                    : data::open_files(invocation.arguments, options);
  const ScoreSheet sheet(invocation.text("sheet", ""), dataset->size(), scorer.config(),
                         loaded.text(core::kChecksumKey));
  const bool json = invocation.has("json");
  std::vector<Scored> scored = score_all(*dataset, scorer, sheet.wanted());
  sort_scored(scored);
  if (json)
    print_json(scored, scorer);
  else
    print_table(scored, scorer);
  if (sheet.wanted()) sheet.write(scored, scorer, {}, json);
  if (const std::size_t all = dataset->size(); scored.size() < all)
    throw Error(ErrorKind::data,
                str(all - scored.size(), " of ", all, " pictures could not be scored; they are named above"));
  return 0;
}

}  // namespace facegan::app
