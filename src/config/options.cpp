#include "facegan/config/options.h"

#include <algorithm>
#include <cctype>

#include "config/forms.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/spec/catalogue.h"
#include "facegan/spec/condition.h"

namespace facegan::config {
namespace {

using core::str;
using Names = std::vector<std::string>;

Names initialisers() {
  return names_of(spec::initialisers());
}

std::vector<Option> make_table() {
  using C = Config;
  constexpr unsigned step = kTrain | kBench, model = step | kModel, data = step | kData, all = model | kData;
  const char* const kDataGroup = "Data";
  const char* const kNetworks = "Networks";
  const char* const kTraining = "Training";
  const char* const kMachine = "Machine";
  const char* const kOutputs = "Outputs";
  // key, member, value, help, group, commands, on_resume, stored, low, high, choices, accepts, form, sets
  return {
      {"preset", &C::preset, "NAME", "a published system ('facegan list presets'); default: by data set",
       "Recipe", all, false, true, 0, 0, nullptr,
       [](const std::string& text) { return core::shows_as_it_is(text); },
       "a name whose characters all show"},
      {"dataset", &C::dataset, "NAME", "celeba, lfw, mnist, folder or faces (drawn by the program)",
       kDataGroup, data, false, true, 0, 0, [] { return names_of(spec::datasets()); }},
      {"data", &C::data, "PATH",
       "file or folder of the data set, several as 'shards/*.tar' or in a text file NAME.list; default: "
       "data/DATASET",
       kDataGroup, data, true, true},
      {"size", &C::size, "N|WxH", "side of the pictures in pixels, or width x height", kDataGroup, all, false,
       true, 8, 1024},
      {"channels", &C::channels, "1|3", "1 = grey, 3 = colour", kDataGroup, all, false, true, 1, 3, nullptr,
       [](const std::string& text) { return text == "1" || text == "3"; }, "1 (grey) or 3 (colour)"},
      {"crop", &C::crop, "CROP", "auto (by data set), center, whole or LEFT,TOP,RIGHT,BOTTOM", kDataGroup,
       data, false, true, 0, 0, nullptr, is_crop,
       "auto, center, whole or LEFT,TOP,RIGHT,BOTTOM in pixels of the original"},
      {"mnist_set", &C::mnist_set, "NAME",
       "which of the sets of EMNIST: digits, letters, balanced, byclass, bymerge, mnist; auto: the only one",
       kDataGroup, data, false, true, 0, 0, [] { return names_of(spec::mnist_sets()); }},
      {"where", &C::where, "EXPR",
       "only pictures with these attributes: \"Smiling and not Male\" (data/README.md)", kDataGroup, data,
       false, true},
      {"limit", &C::limit, "N", "use the first N of these pictures only; 0 = all", kDataGroup, data, false,
       true, 0, 1e9},
      {"hold_out", &C::hold_out, "N|X%",
       "keep so many of these pictures out of training, for 'facegan evaluate'; auto = 5%, 10 to 2000",
       kDataGroup, data, false, true, 0, 0, nullptr, is_hold_out, kHoldOutForm},
      {"faces_count", &C::faces_count, "N", "how many faces the data set faces draws", kDataGroup, data,
       false, true, 1, 1e8},
      {"flip", &C::flip, "", "mirror half of the training pictures, at random", kDataGroup, step, false,
       true},
      {"on_bad_image", &C::on_bad_image, "WHAT", "skip (and name) unusable pictures, or fail", kDataGroup,
       kTrain, false, true, 0, 0,
       [] {
         return Names{"skip", "fail"};
       }},
      {"workers", &C::workers, "N", "decoding threads; 0 = by the machine", kDataGroup, data, true, true, 0,
       256},
      {"packed_gib", &C::packed_gib, "N",
       "GiB that the decoded pictures kept for other runs may take, of all sets; 0 = none is kept or used",
       kDataGroup, kTrain, true, true, 0, 1e6},

      {"z", &C::z, "N", "length of the latent vector", kNetworks, model, false, true, 1, 65536},
      {"width", &C::width, "N", "base number of filters ($width in layer lists)", kNetworks, model, false,
       true, 1, 4096},
      {"condition", &C::condition, "WHAT",
       "pictures on demand: digit (mnist), folder (its folders), or attributes (Male,Smiling); or none",
       kNetworks, model, false, true, 0, 0, nullptr, is_condition, kConditionForm},
      {"classes", &C::classes, "N", "folders that were found for condition folder; 0 = not counted yet",
       kNetworks, 0, false, true, 0, spec::kMaxClasses},
      {"d_norm", &C::d_norm, "NAME",
       "norms of the discriminator: as listed, none, or spectral norms of its weights instead", kNetworks,
       model, false, true, 0, 0,
       [] {
         return Names{"listed", "none", "spectral"};
       }},
      {"init",
       &C::init_g,
       "NAME",
       "first weights of both networks: normal, glorot_uniform, he, orthogonal",
       kNetworks,
       kTrain,
       false,
       false,
       0,
       0,
       initialisers,
       nullptr,
       "",
       nullptr,
       {"init_g", "init_d"}},
      {"init_g", &C::init_g, "NAME", "first weights of the generator", kNetworks, 0, false, true, 0, 0,
       initialisers},
      {"init_d", &C::init_d, "NAME", "first weights of the discriminator", kNetworks, 0, false, true, 0, 0,
       initialisers},
      {"init_from", &C::init_from, "RUN|FILE",
       "begin with the weights of another run: its number, name or path, RUN@best or a checkpoint file",
       kNetworks, kTrain, false, true},
      {"init_from_hash", &C::init_from_hash, "HEX", "the checksum of that checkpoint; another one is refused",
       kNetworks, 0, false, true, 0, 0, nullptr, is_checksum_or_none, kChecksumForm},

      {"epochs", &C::epochs, "N|auto",
       "passes over the data, in all; auto: as many as fit into --max-time, by the speed at the start",
       kTraining, kTrain, true, true, 1, 1e6, nullptr, nullptr, "", "auto"},
      {"max_steps", &C::max_steps, "N", "end after N steps, in all; 0 = no limit", kTraining, kTrain, true,
       true, 0, 1e12},
      {"max_time", &C::max_time, "30m", "end (and save) after this time; 0 = no limit", kTraining, kTrain,
       true, true, 0, 0, nullptr, is_time_limit, kTimeLimitForm},
      {"on_divergence", &C::on_divergence, "WHAT",
       "stop, or rollback: the last checkpoint, half the rates, at most three times", kTraining, kTrain, true,
       true, 0, 0,
       [] {
         return Names{"stop", "rollback"};
       }},
      {"batch", &C::batch, "N", "pictures a step", kTraining, step, false, true, 1, 65536},
      {"accumulate", &C::accumulate, "N",
       "split each batch into N parts, which need an Nth of the memory for activations", kTraining, step,
       false, true, 1, 1024},
      {"sync_batch_norm", &C::sync_batch_norm, "",
       "statistics of a batch are those of all ranks' pictures, not of each rank's own (docs/scaling.md)",
       kTraining, kTrain, false, true},
      {"lr",
       &C::lr_g,
       "X",
       "learning rate of both networks",
       kTraining,
       kTrain,
       false,
       false,
       0,
       1e6,
       nullptr,
       nullptr,
       "",
       nullptr,
       {"lr_g", "lr_d"}},
      {"lr_g", &C::lr_g, "X", "learning rate of the generator", kTraining, kTrain, false, true, 0, 1e6},
      {"lr_d", &C::lr_d, "X", "learning rate of the discriminator", kTraining, kTrain, false, true, 0, 1e6},
      {"lr_schedule", &C::lr_schedule, "NAME", "how rates fall, by pictures seen: constant, linear or cosine",
       kTraining, kTrain, false, true, 0, 0,
       [] {
         return Names{"constant", "linear", "cosine"};
       }},
      {"lr_decay", &C::lr_decay, "X", "the share of the run, its last part, in which they fall", kTraining,
       kTrain, false, true, 0.001, 1},
      {"lr_end", &C::lr_end, "X", "the share of the rates that is left at the end", kTraining, kTrain, false,
       true, 0, 1},
      {"lr_warmup", &C::lr_warmup, "PICTURES", "rates rise to theirs over the first so many", kTraining,
       kTrain, false, true, 0, 1e12},
      {"beta1", &C::beta1, "X", "Adam: decay of the first moment", kTraining, kTrain, false, true, 0,
       0.999999},
      {"beta2", &C::beta2, "X", "Adam: decay of the second moment", kTraining, kTrain, false, true, 0,
       0.99999999},
      {"adam_eps", &C::adam_eps, "X", "Adam: added to the root of the second moment", kTraining, 0, false,
       true, 1e-16, 1},
      {"adam_form", &C::adam_form, "NAME",
       "pytorch or keras: adam_eps is added to the root of the corrected or of the plain second moment",
       kTraining, 0, false, true, 0, 0,
       [] {
         return Names{"pytorch", "keras"};
       }},
      {"loss", &C::loss, "NAME", "loss of both networks ('facegan list losses')", kTraining, step, false,
       true, 0, 0, [] { return names_of(spec::losses()); }},
      {"label_smoothing", &C::label_smoothing, "X", "D's target for real pictures is 1 - X", kTraining,
       kTrain, false, true, 0, 0.5},
      {"label_flip", &C::label_flip, "X", "share of D's labels that are swapped, at random", kTraining,
       kTrain, false, true, 0, 0.5},
      {"r1", &C::r1, "X", "weight of the R1 penalty on D's gradient at real pictures; 0 = none", kTraining,
       step, false, true, 0, 1e6},
      {"r2", &C::r2, "X", "the same at generated pictures", kTraining, step, false, true, 0, 1e6},
      {"gp", &C::gp, "X", "weight of the gradient penalty between real and generated pictures; 0 = none",
       kTraining, step, false, true, 0, 1e6},
      {"penalty_every", &C::penalty_every, "N",
       "steps from one penalty to the next, which then counts N times", kTraining, step, false, true, 1,
       1000},
      {"penalty_end", &C::penalty_end, "X",
       "the share of these weights that is left at the end; they fall by a cosine", kTraining, kTrain, false,
       true, 0, 1},
      {"augment", &C::augment, "LIST",
       "what is done at random to all pictures that D sees: translation, color, cutout; or off", kTraining,
       step, false, true, 0, 0, nullptr, is_augmentation, kAugmentationForm},
      {"augment_p", &C::augment_p, "X|auto",
       "the probability of each of these, for each picture; auto: by the number of pictures, then as D needs "
       "it",
       kTraining, step, false, true, 0, 0, nullptr, is_probability, kProbabilityForm},
      {"update", &C::update, "ORDER", "alternating, simultaneous or concatenated ('facegan list updates')",
       kTraining, step, false, true, 0, 0, [] { return names_of(spec::update_orders()); }},
      {"d_steps", &C::d_steps, "N", "steps (D updates) for each update of G", kTraining, step, false, true, 1,
       100},
      {"ema", &C::ema, "PICTURES",
       "samples are of a generator with mean weights, of this half-life (shorter at first); or off",
       kTraining, step, false, true, 0, 0, nullptr, is_half_life, kHalfLifeForm},
      {"seed", &C::seed, "N", "everything random follows from it", kTraining, data, false, true, 0,
       9007199254740991.0},

      {"device", &C::device, "NAME", "auto, cpu, cuda or cuda:N", kMachine, step, false, true, 0, 0, nullptr,
       is_device, "auto, cpu, cuda or cuda:N"},
      {"precision", &C::precision, "NAME",
       "fp32, bf16, tf32 (CUDA) or auto: bf16 where the CPU has its instructions, tf32 on CUDA", kMachine,
       step, false, true, 0, 0,
       [] {
         return Names{"auto", "fp32", "tf32", "bf16"};
       }},
      {"cuda_graphs", &C::cuda_graphs, "NAME",
       "auto: steps are CUDA graphs where their recipe allows it; or off", kMachine, step, true, true, 0, 0,
       [] {
         return Names{"auto", "off"};
       }},
      {"threads", &C::threads, "N", "compute threads; 0 = all cores", kMachine, step, false, true, 0, 1024},
      {"deterministic", &C::deterministic, "", "same results on the same GPU, slower", kMachine, step, false,
       true},

      {"rank_timeout", &C::rank_timeout, "30s", "end when another rank has been silent for this time", kMachine,
       kTrain, true, false, 0, 0, nullptr, is_rank_timeout, kRankTimeoutForm},

      {"out", &C::out, "DIR", "the run folder; default: runs/NNNN-PRESET", kOutputs, kTrain, false, false},
      {"checkpoint_every", &C::checkpoint_every, "N|30m", "epochs or time from one checkpoint to the next",
       kOutputs, kTrain, true, true, 0, 0, nullptr, is_every, kEveryForm},
      {"keep", &C::keep, "N", "the newest N checkpoints stay", kOutputs, kTrain, true, true, 1, 1e6},
      {"keep_every", &C::keep_every, "N", "those of every Nth epoch stay for good, too; 0 = none", kOutputs,
       kTrain, true, true, 0, 1e6},
      {"sample_every", &C::sample_every, "N|30m", "epochs or time from one sample grid to the next", kOutputs,
       kTrain, true, true, 0, 0, nullptr, is_every, kEveryForm},
      {"evaluate_every", &C::evaluate_every, "N|30m",
       "epochs or time from one evaluation to the next; 0 = never", kOutputs, kTrain, true, true, 0, 0,
       nullptr, is_every_or_never, kEveryOrNeverForm},
      {"evaluate", &C::evaluate, "METRICS",
       "figures of 1000 generated pictures (docs/evaluate.md); by the first the best checkpoint is kept",
       kOutputs, kTrain, true, true, 0, 0, nullptr, is_figures, kFiguresForm},
      {"features", &C::features, "lite0|FILE",
       "the network of its figures fid, kid, precision, recall, density, coverage and is", kOutputs, kTrain,
       false, true, 0, 0, nullptr, is_feature_network, kFeatureNetworkForm},
      {"stop_when_worse", &C::stop_when_worse, "N",
       "end when N evaluations in a row brought nothing better; 0 = never", kOutputs, kTrain, true, true, 0,
       1e6},
      {"log_every", &C::log_every, "N", "steps from one line of metrics.jsonl to the next", kOutputs, kTrain,
       true, true, 1, 1e9},
      {"grid", &C::grid, "RxC", "rows x columns of the sample grids", kOutputs, kTrain, false, true, 0, 0,
       nullptr, is_grid, kGridForm},
      {"grid_scale", &C::grid_scale, "N", "enlargement of the grids", kOutputs, kTrain, false, true, 1, 16},
      {"grid_invert", &C::grid_invert, "", "invert the pictures of the grids (dark on white)", kOutputs,
       kTrain, false, true},
      {"grid_margin", &C::grid_margin, "N", "pixels between and around the pictures of a grid", kOutputs,
       kTrain, false, true, 0, 256},
      {"grid_color", &C::grid_color, "COLOR", "of that margin: white, black, gray or \"#rrggbb\"", kOutputs,
       kTrain, false, true, 0, 0, nullptr, is_color, kColorForm},
      {"gif", &C::gif, "RULE",
       "frames of training.gif: all, sqrt, \"every N\" or auto (all up to 200 epochs)", kOutputs, kTrain,
       false, true, 0, 0, nullptr, is_gif, kGifForm},
  };
}

// "batch is a whole number from 1 to 65536, not '0'", led by where it was said.
[[noreturn]] void refuse(const Option& option, const std::string& value, const std::string& source,
                         const std::string& wanted, const std::string& hint = "") {
  throw Error(ErrorKind::usage,
              str(source, ": ", option.key, " is ", wanted, ", not '", core::printable(value), "'", hint));
}

// For people: 65536 rather than the shortest form 65536 or 1e+06.
std::string range_text(const Option& option, const char* kind) {
  const auto bound = [](double value) {
    return value >= 1 && value < 1e16 && value == static_cast<double>(static_cast<std::int64_t>(value))
               ? std::to_string(static_cast<std::int64_t>(value))
               : core::number_text(value);
  };
  return str(kind, " from ", bound(option.low), " to ", bound(option.high));
}

struct Setter {
  Config& config;
  const Option& option;
  const std::string& value;
  const std::string& source;

