#pragma once
// The whole configuration of a run: one struct with the defaults. Once resolved it is frozen and
// written to the run folder as config.yaml.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "facegan/core/size.h"
#include "facegan/spec/network.h"
#include "facegan/spec/node.h"

namespace facegan::config {

struct Config {
  // data
  std::string preset;                 // name for the run folder; "" = by data set
  std::string dataset = "faces";      // faces, celeba, lfw, mnist, folder
  std::string data;                   // path; "" = data/DATASET
  core::Size size = 64;               // of the pictures, pixels
  std::int64_t channels = 3;          // 1 grey, 3 RGB
  std::string crop = "auto";          // auto (by data set), center, whole, L,T,R,B
  std::string mnist_set = "auto";     // a name of spec::mnist_sets()
  std::string where;                  // a spec::Filter; "" = all pictures
  std::int64_t limit = 0;             // the first so many of these; 0 = all
  std::string hold_out = "0";         // of these, kept out of training: N, X% or auto
  std::int64_t faces_count = 10000;   // pictures that the faces data set draws
  bool flip = false;                  // mirror half of the training pictures
  std::string on_bad_image = "skip";  // skip, fail
  std::int64_t workers = 0;           // decoding threads, 0 = auto
  std::int64_t packed_gib = 20;       // that all packed files together may take, 0 = none is used or made
  // networks
  std::int64_t z = 100;                              // latent length
  std::int64_t width = 64;                           // base number of filters ($width)
  std::string init_g = "normal", init_d = "normal";  // weight initialisers
  std::string init_from;                             // the checkpoint whose weights come first; "" = none
  std::string init_from_hash;                        // its checksum; "" = any
  std::string condition = "none";                    // none, digit, folder, or a list of attributes
  std::int64_t classes = 0;                          // folders that were found; 0 = not counted yet
  std::string d_norm = "listed";                     // listed, none, spectral: norms of the discriminator
  spec::Node generator, discriminator;               // the layer lists, unexpanded
  // training
  std::int64_t epochs = 25;            // 0 = as many as fit into max_time
  std::int64_t max_steps = 0;          // 0 = no limit
  std::string max_time = "0";          // of one call; 30m; 0 = no limit
  std::string on_divergence = "stop";  // stop, rollback
  std::int64_t batch = 128;
  std::int64_t accumulate = 1;   // parts of a batch whose gradients are added up
  bool sync_batch_norm = false;  // statistics of a batch are those of all ranks' pictures
  double lr_g = 2e-4, lr_d = 2e-4;
  std::string lr_schedule = "constant";  // constant, cosine, linear
  double lr_decay = 1;                   // share of the run, its last part, over which rates fall
  double lr_end = 0;                     // share of the rates that is left at the end
  std::int64_t lr_warmup = 0;            // pictures over which rates rise to theirs
  double beta1 = 0.5, beta2 = 0.999;
  double adam_eps = 1e-8;
  std::string adam_form = "pytorch";  // pytorch, keras: where epsilon is added
  std::string loss = "bce";
  double label_smoothing = 0;          // real pictures' target is 1 - this
  double label_flip = 0;               // share of D's labels that are swapped
  double r1 = 0, r2 = 0;               // weights of the R1 and R2 penalties, 0 = none
  double gp = 0;                       // weight of the gradient penalty, 0 = none; wgan-gp: 10
  std::int64_t penalty_every = 1;      // D updates from one penalty to the next
  double penalty_end = 1;              // share of these weights that is left at the end
  std::string augment = "off";         // off, or a list of translation, color, cutout
  std::string augment_p = "auto";      // probability of each; auto = by the number of pictures, then adaptive
  std::string update = "alternating";  // alternating, simultaneous, concatenated
  std::int64_t d_steps = 1;            // D updates for each of G
  std::string ema = "off";             // half-life of the mean generator, pictures; off
  std::int64_t seed = 1;
  // machine
  std::string device = "auto";       // auto, cpu, cuda, cuda:N
  std::string precision = "auto";    // auto, fp32, tf32, bf16
  std::string cuda_graphs = "auto";  // auto, off
  std::int64_t threads = 0;          // compute threads, 0 = auto
  bool deterministic = false;
  std::string rank_timeout = "1m";  // how long another rank may be silent
  // outputs
  std::string out;                     // run folder; "" = runs/NNNN-PRESET
  std::string checkpoint_every = "1";  // epochs, or a time: 30m
  std::int64_t keep = 3;               // newest checkpoints that stay
  std::int64_t keep_every = 0;         // checkpoints of every Nth epoch stay, too; 0 = none
  std::string sample_every = "1";      // epochs, or a time: 30m
  std::string evaluate_every = "0";    // epochs, or a time: 30m; 0 = never
  std::string evaluate = "swd";        // figures; the first one says which checkpoint is the best
  std::string features = "lite0";      // the network of its figures in features: lite0, a file
  std::int64_t stop_when_worse = 0;    // end after so many evaluations that were no better; 0 = never
  std::int64_t log_every = 50;         // steps
  std::string grid = "8x8";            // ROWSxCOLUMNS
  std::int64_t grid_scale = 1;         // whole-number enlargement of the grids
  bool grid_invert = false;            // dark on white
  std::int64_t grid_margin = 2;        // pixels between and around the pictures
  std::string grid_color = "white";    // of the margin: white, black, gray, #rrggbb
  std::string gif = "auto";            // auto, all, sqrt, "every N"
};

// Where a value came from, for `facegan config` and for messages: "default", "preset dcgan",
// "my.yaml:12", "environment FACEGAN_LR_G", "flag --lr-g".
using Sources = std::map<std::string, std::string>;

// One value of one layer of settings, still as text.
struct Setting {
  std::string key;  // "lr_g"
  std::string value;
  std::string source;  // as in Sources
};

// What the command line hands over.
struct Request {
  std::vector<Setting> flags;  // in order; --lr sets lr_g and lr_d, --init likewise; a narrower flag wins
  std::string preset;          // --preset, "" = by data set
  std::string config_file;     // --config, "" = none
  bool needs_networks = true;  // false: commands about pictures take sizes that no network makes
};

struct Resolved {
  Config config;
  Sources sources;
  // `small_cpu:` of the file, else of the preset: the batch and rate that a CPU which computes in fp32 on few
  // threads takes instead. take_small_cpu() is for those who know the machine.
  std::vector<Setting> small_cpu;
};

// Merges default < preset < file < environment < flag, checks every value against the option table,
// checks the values against each other (and builds both networks to check shapes). `auto` for
// device, precision and threads stays "auto"/0 here; app resolves those with the machine at hand.
// Unknown FACEGAN_* names are a warning. All errors are Error(usage).
Resolved resolve(const Request& request, const char* const* environment);

// Takes all of small_cpu and returns true; or nothing and false, where a layer above its file sets one of its
// keys or batches are taken in parts.
bool take_small_cpu(Resolved& resolved);

// The effective configuration as YAML that resolve() accepts again; with sources, each line ends in
// a comment that says where the value came from.
std::string to_yaml(const Config& config, const Sources* sources = nullptr);

// A run's configuration with settings on top of it, checked as that of a new run is. Error(usage).
Config changed(const Config& config, const std::vector<Setting>& settings);

// The configuration stored in a checkpoint or config.yaml (text of to_yaml).
Config from_yaml(const std::string& text, const std::string& name_for_messages);

// Error(usage) unless accumulate divides batch.
void check_batch(const Config& config);

// The names of --condition, none for none. Error(usage).
std::vector<std::string> parse_condition(const std::string& text);
// Both networks of a configuration, checked.
struct Networks {
  spec::Network generator, discriminator;
};
Networks build_networks(const Config& config);

// --checkpoint-every, --sample-every: epochs, or (epochs = 0) seconds. Error(usage).
struct Every {
  std::int64_t epochs = 0;
  double seconds = 0;
};
Every parse_every(const std::string& text);
// --evaluate-every: likewise, or nothing for never.
std::optional<Every> parse_every_or_never(const std::string& text);
// The names of --evaluate; whether some of them are of features.
std::vector<std::string> parse_figures(const std::string& text);
bool needs_features(const std::vector<std::string>& figures);
// Seconds of --max-time, 0 = no limit. Error(usage).
double parse_time_limit(const std::string& text);

// --ema: the half-life in pictures, 0 = no mean network. Error(usage).
std::int64_t parse_half_life(const std::string& text);
// The names of --augment, none for off. Error(usage).
std::vector<std::string> parse_augmentation(const std::string& text);
// --augment-p: nothing for auto. Error(usage).
std::optional<double> parse_probability(const std::string& text);

// --hold-out: how many of so many pictures are kept out of training. Error(usage).
std::uint64_t parse_hold_out(const std::string& text, std::uint64_t pictures);

// rows, columns of --grid.
struct Grid {
  std::int64_t rows, columns;
};
Grid parse_grid(const std::string& text);

// --grid-color.
struct Color {
  unsigned char red, green, blue;
};
Color parse_color(const std::string& text);

// --gif: which grids become frames of the animation.
struct GifRule {
  enum Kind { automatic, all, sqrt, every } kind = automatic;
  std::int64_t n = 1;  // of every N
};
GifRule parse_gif(const std::string& text);

}  // namespace facegan::config
