#pragma once
// Networks that are told what to show: what --condition does to a configuration.
#include "facegan/config/config.h"

namespace facegan::config {

// Numbers of a picture's condition. Folders that are not counted yet count as two.
spec::Conditions conditions_of(const Config& config);

// A generator's list with `label` before it, and a discriminator's with its end in a `projection`, where
// there is a condition that the list takes nowhere itself.
spec::Node conditioned_generator(spec::Node list, const spec::Conditions& conditions);
spec::Node conditioned_discriminator(spec::Node list, const spec::Conditions& conditions);

// Error(usage) for what the data set has not.
void check_condition(const Config& config);

}  // namespace facegan::config
