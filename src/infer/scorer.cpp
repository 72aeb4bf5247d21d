#include "facegan/infer/scorer.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/infer/pictures.h"
#include "facegan/spec/catalogue.h"
#include "infer/model.h"

namespace facegan::infer {

struct Scorer::State {
  Model d;
  const spec::LossFacts& loss;
};

namespace {

void check_picture(const config::Config& c, const image::Image& picture) {
  if (core::Size(picture.width, picture.height) != c.size || picture.channels != c.channels)
    throw Error(ErrorKind::internal,
                core::str("a discriminator of ", c.size.both(), "x", c.channels, " got a picture of ",
                          picture.width, "x", picture.height, "x", picture.channels));
}

}  // namespace

Scorer::Scorer(const std::filesystem::path& checkpoint, const std::string& device)
    : Scorer(run::load_file(checkpoint), device) {}

Scorer::Scorer(const run::Loaded& loaded, const std::string& device) {
  Model d = load_model(loaded, device, Player::discriminator);
  const spec::LossFacts& loss = spec::find_loss(d.config.loss);
  state_ = std::make_unique<State>(State{std::move(d), loss});
}

Scorer::~Scorer() = default;
const config::Config& Scorer::config() const {
  return state_->d.config;
}

std::vector<std::optional<double>> Scorer::logits(std::size_t count,
                                                  const std::function<image::Image(std::size_t)>& get,
                                                  const std::function<void(std::size_t)>& progress) const {
  const nn::Network& d = *state_->d.network;
  std::vector<std::optional<double>> out(count);
  std::mutex mutex;
  std::size_t done = 0;
  compute_each(d, count, [&](std::size_t i) {
    const image::Image picture = get(i);
    if (!picture.pixels.empty()) {
      check_picture(config(), picture);
      out[i] = discriminate(d, picture);
    }
    const std::lock_guard lock(mutex);
    if (progress) progress(++done);
  });
  return out;
}

double Scorer::threshold() const {
  return state_->loss.middle;
}

double Scorer::probability(double logit) const {
  if (state_->loss.output == spec::Output::probability) return std::clamp(logit, 0.0, 1.0);
  return 1 / (1 + std::exp(-logit));
}

bool Scorer::has_probability() const {
  return state_->loss.output != spec::Output::score;
}

std::string Scorer::note() const {
  std::string note = *state_->loss.note ? core::str(state_->loss.name, ": ", state_->loss.note) : "";
  if (compares_pictures(*state_->d.network))
    note += core::str(note.empty() ? "" : "; ",
                      "minibatch_stddev sees one picture at a time, which it takes for a lack of variation");
  return note;
}

}  // namespace facegan::infer
