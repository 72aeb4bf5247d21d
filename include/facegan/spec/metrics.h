#pragma once
// The numbers of a run beside where it is (step, epoch, images): one row says all that is asked about one
// without computing it. Lines of metrics.jsonl, TensorBoard, the pages and `list runs` read the table.
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace facegan::spec {

// How a value is shown to people.
enum class Shown {
  number,   // "0.693", "35k"
  percent,  // of a share: "93.5%"
  seconds   // "1h 02m"
};

// Which of two values of a figure is the better one; none: neither is.
enum class Better { none, lower, higher };

// A chart of the pages, in their order. Ends and reference are in the units that are shown.
struct ChartFacts {
  std::string_view key;
  const char* title;
  const char* note = "";                      // what the curves mean, in a sentence; on a run's own page
  std::optional<double> low = {}, high = {};  // fixed ends of the y axis
  std::optional<double> reference = {};       // a level to compare with ...
  const char* reference_label = "";           // ... and its name
};

struct MetricFacts {
  std::string_view key;  // in metrics.jsonl and metrics.csv
  const char* tag;       // in TensorBoard
  const char* name;      // for people
  Shown shown = Shown::number;
  Better better = Better::none;
  bool by_the_clock = false;    // measured, not computed: digits below a thousandth are noise
  std::string_view older = {};  // the key that stands in for it where an earlier version wrote the line

  std::string_view chart = {};     // of a run's page, in which it is a curve ...
  const char* curve = "";          // ... of this name, "" = name ...
  int color = 0;                   // ... and this colour of the palette
  std::string_view compared = {};  // the chart of the comparison page that it is

  const char* tile = "";       // its name as a tile of a run's page, "" = it is none ...
  const char* tile_unit = "";  // ... with this behind the value
  bool in_numbers = false;     // a row of the comparison's last numbers
  int place = 9;               // among the tiles and those rows: lower ones come first
  bool list_column = false;    // of `list runs` ...
  bool list_json = false;      // ... and a key of its JSON
};

inline constexpr auto kCharts = std::to_array<ChartFacts>({
    {.key = "losses",
     .title = "Losses",
     .note = "Neither falls for ever: they rise and fall against each other."},
    {.key = "d_loss", .title = "D loss"},
    {.key = "g_loss", .title = "G loss"},
    {.key = "right",
     .title = "How often D is right",
     .note = "On each kind of pictures. Near 100% D wins; 50% is guessing.",
     .low = 0,
     .high = 100,
     .reference = 50,
     .reference_label = "guessing"},
    {.key = "taken for",
     .title = "How real D takes them for",
     .note = "Mean probability that D gives to real pictures, D(x), and to generated ones, D(G(z)).",
     .low = 0,
     .high = 1,
     .reference = 0.5,
     .reference_label = "in doubt"},
    {.key = "d_fake", .title = "D(G(z)): how real D takes generated pictures for", .low = 0, .high = 1},
    {.key = "swd",
     .title = "Distance to real pictures (SWD)",
     .note = "Of patches, x 1000; lower is better.",
     .low = 0},
    {.key = "ndb",
     .title = "Kinds of pictures that are missing or too many (NDB)",
     .note = "Share of statistically different bins; lower is better.",
     .low = 0,
     .high = 1},
    {.key = "fid",
     .title = "Frechet distance in features",
     .note = "Lower is better. Comparable with those of the same network and the same number of pictures.",
     .low = 0},
    {.key = "kid",
     .title = "Kernel distance in features (KID)",
     .note = "Lower is better; comparable with those of the same network."},
    {.key = "manifold",
     .title = "How many are like the others, in features",
     .note = "Generated pictures that are like real ones, and real ones that are like generated ones.",
     .low = 0},
    {.key = "recall", .title = "Recall: real pictures that are like generated ones", .low = 0},
    {.key = "is", .title = "Inception score", .note = "Of faces it says little.", .low = 0},
    {.key = "likeness",
     .title = "Likeness of two pictures (MS-SSIM)",
     .note = "Generated pictures more alike than real ones: too little variety."},
    {.key = "ms_ssim", .title = "Likeness of two generated pictures (MS-SSIM)"},
    {.key = "duplicates", .title = "Pictures made again and again", .low = 0, .high = 100},
    {.key = "nearest",
     .title = "Distance to training pictures, to that of held-out ones",
     .note = "Well below 1 the generator copies.",
     .low = 0,
     .reference = 1,
     .reference_label = "held-out pictures"},
    {.key = "sharpness",
     .title = "Sharpness",
     .note = "Times that of real pictures: below 1 blurred, above 1 grainy.",
     .low = 0,
     .reference = 1,
     .reference_label = "real pictures"},
    {.key = "checkerboard",
     .title = "Checkerboard",
     .note = "Times that of real pictures; it should fade.",
     .low = 0,
     .reference = 1,
     .reference_label = "real pictures"},
    {.key = "grid",
     .title = "Signs in the sample grid",
     .note = "Times those of as many real pictures; docs/health.md says what is a bad sign.",
     .low = 0,
     .reference = 1,
     .reference_label = "real pictures"},
    {.key = "gradient", .title = "Size of G's gradient", .low = 0},
    {.key = "augmentation", .title = "Probability of each augmentation", .low = 0},
    {.key = "throughput", .title = "Throughput", .low = 0},
    {.key = "images_per_s", .title = "Images/s", .low = 0},
});

// In the order of the keys of a line: append, so that lines stay comparable.
inline constexpr auto kMetrics = std::to_array<MetricFacts>({
    {.key = "d_loss",
     .tag = "loss/d",
     .name = "D loss",
     .chart = "losses",
     .color = 0,
     .compared = "d_loss",
     .tile = "D loss",
     .in_numbers = true,
     .list_column = true,
     .list_json = true},
    {.key = "g_loss",
     .tag = "loss/g",
     .name = "G loss",
     .chart = "losses",
     .color = 1,
     .compared = "g_loss",
     .tile = "G loss",
     .in_numbers = true,
     .list_column = true,
     .list_json = true},
    // Mean probability that D gives to real and to generated pictures.
    {.key = "d_real",
     .tag = "d/real",
     .name = "D(x), real",
     .chart = "taken for",
     .color = 2,
     .in_numbers = true,
     .place = 10},
    {.key = "d_fake",
     .tag = "d/fake",
     .name = "D(G(z)), generated",
     .chart = "taken for",
     .color = 1,
     .compared = "d_fake",
     .in_numbers = true,
     .place = 10},
    // Over both kinds of pictures; those of which D's output is above the loss' middle count as "real".
    {.key = "d_accuracy",
     .tag = "accuracy/both",
     .name = "D is right",
     .shown = Shown::percent,
     .compared = "right",
     .tile = "D is right",
     .in_numbers = true,
     .list_json = true},
    {.key = "images_per_s",
     .tag = "speed/images_per_s",
     .name = "Images/s",
     .by_the_clock = true,
     .chart = "throughput",
     .curve = "images/s",
     .color = 3,
     .compared = "images_per_s",
     .tile = "Throughput",
     .tile_unit = " images/s",
     .in_numbers = true,
     .place = 2},
    {.key = "elapsed_s",
     .tag = "speed/elapsed_s",
     .name = "Time",
     .shown = Shown::seconds,
     .by_the_clock = true,
     .tile = "Time",
     .in_numbers = true,
     .place = 1,
     .list_json = true},
    // The two of which d_accuracy is the mean.
    {.key = "d_accuracy_real",
     .tag = "accuracy/real",
     .name = "D is right on real pictures",
     .shown = Shown::percent,
     .older = "d_accuracy",
     .chart = "right",
     .curve = "on real pictures",
     .color = 2},
    {.key = "d_accuracy_fake",
     .tag = "accuracy/fake",
     .name = "D is right on generated pictures",
     .shown = Shown::percent,
     .older = "d_accuracy",
     .chart = "right",
     .curve = "on generated ones",
     .color = 1},
    // Figures of --evaluate, in the lines of the steps that they were computed at alone.
    {.key = "swd",
     .tag = "quality/swd",
     .name = "SWD",
     .better = Better::lower,
     .chart = "swd",
     .color = 0,
     .compared = "swd",
     .tile = "SWD",
     .in_numbers = true,
     .place = 3},
    {.key = "ndb",
     .tag = "quality/ndb",
     .name = "NDB",
     .better = Better::lower,
     .chart = "ndb",
     .color = 1,
     .compared = "ndb",
     .tile = "NDB",
     .in_numbers = true,
     .place = 4},
    {.key = "ndb_held_out",
     .tag = "held_out/ndb",
     .name = "NDB of held-out pictures",
     .chart = "ndb",
     .color = 2},
    {.key = "ms_ssim",
     .tag = "quality/ms_ssim",
     .name = "MS-SSIM",
     .chart = "likeness",
     .color = 1,
     .compared = "ms_ssim",
     .in_numbers = true,
     .place = 4},
    {.key = "ms_ssim_real",
     .tag = "real/ms_ssim",
     .name = "MS-SSIM of real pictures",
     .chart = "likeness",
     .color = 2},
    {.key = "duplicates",
     .tag = "quality/duplicates",
     .name = "Duplicates",
     .shown = Shown::percent,
     .chart = "duplicates",
     .color = 1,
     .compared = "duplicates",
     .in_numbers = true,
     .place = 4},
    {.key = "nearest_ratio",
     .tag = "quality/nearest_ratio",
     .name = "Nearest training picture",
     .chart = "nearest",
     .color = 1,
     .compared = "nearest",
     .in_numbers = true,
     .place = 4},
    {.key = "sharpness",
     .tag = "quality/sharpness",
     .name = "Sharpness",
     .chart = "sharpness",
     .color = 0,
     .in_numbers = true,
     .place = 4},
    {.key = "checkerboard",
     .tag = "quality/checkerboard",
     .name = "Checkerboard",
     .chart = "checkerboard",
     .color = 1,
     .in_numbers = true,
     .place = 4},
    // For the health watch: of the mean gradient that Adam keeps, at lines; of the pictures of sample grids.
    {.key = "g_gradient",
     .tag = "health/g_gradient",
     .name = "G's gradient",
     .chart = "gradient",
     .color = 1},
    {.key = "grid_variety",
     .tag = "health/grid_variety",
     .name = "Variety in the grid",
     .chart = "grid",
     .curve = "variety",
     .color = 0},
    {.key = "grid_nearest",
     .tag = "health/grid_nearest",
     .name = "Distance to the likest in the grid",
     .chart = "grid",
     .curve = "distance to the likest one",
     .color = 1},
    {.key = "grid_checkerboard",
     .tag = "health/grid_checkerboard",
     .name = "Checkerboard in the grid",
     .chart = "checkerboard",
     .color = 2},
    // The largest of the channels' differences of means, in deviations of the real pictures.
    {.key = "grid_color", .tag = "health/grid_color", .name = "Colour shift of the grid"},
    // Median distance to training pictures over that of training pictures among each other.
    {.key = "grid_copies",
     .tag = "health/grid_copies",
     .name = "Distance of the grid to training pictures",
     .chart = "grid",
     .curve = "distance to training pictures",
     .color = 3},
    // How far apart nearly all values of the real pictures are, of 255.
    {.key = "grid_range", .tag = "health/grid_range", .name = "Range of the real pictures"},
    {.key = "augment_p",
     .tag = "augment/p",
     .name = "Probability of augmentation",
     .chart = "augmentation",
     .color = 0},
    // Figures of --evaluate in the features of a network.
    {.key = "fid",
     .tag = "quality/fid",
     .name = "Frechet distance",
     .better = Better::lower,
     .chart = "fid",
     .color = 0,
     .compared = "fid",
     .tile = "Frechet distance",
     .in_numbers = true,
     .place = 3},
    {.key = "kid",
     .tag = "quality/kid",
     .name = "KID",
     .better = Better::lower,
     .chart = "kid",
     .color = 1,
     .compared = "kid",
     .tile = "KID",
     .in_numbers = true,
     .place = 3},
    {.key = "precision",
     .tag = "quality/precision",
     .name = "Precision",
     .better = Better::higher,
     .chart = "manifold",
     .color = 0,
     .in_numbers = true,
     .place = 4},
    {.key = "recall",
     .tag = "quality/recall",
     .name = "Recall",
     .better = Better::higher,
     .chart = "manifold",
     .color = 1,
     .compared = "recall",
     .in_numbers = true,
     .place = 4},
    {.key = "density",
     .tag = "quality/density",
     .name = "Density",
     .better = Better::higher,
     .chart = "manifold",
     .color = 2,
     .in_numbers = true,
     .place = 4},
    {.key = "coverage",
     .tag = "quality/coverage",
     .name = "Coverage",
     .better = Better::higher,
     .chart = "manifold",
     .color = 3,
     .in_numbers = true,
     .place = 4},
    {.key = "is",
     .tag = "quality/is",
     .name = "Inception score",
     .better = Better::higher,
     .chart = "is",
     .color = 2,
     .in_numbers = true,
     .place = 4},
});

// A row of the table by its key: one that is none does not compile.
class MetricKey {
 public:
  consteval MetricKey(const char* key) : index_(0) {  // NOLINT: MetricKey("d_loss") is what "d_loss" means
    while (kMetrics.at(index_).key != key) ++index_;
  }
  constexpr explicit MetricKey(std::size_t index) : index_(index) {}
  constexpr std::size_t index() const { return index_; }
  constexpr const MetricFacts& facts() const { return kMetrics[index_]; }
  constexpr bool operator==(const MetricKey&) const = default;

 private:
  std::size_t index_;
};

// The rows, in the order of the table.
const std::vector<MetricKey>& metrics();
// Those that are shown as tiles and last numbers are, in the order of their places.
const std::vector<MetricKey>& metrics_by_place();
// Nothing for a key that is none.
std::optional<MetricKey> find_metric(std::string_view key);

// Whether `a` is better than `b`; a number is better than NaN.
bool is_better(const MetricFacts& metric, double a, double b);

// The value as people read it, without a unit but %.
std::string shown(const MetricFacts& metric, double value);
// What a curve of it is drawn with: the value in the units that are shown, and their name.
double shown_value(const MetricFacts& metric, double value);
const char* shown_unit(const MetricFacts& metric);

}  // namespace facegan::spec
