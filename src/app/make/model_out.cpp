#include "app/make/model_out.h"

#include <algorithm>

#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/exchange/page.h"
#include "facegan/run/files.h"

namespace facegan::app {
namespace {

using core::str;
constexpr int kDirections = 24;  // that the page offers

std::vector<infer::Latent> strongest_directions(const infer::Sampler& sampler) {
  try {
    return sampler.directions(static_cast<int>(std::min<std::int64_t>(kDirections, sampler.config().z)));
  } catch (const Error& none) {
    if (none.kind() != ErrorKind::usage) throw;
    return {};  // its first layer has none; the page offers coordinates
  }
}

}  // namespace

std::string stem_of(const std::string& name) {
  constexpr std::size_t kLongest = 100;  // bytes; endings come behind it
  const bool plain = core::shows_as_it_is(name) && !name.empty() && name.size() <= kLongest &&
                     name[0] != '.' && name[0] != '-';
  return plain ? name : "model";
}

run::Loaded load_model_of(const Invocation& invocation) {
  if (invocation.arguments.size() > 1) throw Error(ErrorKind::usage, "one run at a time");
  if (!invocation.arguments.empty() && invocation.has("from"))
    throw Error(ErrorKind::usage, "RUN and --from say the same: give one");
  run::Loaded loaded = run::load_from(invocation.arguments.empty() ? invocation.text("from", "")
                                                                   : invocation.arguments.front());
  const std::string hash = invocation.text("checkpoint-hash", ""), own = loaded.text(core::kChecksumKey);
  if (invocation.has("checkpoint-hash") && hash != own)
    throw Error(ErrorKind::checkpoint, str(core::printable(loaded.path.string()), " has the checksum ", own,
                                           ", not ", core::printable(hash)));
  return loaded;
}

std::filesystem::path run_of(const run::Loaded& loaded) {
  auto folder = loaded.path.parent_path();
  if (!folder.has_parent_path()) folder = std::filesystem::absolute(loaded.path).parent_path();
  return folder.filename() == run::kCheckpoints.name ? folder.parent_path() : std::filesystem::path();
}

std::string page_of(const run::Loaded& loaded, exchange::Network generator) {
  exchange::fold_batch_norms(generator);
  const infer::Sampler sampler(loaded, "cpu", generator.weights);
  std::string page = exchange::explore_page(generator, sampler.conditions(), strongest_directions(sampler));
  if (page.size() > exchange::kLargePage)
    core::log_warning("the page has ", core::human_bytes(page.size()),
                      ": too large for most mails, and slow to open on a phone; train with a smaller --width "
                      "for a small one");
  return page;
}

}  // namespace facegan::app
