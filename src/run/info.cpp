#include "facegan/run/info.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "facegan/core/error.h"
#include "facegan/run/files.h"
#include "facegan/run/imported.h"

namespace facegan::run {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// What lies deeper than facegan writes is left out: writing it again would take a stack as deep.
Json parse(std::string_view text) {
  const auto is_near = [](int depth, Json::parse_event_t, const Json&) { return depth <= 4; };
  return Json::parse(text.begin(), text.end(), is_near, /*allow_exceptions=*/false);
}

std::int64_t count(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_unsigned()) return 0;
  return static_cast<std::int64_t>(std::min(found->get<std::uint64_t>(), std::uint64_t{1} << 53));
}

std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string info_json(const Info& info) {
  Json object{{"state", info.state},
              {"error", info.error},
              {"facegan", info.version},
              {"libtorch", info.libtorch},
              {"device_name", info.device_name},
              {"instructions", info.instructions},
              {"pictures", info.pictures},
              {"unusable", info.unusable},
              {"steps_per_epoch", info.steps_per_epoch},
              {"total_steps", info.total_steps},
              {"generator_parameters", info.generator_parameters},
              {"discriminator_parameters", info.discriminator_parameters},
              {"rollbacks", info.rollbacks}};
  if (!info.imported_from.empty()) object["imported_from"] = info.imported_from;
  if (info.rest) object["rest"] = parse(metrics_json(*info.rest));
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string state_at_rest(const Info& info) {
  if (info.state == "running") return "broken off";
  for (const char* known : {"finished", "stopped", kNoBetter, "diverged", "failed", kImported})
    if (info.state == known) return known;
  return "";
}

std::optional<Info> read_info(const fs::path& run) {
  try {
    return parse_info(read_file(run, kInfoFile, ErrorKind::io));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::checkpoint) throw;  // a link
    return {};
  }
}

std::optional<Info> parse_info(std::string_view json) {
  const Json object = parse(json);
  if (!object.is_object()) return {};
  Info info;
  info.state = text(object, "state"), info.error = text(object, "error");
  info.version = text(object, "facegan"), info.libtorch = text(object, "libtorch");
  info.device_name = text(object, "device_name"), info.instructions = text(object, "instructions");
  info.pictures = count(object, "pictures"), info.unusable = count(object, "unusable");
  info.steps_per_epoch = count(object, "steps_per_epoch"), info.total_steps = count(object, "total_steps");
  info.generator_parameters = count(object, "generator_parameters");
  info.discriminator_parameters = count(object, "discriminator_parameters");
  info.rollbacks = count(object, "rollbacks");
  info.imported_from = text(object, "imported_from");
  if (const auto rest = object.find("rest"); rest != object.end()) info.rest = parse_metrics(rest->dump());
  return info;
}

}  // namespace facegan::run
