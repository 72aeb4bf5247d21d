#include "facegan/run/signs.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "run/median.h"

namespace facegan::run {
namespace {

using core::short_number;
using core::str;
using spec::MetricKey;

constexpr std::int64_t kWindow = 500;      // steps that a rule looks back over ...
constexpr std::size_t kFewestLines = 5;    // ... and lines that it needs there
constexpr std::int64_t kSettled = 25'000;  // pictures seen, before which anything may look bad ...
constexpr std::int64_t kSettledSteps =
    2 * kWindow;                    // ... and steps: large batches and low rates take as many
constexpr std::size_t kFading = 5;  // grids over which it would fade
constexpr std::size_t kGrids = 3;   // grids in a row that show a sign of pictures

// The lines of the last kWindow steps; none when the run is not as old.
std::span<const Metrics> late(const Course& run) {
  if (run.lines.empty() || run.lines.back().step < 2 * kWindow) return {};
  const std::int64_t from = run.lines.back().step - kWindow;
  const auto first = std::partition_point(run.lines.begin(), run.lines.end(),
                                          [&](const Metrics& m) { return m.step <= from; });
  const std::span<const Metrics> rows =
      run.lines.subspan(static_cast<std::size_t>(first - run.lines.begin()));
  return rows.size() < kFewestLines ? std::span<const Metrics>{} : rows;
}

double median_of(std::span<const Metrics> rows, MetricKey key) {
  std::vector<double> values;
  for (const Metrics& m : rows) values.push_back(m[key]);
  return median(std::move(values));
}

// Of the first kWindow steps.
double early_median(const Course& run, MetricKey key) {
  const auto end = std::partition_point(run.lines.begin(), run.lines.end(),
                                        [](const Metrics& m) { return m.step <= kWindow; });
  return median_of({run.lines.begin(), end}, key);
}

// The last `count` lines that have it, newest first; fewer when there are not as many.
std::vector<double> last_values(const Course& run, MetricKey key, std::size_t count) {
  std::vector<double> values;
  for (auto m = run.lines.rbegin(); m != run.lines.rend() && values.size() < count; ++m)
    if (m->has(key)) values.push_back((*m)[key]);
  return values;
}

// Whether the figure of the last grids in a row is on the wrong side, once a run has seen some pictures; the
// newest value in `value`.
bool grids_show(const Course& run, MetricKey key, double limit, bool above, double& value) {
  if (run.lines.empty() || run.lines.back().images < kSettled || run.lines.back().step < kSettledSteps)
    return false;
  const auto values = last_values(run, key, kGrids);
  if (!values.empty()) value = values.front();
  return values.size() == kGrids &&
         std::all_of(values.begin(), values.end(), [&](double v) { return above ? v > limit : v < limit; });
}

const spec::LossFacts* loss_of(const Course& run) {
  return run.config ? &spec::find_loss(run.config->loss) : nullptr;
}

std::string percent(double share) {
  return short_number(100 * share) + "%";
}

using MaybeWarning = std::vector<Warning>;  // none or one

MaybeWarning d_won(const Course& run) {
  const auto rows = late(run);
  if (rows.empty()) return {};
  const spec::LossFacts* loss = loss_of(run);
  const Warning won = {
      "", "A judge that is never in doubt tells the generator little about what to change.",
      "Try --augment translation,color, a lower --lr-d, or more pictures (--flip doubles them)."};
  const auto told = [&](const std::string& what) {
    Warning warning = won;
    warning.what = what;
    return MaybeWarning{warning};
  };
  if (loss && loss->compares) {
    if (const double value = median_of(rows, "d_loss"); value < 0.02)
      return told(str("The discriminator wins outright: its loss was ", short_number(value),
                      " over the last ", kWindow, " steps."));
    return {};
  }
  if (loss && !loss->middle_tells) return {};  // nothing is right or wrong about one picture
  const double real = median_of(rows, "d_accuracy_real"), fake = median_of(rows, "d_accuracy_fake");
  if (real > 0.99 && fake > 0.99)
    return told(str("The discriminator wins outright: it is right about ", percent(std::min(real, fake)),
                    " of the pictures, over the last ", kWindow, " steps."));
  return {};
}

// Of G's gradient, now to the first steps; NaN when not known.
double gradient_left(const Course& run, std::span<const Metrics> rows) {
  return median_of(rows, "g_gradient") / early_median(run, "g_gradient");
}

// Whether D gives every picture the same output: the loss is then this.
bool is_in_doubt(const Course& run, std::span<const Metrics> rows) {
  const spec::LossFacts* loss = loss_of(run);
  const bool is_bce = loss && std::string_view(loss->name) == "bce";
  if (!loss || (!is_bce && !loss->compares)) return false;
  const double loss_then = (is_bce ? 2 : 1) * std::numbers::ln2;
  return std::all_of(rows.begin(), rows.end(),
                     [&](const Metrics& m) { return std::abs(m["d_loss"] - loss_then) < 0.005; });
}

MaybeWarning g_vanishing(const Course& run) {
  const auto rows = late(run);
  if (rows.empty()) return {};
  const double left = gradient_left(run, rows);
  if (!(left < 0.01)) return {};
  if (is_in_doubt(run, rows))
    return {{"The discriminator is dead: it gives all pictures the same output.",
             "What it knew is lost, so that the generator learns nothing from it any more.",
             "Go on from an earlier checkpoint, or start again with a lower --lr-d."}};
  return {{str("The generator's gradient has vanished: it is ", percent(left), " of that of the first ",
               kWindow, " steps."),
           "The generator hardly changes any more.",
           "Start again with a lower --lr-d, or with another loss (--loss relativistic, hinge)."}};
}

MaybeWarning exploding(const Course& run) {
  const auto rows = late(run);
  if (rows.empty()) return {};
  const double before = early_median(run, "g_gradient"),
               now = median_of(rows.last(kFewestLines), "g_gradient");
  if (!(now > 100 * before)) return {};
  return {{str("Training is about to diverge: the generator's gradient is ", short_number(now / before),
               " times that of the first ", kWindow, " steps."),
           "Numbers that grow like this end as NaN.",
           "Stop it and start again with half of --lr-g and --lr-d, or add --on-divergence rollback."}};
}

MaybeWarning alike(const Course& run) {
  double share = 0;
  if (!grids_show(run, "grid_variety", 0.3, /*above=*/false, share)) return {};
  return {
      {str("The generated pictures are much alike: they vary ", percent(share), " as much as the real ones."),
       "The generator has collapsed to a few pictures, or has not left the mean picture.",
       "Look at the newest grid; if it shows one face, try lower learning rates or another --seed."}};
}

MaybeWarning repeats(const Course& run) {
  double share = 0;
  if (!grids_show(run, "grid_nearest", 0.3, /*above=*/false, share)) return {};
  return {{str("The same pictures are made again and again: in a grid each is ", percent(share),
               " as far from its likest as real ones are."),
           "The generator makes a few pictures whatever the latent vector is.",
           "Go on from the best checkpoint (--from RUN@best), or start again with lower rates or another "
           "--seed."}};
}

MaybeWarning copies(const Course& run) {
  double share = 0;
  if (!grids_show(run, "grid_copies", 0.5, /*above=*/false, share)) {
    if (!grids_show(run, "nearest_ratio", 0.8, /*above=*/false, share)) return {};
  }
  return {{str("The generator copies training pictures: its own are ", percent(share),
               " as far from them as other real pictures are."),
           "The set is too small for so long a training: it is learned by heart.",
           "Take an earlier checkpoint, more pictures, --flip or --augment; sample --nearest shows the "
           "originals."}};
}

MaybeWarning checkerboard(const Course& run) {
  double times = 0;
  if (!grids_show(run, "grid_checkerboard", 4, /*above=*/true, times)) return {};
  // Every generator begins with one: only what does not fade is a bad sign.
  const auto values = last_values(run, "grid_checkerboard", kFading);
  if (values.size() < kFading || values.front() < 0.7 * values.back()) return {};
  return {{str("A checkerboard stays in the pictures: it is ", short_number(times),
               " times as strong as in real ones."),
           "Transposed convolutions leave such a grid of pixels, and the discriminator does not mind it.",
           "Take upsample and conv layers instead (docs/architectures.md)."}};
}

MaybeWarning colors(const Course& run) {
  double shift = 0;
  if (!grids_show(run, "grid_color", 0.5, /*above=*/true, shift)) return {};
  return {{str("The colours have drifted: a channel's mean is off by ", short_number(shift),
               " of the real pictures' deviation."),
           "The discriminator does not hold the generator to the colours of the real pictures.",
           "Look at the newest grid; an earlier checkpoint may be better."}};
}

MaybeWarning worse(const Course& run) {
  if (!run.config || run.lines.empty()) return {};
  const auto names = config::parse_figures(run.config->evaluate);
  const auto key = names.empty() ? std::nullopt : spec::find_metric(names.front());
  if (!key || key->facts().better != spec::Better::lower) return {};
  double best = INFINITY;
  std::int64_t step = 0;
  for (const Metrics& m : run.lines)
    if (m.has(*key) && m[*key] < best) best = m[*key], step = m.step;
  const auto values = last_values(run, *key, kGrids);
  if (values.size() < kGrids || best <= 0 ||  // a KID of 0: as good as real ones
      std::any_of(values.begin(), values.end(), [&](double v) { return !(v > 1.25 * best); }))
    return {};
  return {{str("The pictures have become worse: ", key->facts().name, " is ", short_number(values.front()),
               ", it was ", short_number(best), " at step ", core::with_thousands(step), "."),
           "Such a training seldom recovers.",
           "The best checkpoint is kept (--from RUN@best); --stop-when-worse 3 ends such a run by itself."}};
}

// Whether a run is to see so many pictures that it is more than a trial.
bool is_long(const Course& run) {
  const config::Config& c = *run.config;
  const double all = static_cast<double>(c.epochs) * static_cast<double>(run.pictures);
  const double most = c.max_steps > 0 ? static_cast<double>(c.max_steps) * static_cast<double>(c.batch) : all;
  return std::min(all, most) >= static_cast<double>(kSettled);
}

// What a run with few pictures has not done yet.
std::string advice_for_few(const config::Config& c) {
  std::string advice = "Take more pictures, where there are any.";
  if (c.init_from.empty()) advice += " Begin with a run on many pictures: --init-from RUN.";
  if (!c.flip) advice += " Mirror them with --flip.";
  if (c.augment == "off")
    advice += " Add --augment translation,color --hold-out auto.";
  else if (c.augment_p != "auto")
    advice += " Let --augment-p auto follow what it knows.";
  if (c.evaluate_every == "0" || c.stop_when_worse == 0)
    advice += " Stop in time: --evaluate-every 30 --stop-when-worse 5.";
  return advice;
}

MaybeWarning small_set(const Course& run) {
  if (!run.config || !is_long(run) || run.pictures * (run.config->flip ? 2 : 1) >= 1000) return {};
  return {{str("Only ", core::with_thousands(run.pictures),
               run.config->flip ? " pictures (and mirrored)" : " pictures", " to learn from."),
           "The discriminator soon knows so few by heart; then pictures become copies, or all alike.",
           advice_for_few(*run.config)}};
}

// Of real pictures: what D sees of them in [-1, 1] is nearly one value.
MaybeWarning out_of_range(const Course& run) {
  const auto values = last_values(run, "grid_range", 1);
  if (values.empty() || values[0] >= 32) return {};
  return {{str("The pictures are nearly of one brightness: their values are ", short_number(values[0]),
               " of 255 apart."),
           "They may have been scaled to 0 to 1 before they were saved, or written with another depth.",
           "Look at samples/real.png of the run, and save them with values from 0 to 255."}};
}

void for_each_layer(const config::Config& config, const std::function<void(const spec::Layer&)>& look) {
  const config::Networks networks = config::build_networks(config);
  for (const auto* network : {&networks.generator, &networks.discriminator})
    spec::for_each_layer(network->layers, look);
}

MaybeWarning small_batch(const Course& run) {
  if (!run.config || !is_long(run)) return {};
  const std::int64_t part = run.config->batch / std::max<std::int64_t>(run.config->accumulate, 1);
  const std::string pictures = str(part, part == 1 ? " picture" : " pictures");
  MaybeWarning found;
  for_each_layer(*run.config, [&](const spec::Layer& layer) {
    const std::string_view kind = layer.kind->name;
    if (kind == "batch_norm" && part < 4)
      found = {Warning{str("Batch norms see ", pictures, " at a time."),
                       "The mean and deviation of so few are noise: pictures stay blurred.",
                       "Take --batch 16 or more, or fewer parts with --accumulate."}};
    if (kind != "minibatch_stddev" || !found.empty()) return;
    // Groups are of the largest number, up to the layer's own, that divides the batch.
    const std::int64_t wanted = layer.integer("group");
    std::int64_t group = std::min(wanted, part);
    while (part % group != 0) --group;
    if (group == 1 && wanted > 1)
      found = {
          Warning{str("minibatch_stddev cannot divide ", pictures, " into groups of ", wanted, " or fewer."),
                  "The discriminator does not see how much the pictures of a batch vary.",
                  str("Take a --batch that ", wanted, " divides.")}};
  });
  return found;
}

struct Rule {
  const char* name;
  MaybeWarning (*look)(const Course& run);
};
constexpr Rule kRules[] = {{"small-set", small_set},
                           {"small-batch", small_batch},
                           {"range", out_of_range},
                           {"d-won", d_won},
                           {"g-vanishing", g_vanishing},
                           {"exploding", exploding},
                           {"alike", alike},
                           {"repeats", repeats},
                           {"copies", copies},
                           {"checkerboard", checkerboard},
                           {"colors", colors},
                           {"worse", worse}};

}  // namespace

std::vector<Sign> signs_of(const Course& course) {
  std::vector<Sign> signs;
  if (course.lines.empty()) return signs;
  for (const Rule& rule : kRules)
    for (Warning& warning : rule.look(course)) signs.push_back({rule.name, std::move(warning)});
  return signs;
}

Watch::Watch(const config::Config& config, std::int64_t pictures, std::vector<Metrics> earlier)
    : config_(config), pictures_(pictures), lines_(std::move(earlier)) {
  for (const Metrics& line : lines_) told_.insert(line.signs.begin(), line.signs.end());
}

std::vector<Sign> Watch::add(Metrics& line) {
  lines_.push_back(line);
  std::vector<Sign> signs = signs_of({lines_, &config_, pictures_});
  std::erase_if(signs, [&](const Sign& sign) { return !told_.insert(sign.name).second; });
  for (const Sign& sign : signs) line.signs.emplace_back(sign.name);
  return signs;
}

void Watch::drop_after(std::int64_t step) {
  std::erase_if(lines_, [&](const Metrics& line) { return line.step > step; });
}

}  // namespace facegan::run
