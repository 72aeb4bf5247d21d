#include "app/command_line/call_again.h"

#include <filesystem>

#include "app/command_line/cli.h"
#include "app/command_line/shell_words.h"
#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;
using core::str;
constexpr std::size_t kMaxBytes = 256u << 10;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::data, "the command in it cannot be used: " + why);
}

bool has_flag(const Command& command, std::string_view name) {
  for (const OwnFlag& flag : command.flags)
    if (flag.name == name) return true;
  return false;
}

Parsed parse_line(const std::string& text) {
  const auto words = text.size() <= kMaxBytes ? split_words(text) : std::nullopt;
  if (!words || words->front() != "facegan") refuse("it is not one of facegan's");
  std::vector<const char*> argv;
  for (const std::string& word : *words) {
    if (!core::shows_as_it_is(word)) refuse("it has characters that do not show");
    argv.push_back(word.c_str());
  }
  try {
    return parse(commands(), static_cast<int>(argv.size()), argv.data());
  } catch (const Error& error) {
    refuse(error.what());
  }
}

}  // namespace

std::vector<std::string> words_of(const CallAgain& call) {
  std::vector<std::string> words = {"facegan"};
  for (const std::string& word : core::split(call.command->name, ' ')) words.push_back(word);
  for (const OwnFlag& flag : call.command->flags) {
    const auto found = call.own.find(flag.name);
    if (found == call.own.end()) continue;
    const bool again = may_be_repeated(flag);
    for (const std::string& value :
         again ? core::split(found->second, kBetweenRepeated) : std::vector<std::string>{found->second}) {
      words.push_back(str("--", flag.name));
      if (*flag.value) words.push_back(value);
    }
  }
  return words;
}

std::string text_of(const CallAgain& call) {
  std::string line;
  for (const std::string& word : words_of(call)) {
    const std::string quoted = core::shell_quoted(word);
    if (quoted.empty()) return "";
    line += (line.empty() ? "" : " ") + quoted;
  }
  return line.size() <= kMaxBytes ? line : "";
}

bool is_checksum(const std::string& text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

CallAgain parse_call(const std::string& text) {
  const Parsed parsed = parse_line(text);
  if (!parsed.command || !has_flag(*parsed.command, "checkpoint-hash"))
    refuse("it does not make pictures of a checkpoint");
  const auto& own = parsed.invocation.own;
  for (const char* needed : {"from", "checkpoint-hash"})
    if (!own.contains(needed)) refuse(str("it has no --", needed));
  if (!is_checksum(own.at("checkpoint-hash"))) refuse("its --checkpoint-hash is no checksum");
  if (own.contains("out")) refuse("it says where to write, which is not for a picture to say");
  return {parsed.command, own};
}

std::string named_path(const std::string& path) {
  std::error_code error;
  const fs::path here = fs::current_path(error), whole = fs::absolute(path, error).lexically_normal();
  if (error) return path;
  const fs::path below = whole.lexically_relative(here);
  return below.empty() || *below.begin() == ".." ? whole.string() : below.string();
}

}  // namespace facegan::app
