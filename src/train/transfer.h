#pragma once
// What a new run takes from the networks of another one.
#include "train/model.h"

namespace facegan::train {

// The tensors of G and D that have the same name and shape in the checkpoint of --init-from, into a model
// with its first weights; the mean network starts as that of the checkpoint where both have one, else as G.
// names: of the condition, one a line; weights that stand for other ones are not taken. Says in one line what
// was taken and what was not. Error(checkpoint) as a resume, or when it is not the one of init_from_hash;
// Error(usage) when no weights of one of the networks fit.
void take_weights(Model& model, const config::Config& config, const std::string& names);

}  // namespace facegan::train
