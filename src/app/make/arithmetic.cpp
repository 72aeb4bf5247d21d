// facegan arithmetic: latents added and subtracted, as A. Radford, L. Metz, S. Chintala, "Unsupervised
// Representation Learning with Deep Convolutional Generative Adversarial Networks", arXiv 1511.06434,
// section 6.3.2, do with means of three: a smiling woman - a neutral woman + a neutral man.
#include <algorithm>
#include <cmath>

#include "app/command_line/seeds.h"
#include "app/make/picture_maker.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/random.h"
#include "facegan/core/text.h"
#include "facegan/infer/latents.h"
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

// The result and what stands beside it.
struct Sum {
  std::vector<std::vector<Latent>> rows;  // of each term: its mean, then its exemplars
  Latent result;
};

// Means and the result are brought to the length of a latent, sqrt(z), as the generator knows them: a mean of
// n has 1 / sqrt(n) of it, the sum of terms more or less.
Sum add_up(const PictureMaker& maker, const std::vector<Term>& terms) {
  const double usual = std::sqrt(static_cast<double>(maker.config().z));
  Sum sum;
  sum.result.assign(static_cast<std::size_t>(maker.config().z), 0);
  for (const Term& term : terms) {
    auto& row = sum.rows.emplace_back(1);
    for (const std::uint64_t seed : term.seeds) row.push_back(maker.sampler().latent(seed, 0));
    const Latent mean = infer::mean({row.begin() + 1, row.end()});
    for (std::size_t i = 0; i < mean.size(); ++i)
      sum.result[i] = static_cast<float>(sum.result[i] + term.sign * mean[i]);
    row[0] = infer::with_length(mean, usual);
  }
  if (infer::length(sum.result) < 1e-3 * usual)
    throw Error(ErrorKind::usage, str("the terms cancel each other out: ", core::printable(formula(terms))));
  sum.result = infer::with_length(sum.result, usual);
  return sum;
}

// The paper's: noise between -noise and noise on every coordinate.
Latent variation(Latent z, double noise, std::int64_t number) {
  core::Random random(0, core::Purpose::variation, static_cast<std::uint64_t>(number));
  for (float& value : z) value = static_cast<float>(value + random.uniform(-noise, noise));
  return z;
}

}  // namespace

int run_arithmetic(const Invocation& invocation) {
  const std::vector<Term> terms = read_terms(invocation);
  const double noise = invocation.real("noise", 0.25, 0, 10);
  const std::int64_t count = invocation.integer("count", 8, 0, kMaxVariations);
  const Out out = choose_out(invocation, {.stem = "arithmetic"});
  PictureMaker maker("arithmetic", invocation);
  std::size_t columns = 5;
  for (const Term& term : terms) columns = std::max(columns, term.seeds.size() + 1);
  const auto results = (static_cast<std::size_t>(count) + columns) / columns;  // rows of 1 + count pictures
  const auto rows = static_cast<std::int64_t>(terms.size() + results);
  maker.check_sheet(rows, static_cast<std::int64_t>(columns));

  const Sum sum = add_up(maker, terms);
  std::vector<Latent> cells;
  for (const auto& row : sum.rows) {
    cells.insert(cells.end(), row.begin(), row.end());
    cells.resize((cells.size() + columns - 1) / columns * columns);  // the rest of the row stays bare
  }
  cells.push_back(sum.result);
  for (std::int64_t k = 0; k < count; ++k) cells.push_back(variation(sum.result, noise, k));

  maker.says("plus", repeated(terms, 1));
  if (invocation.has("minus")) maker.says("minus", repeated(terms, -1));
  maker.says("noise", core::number_text(noise));
  maker.says("count", str(count));
  maker.write_png(out.path, maker.sheet(maker.pictures(cells), rows, static_cast<std::int64_t>(columns)),
                  maker.fields("arithmetic", {{run::kFieldSeed, formula(terms)}, {run::kFieldIndex, "0"}}));
  return 0;
}

}  // namespace facegan::app
