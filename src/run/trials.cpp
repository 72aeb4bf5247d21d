#include "facegan/run/trials.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"

namespace facegan::run {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::uint64_t kMaxBytes = 1u << 20;

std::string key(std::size_t round, std::size_t candidate) {
  return core::str(round, '/', candidate);
}

}  // namespace

Trials::Trials(std::filesystem::path file, const std::string& call)
    : file_(std::move(file)), call_(core::hex64(core::xxh64(call.data(), call.size()))) {
  std::error_code error;
  if (!std::filesystem::exists(file_, error)) {
    write();
    return;
  }
  const Json all = Json::parse(core::read_file(file_, kMaxBytes, ErrorKind::usage), nullptr, false);
  const bool is_same = all.is_object() && all.value("call", Json()) == call_ && all.contains("found") &&
                       all["found"].is_object();
  if (!is_same)
    throw Error(ErrorKind::usage,
                core::str(core::printable(file_.string()),
                          " is of another call of tune; take another --out, or delete that folder"));
  for (const auto& [name, value] : all["found"].items())
    found_[name] = value.is_number() ? Found{value.get<double>(), ""}
                                     : Found{NAN, value.is_string() ? value.get<std::string>() : "?"};
  core::log_info("going on with the tuning in ", core::printable(file_.parent_path().string()));
}

std::optional<Trials::Found> Trials::find(std::size_t round, std::size_t candidate) const {
  const auto found = found_.find(key(round, candidate));
  if (found == found_.end()) return {};
  return found->second;
}

void Trials::set(std::size_t round, std::size_t candidate, const Found& found) {
  found_[key(round, candidate)] = found;
  write();
}

void Trials::write() const {
  Json found = Json::object();
  for (const auto& [name, value] : found_)
    found[name] = value.failure.empty() ? Json(value.figure) : Json(value.failure);
  const Json all = {{"call", call_}, {"found", found}};
  core::write_file_atomic(file_, all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace facegan::run