  void operator()(std::string Config::*member) const {
    if (option.choices) {
      const auto known = option.choices();
      if (std::find(known.begin(), known.end(), value) == known.end())
        refuse(option, value, source, (known.size() > 1 ? "one of " : "") + core::join(known, ", "),
               core::did_you_mean(value, known));
    }
    // It would end there, as a path and as a text of a picture.
    if (value.find('\0') != std::string::npos) refuse(option, value, source, "a text without NUL");
    config.*member = value;
  }
  void operator()(std::int64_t Config::*member) const {
    std::int64_t number;
    if (option.zero && value == option.zero) {
      config.*member = 0;
      return;
    }
    if (!core::parse_integer(value, number) || static_cast<double>(number) < option.low ||
        static_cast<double>(number) > option.high)
      refuse(option, value, source,
             range_text(option, "a whole number") + (option.zero ? str(", or ", option.zero) : ""));
    config.*member = number;
  }
  void operator()(double Config::*member) const {
    double number;
    if (!core::parse_real(value, number) || number < option.low || number > option.high)
      refuse(option, value, source, range_text(option, "a number"));
    config.*member = number;
  }
  void operator()(core::Size Config::*member) const {
    core::Size size;
    if (!core::parse_size(value, size) || static_cast<double>(size.shorter()) < option.low ||
        static_cast<double>(size.longer()) > option.high)
      refuse(option, value, source, range_text(option, "a whole number") + ", or two, WIDTHxHEIGHT");
    config.*member = size;
  }
  void operator()(bool Config::*member) const {
    if (value != "true" && value != "false") refuse(option, value, source, "true or false");
    config.*member = value == "true";
  }
};

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> table = make_table();
  return table;
}

const Option* find_option(const std::string& key) {
  for (const auto& option : options())
    if (key == option.key) return &option;
  return nullptr;
}

void set_option(Config& config, const Option& option, const std::string& value, const std::string& source) {
  if (option.accepts && !option.accepts(value)) refuse(option, value, source, option.form);
  std::visit(Setter{config, option, value, source}, option.member);
  for (const char* key : option.sets)
    std::visit(Setter{config, option, value, source}, find_option(key)->member);
}

std::string get_option(const Config& config, const Option& option) {
  struct Text {
    const Option& option;
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(std::int64_t value) const {
      return option.zero && value == 0 ? option.zero : std::to_string(value);
    }
    std::string operator()(double value) const { return core::number_text(value); }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(const core::Size& value) const { return value.text(); }
  };
  return std::visit([&](auto member) { return Text{option}(config.*member); }, option.member);
}

std::string flag_name(const std::string& key) {
  std::string name = "--" + key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string environment_name(const std::string& key) {
  std::string name = "FACEGAN_" + key;
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace facegan::config
