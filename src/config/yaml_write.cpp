// The effective configuration as YAML that parse_yaml and resolve accept again.
#include <algorithm>
#include <cctype>

#include "facegan/config/config.h"
#include "facegan/config/options.h"
#include "facegan/core/text.h"

namespace facegan::config {
namespace {

using core::str;
using spec::Node;

// Whether text means itself without quotes, also inside { } and for other readers of YAML, which may
// take `no` for a boolean.
bool is_plain(const std::string& text) {
  static const char* const words[] = {"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  if (std::find(std::begin(words), std::end(words), core::lower_case(text)) != std::end(words)) return false;
  const auto first = static_cast<unsigned char>(text[0]);
  if (!std::isalnum(first) && first != '$' && first != '/' && first != '.' && first != '(') return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (!std::isalnum(c) && std::string_view(" $/._+-*^()=%:").find(text[i]) == std::string_view::npos)
      return false;
    if (c == ':' && text[i + 1] == ' ') return false;
  }
  return true;
}

std::string scalar_text(const std::string& text, bool is_text = true) {
  if (!is_text || is_plain(text)) return text;
  return '"' + core::yaml_escaped(text) + '"';
}

// A number with an exponent as YAML 1.1 wants it, for readers such as PyYAML: 1e-05 is a text there, and
// 1.0e-05 a number. Other texts stay as they are.
std::string number_for_all(const std::string& text) {
  double number;
  const auto exponent = text.find_first_of("eE");
  if (exponent == text.npos || !core::parse_real(text, number)) return text;
  std::string head = text.substr(0, exponent), tail = text.substr(exponent + 1);
  if (head.find('.') == head.npos) head += ".0";
  if (tail[0] != '-' && tail[0] != '+') tail = '+' + tail;
  return head + 'e' + tail;
}

// A layer parameter's own true and false stay bare; only what was quoted (or must be) gets quotes.
std::string node_scalar(const Node& node) {
  if (node.kind == Node::Kind::null) return "null";
  const bool is_word = !node.quoted && (node.text == "true" || node.text == "false");
  return scalar_text(number_for_all(node.text), !is_word);
}

// Scalars, and maps and lists of scalars, fit on a line.
bool is_flat(const Node& node) {
  const auto is_scalar = [](const Node& n) {
    return n.kind == Node::Kind::scalar || n.kind == Node::Kind::null;
  };
  return std::all_of(node.items.begin(), node.items.end(), is_scalar) &&
         std::all_of(node.entries.begin(), node.entries.end(),
                     [&](const auto& e) { return is_scalar(e.second); });
}

std::string flow(const Node& node) {
  std::vector<std::string> parts;
  if (node.kind == Node::Kind::sequence) {
    for (const Node& item : node.items) parts.push_back(node_scalar(item));
    return "[" + core::join(parts, ", ") + "]";
  }
  if (node.kind == Node::Kind::map) {
    for (const auto& [key, value] : node.entries)
      parts.push_back(scalar_text(key) + ": " + node_scalar(value));
    return "{" + core::join(parts, ", ") + "}";
  }
  return node_scalar(node);
}

// `lead` stands before the first line ("  - "); further lines are indented by its width.
void write_block(std::string& out, const Node& node, const std::string& lead) {
  const std::string indent(lead.size(), ' ');
  if (node.kind == Node::Kind::sequence) {
    for (std::size_t i = 0; i < node.items.size(); ++i)
      write_block(out, node.items[i], (i == 0 ? lead : indent) + "- ");
    return;
  }
  if (node.kind != Node::Kind::map || node.entries.empty()) {  // a bare layer name
    out += lead + flow(node) + "\n";
    return;
  }
  for (std::size_t i = 0; i < node.entries.size(); ++i) {
    const auto& [key, value] = node.entries[i];
    out += (i == 0 ? lead : indent) + scalar_text(key) + ":";
    if (is_flat(value)) {
      out += " " + flow(value) + "\n";
    } else {
      out += "\n";
      write_block(out, value, indent + "  ");
    }
  }
}

}  // namespace

std::string to_yaml(const Config& config, const Sources* sources) {
  struct Line {
    std::string text, source;
  };
  std::vector<Line> lines;
  std::size_t width = 0;
  const auto add = [&](const std::string& text, const std::string& key) {
    std::string source;
    if (const auto found = sources ? sources->find(key) : Sources::const_iterator{};
        sources && found != sources->end())
      source = core::printable(found->second);
    if (!source.empty() && text.size() <= 40) width = std::max(width, text.size());
    lines.push_back({text, source});
  };

  std::string group;
  for (const Option& option : options()) {
    if (!option.stored) continue;
    if (group != option.group) add(str("# ", group = option.group), "");
    const bool is_text = std::holds_alternative<std::string Config::*>(option.member);
    const std::string value = get_option(config, option);
    add(str(option.key, ": ", is_text ? scalar_text(value) : number_for_all(value)), option.key);
  }

  std::string out;
  const auto flush = [&] {
    for (const auto& [text, source] : lines) {
      out += text;
      if (!source.empty())
        out += std::string(width > text.size() ? width - text.size() : 0, ' ') + "  # from " + source;
      out += "\n";
    }
    lines.clear();
  };
  flush();
  for (const auto& [key, node] :
       {std::pair{"generator", &config.generator}, {"discriminator", &config.discriminator}}) {
    if (node->kind == Node::Kind::null) continue;
    add(str(key, ":"), key);
    flush();
    write_block(out, *node, "  ");
  }
  return out;
}

}  // namespace facegan::config
