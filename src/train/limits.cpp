#include "train/limits.h"

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/machine/memory.h"

namespace facegan::train {

using core::str;

void fit_batch(config::Config& config, std::size_t pictures, std::int64_t ranks) {
  if (config.batch > static_cast<std::int64_t>(pictures)) {
    const std::int64_t shares = ranks > 1 ? ranks * config.accumulate : 1;
    const std::int64_t batch = static_cast<std::int64_t>(pictures) / shares * shares;
    core::log_info("batch ", config.batch, " is more than the ", pictures, " pictures: using ", batch);
    config.batch = batch;
  }
  config::check_batch(config);
}

void check_shares(const config::Config& config, std::int64_t ranks) {
  if (ranks == 1) return;
  const std::int64_t shares = ranks * config.accumulate;
  if (config.batch >= shares && config.batch % shares == 0) return;
  const std::int64_t below = config.batch / shares * shares;
  throw Error(ErrorKind::usage, str("batch ", config.batch, " cannot be shared by ", ranks, " ranks",
                                    config.accumulate > 1 ? str(" in ", config.accumulate, " parts") : "",
                                    "; take ", below > 0 ? str(below, " or ") : "", below + shares));
}

void check_layers(const config::Config& config, const config::Networks& networks, std::int64_t ranks) {
  const bool exact_cuda = config.deterministic && config.device.starts_with("cuda");
  const bool own_statistics = ranks > 1 && !config.sync_batch_norm;
  for (const auto* network : {&networks.generator, &networks.discriminator})
    spec::for_each_layer(network->layers, [&](const spec::Layer& layer) {
      const std::string kind = layer.kind->name;
      // One value has no variance: a batch of one cannot be normalised feature by feature.
      if (config.batch == config.accumulate * (own_statistics ? ranks : 1) && kind == "batch_norm" &&
          spec::elements(layer.out) == layer.out[0])
        throw Error(ErrorKind::usage,
                    str(own_statistics           ? "one picture for each rank"
                        : config.accumulate == 1 ? "batch 1"
                                                 : "a part of one picture",
                        " is too small for the batch_norm at ", layer.where, ", which needs 2 or more",
                        own_statistics ? ", or --sync-batch-norm" : ""));
      if (exact_cuda && kind == "upsample" && layer.word("mode") == "bilinear")
        throw Error(ErrorKind::usage, str("the bilinear upsample at ", layer.where,
                                          " has no deterministic gradient on CUDA; take mode nearest, or "
                                          "leave out --deterministic"));
    });
}

void check_memory(const config::Config& config, const config::Networks& networks, std::int64_t ranks) {
  if (config.device.starts_with("cuda")) return;  // it tells itself, at once
  const auto& [g, d] = networks;
  const double part = static_cast<double>(config.batch) / static_cast<double>(config.accumulate * ranks);
  // Two bytes each, as in bf16; some layers write over their input.
  const double numbers = 4.0 * static_cast<double>(g.total() + d.total()) +
                         part / 2 * static_cast<double>(std::max(g.peak(), d.peak()));
  const std::uint64_t usable = machine::usable_memory_bytes();
  if (numbers * 4 <= static_cast<double>(usable)) return;
  throw Error(
      ErrorKind::memory,
      str("these networks need more than ", core::human_bytes(static_cast<std::uint64_t>(numbers * 4)),
          " for ", core::short_number(part), " pictures at once, of ", core::human_bytes(usable),
          " that there are; take a smaller --batch, --width or --size, or --accumulate"));
}

}  // namespace facegan::train
