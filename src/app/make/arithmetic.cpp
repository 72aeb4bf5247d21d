// facegan arithmetic: latents added and subtracted.
#include "facegan/infer/arithmetic.h"

#include "app/command_line/seeds.h"
#include "app/make/picture_call.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

using core::str;
constexpr std::int64_t kMaxVariations = 1024;

struct Term {
  double sign;
  std::vector<std::uint64_t> seeds;
};

std::vector<Term> read_terms(const Invocation& invocation) {
  std::vector<Term> terms;
  for (const auto& [flag, sign] : {std::pair{"plus", 1.0}, std::pair{"minus", -1.0}})
    if (invocation.has(flag))
      for (const std::string& seeds : core::split(invocation.text(flag, ""), kBetweenRepeated))
        terms.push_back({sign, parse_seeds(seeds, str("--", flag))});
  if (!invocation.has("plus"))
    throw Error(ErrorKind::usage,
                "arithmetic needs at least one --plus, such as --plus 1,2,5 --minus 3,4,9 --plus 7");
  return terms;
}

// The values of a repeated flag in the call that makes the picture again.
std::string repeated(const std::vector<Term>& terms, double sign) {
  std::vector<std::string> texts;
  for (const Term& term : terms)
    if (term.sign == sign) texts.push_back(seeds_text(term.seeds));
  return core::join(texts, {&kBetweenRepeated, 1});
}

// "+1,2,5 +7 -3,4,9"
std::string formula(const std::vector<Term>& terms) {
  std::vector<std::string> texts;
  for (const Term& term : terms) texts.push_back((term.sign > 0 ? "+" : "-") + seeds_text(term.seeds));
  return core::join(texts, " ");
}

std::vector<infer::Term> with_latents(const std::vector<Term>& terms, const infer::Sampler& sampler) {
  std::vector<infer::Term> all;
  for (const Term& term : terms) {
    auto& exemplars = all.emplace_back(infer::Term{term.sign, {}}).exemplars;
    for (const std::uint64_t seed : term.seeds) exemplars.push_back(sampler.latent(seed, 0));
  }
  return all;
}

// Of the cells of the sheet; none without --caption.
std::vector<std::string> caption_texts(const Invocation& invocation, const std::vector<Term>& terms,
                                       const infer::SumSheet& size, std::int64_t variations) {
  std::vector<std::string> texts;
  if (!invocation.has("caption")) return texts;
  const auto columns = static_cast<std::size_t>(size.columns);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    texts.resize(i * columns);
    texts.push_back(terms[i].sign > 0 ? "+ mean" : "- mean");
    for (const std::uint64_t seed : terms[i].seeds) texts.push_back(str("seed ", seed));
  }
  texts.resize(terms.size() * columns);
  texts.push_back("= result");
  for (std::int64_t k = 0; k < variations; ++k) texts.push_back("varied");
  return texts;
}

}  // namespace

int run_arithmetic(const Invocation& invocation) {
  const std::vector<Term> terms = read_terms(invocation);
  const double noise = invocation.real("noise", 0.25, 0, 10);
  const std::int64_t count = invocation.integer("count", 8, 0, kMaxVariations);
  const Out out = choose_out(invocation, {.stem = "arithmetic"});
  PictureCall call("arithmetic", invocation);
  const infer::PictureMaker& maker = call.maker();
  const spec::WantedRow shown = call.wanted(invocation);
  std::vector<std::size_t> exemplars;
  for (const Term& term : terms) exemplars.push_back(term.seeds.size());
  const infer::SumSheet size = infer::size_of_sum_sheet(exemplars, count);
  maker.check_sheet(size.rows, size.columns);  // before so many captions are made
  const std::vector<std::string> captions = caption_texts(invocation, terms, size, count);
  maker.check_sheet(size.rows, size.columns, 1, captions);

  const auto latents = with_latents(terms, maker.sampler());
  const infer::Sum sum = infer::add_up(latents);
  if (sum.result.empty())
    throw Error(ErrorKind::usage, str("the terms cancel each other out: ", core::printable(formula(terms))));
  infer::SumSheet sheet = infer::sum_sheet(latents, sum, noise, count);
  // One condition for all: what latents do to a picture is compared under the same.
  const spec::ConditionRow row = maker.sampler().conditions().row(terms.front().seeds.front(), 0, shown);
  for (Latent& cell : sheet.cells)
    if (!cell.empty()) cell = infer::told(std::move(cell), row);

  call.says("plus", repeated(terms, 1));
  if (invocation.has("minus")) call.says("minus", repeated(terms, -1));
  call.says("noise", core::number_text(noise));
  call.says("count", str(count));
  if (!captions.empty()) call.says("caption");
  write_png(out.path, maker.sheet(maker.pictures(sheet.cells), sheet.rows, sheet.columns, captions),
            call.fields("arithmetic", {{run::kFieldSeed, formula(terms)}, {run::kFieldIndex, "0"}}));
  return 0;
}

}  // namespace facegan::app
