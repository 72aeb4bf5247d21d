// facegan data pack, facegan data prune: the packed files of the cache folder.
#include <nlohmann/json.hpp>

#include "app/data/config.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/data/packed.h"

namespace facegan::app {
namespace {

using core::str;
using Json = nlohmann::ordered_json;

// A folder name need not be UTF-8.
void print_json(const Json& json) {
  core::print(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int run_data_pack(const Invocation& invocation) {
  const config::Config config = resolve_data(invocation);
  const auto result = data::pack(data::dataset_options(config), workers_of(config), [](std::uint64_t done) {
    if (core::log_has_live_line()) core::log_live_line(str("decoded ", done, " pictures"));
  });
  core::log_live_line("");
  if (invocation.has("json"))
    print_json({{"file", result.file.string()},
                {"pictures", result.pictures},
                {"unusable", result.unusable},
                {"bytes", result.bytes},
                {"was_there", result.was_there}});
  else
    core::print(str(core::printable(result.file.string()), ": ",
                    core::with_thousands(static_cast<std::int64_t>(result.pictures)), " pictures, ",
                    result.unusable, " of them unusable, ", core::human_bytes(result.bytes),
                    result.was_there ? "; it was there already" : ""));
  return 0;
}

int run_data_prune(const Invocation& invocation) {
  const auto files = data::prune_packed_files();
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.bytes;
  if (invocation.has("json"))
    print_json({{"files", files.size()}, {"bytes", bytes}});
  else
    core::print(str(files.size(), files.size() == 1 ? " packed file" : " packed files", " removed from ",
                    core::printable(data::pack_folder().string()), ", ", core::human_bytes(bytes)));
  return 0;
}

}  // namespace facegan::app
