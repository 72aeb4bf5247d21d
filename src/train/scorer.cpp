#include "facegan/train/scorer.h"

#include <algorithm>
#include <cmath>

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "train/loaded_network.h"
#include "train/losses.h"
#include "train/pictures.h"

namespace facegan::train {

struct Scorer::State {
  config::Config config;
  nn::Network d;
  const Loss& loss;
};

Scorer::Scorer(const checkpoint::Loaded& loaded, const std::string& device) {
  LoadedNetwork found = load_network(loaded, device, WhichNetwork::discriminator);
  const Loss& loss = find_loss(found.config.loss);
  state_ = std::make_unique<State>(State{std::move(found.config), std::move(found.network), loss});
}

Scorer::~Scorer() = default;
const config::Config& Scorer::config() const {
  return state_->config;
}

double Scorer::logit(const image::Image& picture) const {
  const auto& c = state_->config;
  if (picture.width != c.size || picture.height != c.size || picture.channels != c.channels)
    throw Error(ErrorKind::internal,
                core::str("a discriminator of ", c.size, "x", c.size, "x", c.channels, " got a picture of ",
                          picture.width, "x", picture.height, "x", picture.channels));
  return discriminate(state_->d, picture);
}

double Scorer::threshold() const {
  return state_->loss.middle;
}

double Scorer::probability(double logit) const {
  if (state_->loss.output == Output::probability) return std::clamp(logit, 0.0, 1.0);
  return 1 / (1 + std::exp(-logit));
}

bool Scorer::has_probability() const {
  return state_->loss.output != Output::score;
}

std::string Scorer::note() const {
  std::string note = *state_->loss.note ? core::str(state_->loss.name, ": ", state_->loss.note) : "";
  bool compares = false;
  spec::for_each_layer(state_->d.spec().layers, [&](const spec::Layer& layer) {
    compares = compares || std::string(layer.kind->name) == "minibatch_stddev";
  });
  if (compares)
    note +=
        core::str(note.empty() ? "" : "; ",
                  "minibatch_stddev sees one picture at a time, so no variation: all outputs are too low");
  return note;
}

}  // namespace facegan::train
