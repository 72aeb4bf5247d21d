#include "facegan/infer/arithmetic.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/random.h"

namespace facegan::infer {

Sum add_up(const std::vector<Term>& terms) {
  const std::size_t z = terms.front().exemplars.front().size();
  const double usual = std::sqrt(static_cast<double>(z));
  Sum sum;
  sum.result.assign(z, 0);
  for (const Term& term : terms) {
    const Latent average = mean(term.exemplars);
    for (std::size_t i = 0; i < z; ++i)
      sum.result[i] = static_cast<float>(sum.result[i] + term.sign * average[i]);
    sum.means.push_back(with_length(average, usual));
  }
  if (length(sum.result) < 1e-3 * usual)
    sum.result.clear();
  else
    sum.result = with_length(sum.result, usual);
  return sum;
}

Latent variation(Latent z, double noise, std::uint64_t number) {
  core::Random random(0, core::Purpose::variation, number);
  for (float& value : z) value = static_cast<float>(value + random.uniform(-noise, noise));
  return z;
}

SumSheet size_of_sum_sheet(const std::vector<std::size_t>& exemplars, std::int64_t variations) {
  SumSheet sheet{.columns = 5};
  for (const std::size_t count : exemplars)
    sheet.columns = std::max(sheet.columns, static_cast<std::int64_t>(count) + 1);
  const std::int64_t below = (1 + variations + sheet.columns - 1) / sheet.columns;  // result and variations
  sheet.rows = static_cast<std::int64_t>(exemplars.size()) + below;
  return sheet;
}

SumSheet sum_sheet(const std::vector<Term>& terms, const Sum& sum, double noise, std::int64_t variations) {
  std::vector<std::size_t> exemplars;
  for (const Term& term : terms) exemplars.push_back(term.exemplars.size());
  SumSheet sheet = size_of_sum_sheet(exemplars, variations);
  for (std::size_t i = 0; i < terms.size(); ++i) {
    sheet.cells.push_back(sum.means[i]);
    sheet.cells.insert(sheet.cells.end(), terms[i].exemplars.begin(), terms[i].exemplars.end());
    sheet.cells.resize((i + 1) * static_cast<std::size_t>(sheet.columns));
  }
  sheet.cells.push_back(sum.result);
  for (std::int64_t k = 0; k < variations; ++k)
    sheet.cells.push_back(variation(sum.result, noise, static_cast<std::uint64_t>(k)));
  return sheet;
}

}  // namespace facegan::infer
