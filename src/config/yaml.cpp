#include "facegan/config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"

namespace facegan::config {
namespace {

using core::str;
using spec::Node;

constexpr std::size_t kMaxBytes = 1 << 20;
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxKeys = 1000;  // of one map: each new one is compared with all before it

// yaml-cpp's own document tree accepts duplicate keys, aliases that contain themselves and `010` as 8,
// so the tree is built here, from its parser's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string file) : file_(std::move(file)) {}
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) fail(mark, "a second document ('---'); one file holds one configuration");
  }
  void OnDocumentEnd() override {}

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse_anchor(mark); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (anchor) refuse_anchor(mark);
    finish(make(Node::Kind::null, mark), mark);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (anchor) refuse_anchor(mark);
    check_tag(mark, tag);
    Node node = make(Node::Kind::scalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    finish(std::move(node), mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    start(Node::Kind::sequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    start(Node::Kind::map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    Node node;
    bool has_key = false;
    std::string key;
    int key_line = 0;
  };

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& what) const {
    throw Error(ErrorKind::usage, str(file_, ":", mark.line + 1, ": ", what));
  }
  [[noreturn]] void refuse_anchor(const YAML::Mark& mark) const {
    fail(mark, "anchors (&) and aliases (*) are not allowed; write the value out or put it in quotes");
  }
  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!")
      fail(mark, str("the tag '", core::printable(tag), "' is not allowed; remove it"));
  }
  Node make(Node::Kind kind, const YAML::Mark& mark) const {
    Node node;
    node.kind = kind;
    node.file = file_;
    node.line = mark.line + 1;
    return node;
  }
  void start(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor) refuse_anchor(mark);
    check_tag(mark, tag);
    if (open_.size() >= kMaxDepth) fail(mark, str("nested deeper than ", kMaxDepth, " levels"));
    if (!open_.empty() && open_.back().node.kind == Node::Kind::map && !open_.back().has_key)
      fail(mark, "a key must be a plain word");
    open_.push_back({make(kind, mark), false, {}, 0});
  }
  void end() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    YAML::Mark mark;
    mark.line = node.line - 1;
    finish(std::move(node), mark);
  }

  // A complete node becomes the root, the next item, the next key or the value of the last key.
  void finish(Node node, const YAML::Mark& mark) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Node::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      if (node.kind != Node::Kind::scalar) fail(mark, "a key must be a plain word");
      if (parent.node.entries.size() >= kMaxKeys)
        fail(mark, str("more than ", kMaxKeys, " keys in one place"));
      for (const auto& [key, value] : parent.node.entries)
        if (key == node.text)
          fail(mark, str("'", core::printable(key), "' is given twice, first in line ", value.line));
      parent.has_key = true;
      parent.key = node.text;
      parent.key_line = node.line;
    } else {
      node.line = parent.key_line;  // messages point at the key, wherever its value starts
      parent.node.entries.emplace_back(std::move(parent.key), std::move(node));
      parent.has_key = false;
    }
  }

  std::string file_;
  Node root_;
  std::vector<Open> open_;
  int documents_ = 0;
};

}  // namespace

spec::Node parse_yaml(const std::string& text, const std::string& name_for_messages) {
  const std::string& file = name_for_messages;
  if (text.size() > kMaxBytes)
    throw Error(ErrorKind::usage,
                str(file, ": ", text.size(), " bytes are too many for a configuration (1 MiB)"));
  if (const auto zero = text.find('\0'); zero != std::string::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n');
    throw Error(ErrorKind::usage, str(file, ":", line, ": a zero byte; this is not a text file"));
  }
  TreeBuilder builder(file);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    const std::string line = error.mark.is_null() ? "" : str(":", error.mark.line + 1);
    throw Error(ErrorKind::usage, str(file, line, ": not valid YAML: ", core::printable(error.msg)));
  }
  return builder.take();
}

spec::Node read_yaml_file(const std::filesystem::path& path) {
  return parse_yaml(core::read_input(path, kMaxBytes, ErrorKind::usage), path.string());
}

}  // namespace facegan::config
