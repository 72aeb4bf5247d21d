#include "facegan/report/preview.h"

#include <algorithm>
#include <cstdlib>

#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/image/terminal.h"
#include "facegan/report/sink.h"

namespace facegan::report {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* known) { return name == known; });
}

// Blocks are letters of Unicode in 24-bit colours. A locale that is not set says nothing, and nor does a
// terminal that is not known.
bool draws_blocks(std::string (*variable)(const char* name)) {
  const std::string term = variable("TERM");
  if (term.size() > 2 && term.starts_with("vt") && term[2] >= '0' && term[2] <= '9') return false;
  for (const char* old : {"ansi", "cons25", "dumb", "sun"})
    if (term.starts_with(old)) return false;
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (locale.empty()) locale = core::lower_case(variable(name));
  return locale.empty() || locale.find("utf-8") != std::string::npos ||
         locale.find("utf8") != std::string::npos;
}

}  // namespace

// By name: a query would have to read the answer from the keyboard's side, and wait for those that give none.
std::string terminal_form(std::string (*variable)(const char* name)) {
  const std::string term = variable("TERM"), program = variable("TERM_PROGRAM");
  // They pass on neither, and what they run in has left its own variables.
  const char* const blocks = draws_blocks(variable) ? "blocks" : "";
  if (!variable("TMUX").empty() || term.starts_with("screen") || term.starts_with("tmux")) return blocks;
  if (!variable("KITTY_WINDOW_ID").empty() || !variable("KONSOLE_VERSION").empty() ||
      is_one_of(term, {"xterm-kitty", "xterm-ghostty"}) || is_one_of(program, {"ghostty", "WezTerm"}))
    return "kitty";
  if (term.starts_with("foot") || term.starts_with("mlterm") || term.starts_with("contour") ||
      term.find("sixel") != std::string::npos || is_one_of(program, {"mintty", "iTerm.app"}))
    return "sixel";
  return blocks;
}

Preview::Preview(const std::string& how) : form_(how.empty() ? terminal_form(environment) : how) {
  if (form_.empty()) {
    core::log_warning(
        "--preview shows nothing: this terminal, or the locale, has no Unicode or no colours; "
        "--preview=blocks draws all the same");
    return;
  }
  const std::vector<std::string> known = {"blocks", "sixel", "kitty"};
  if (std::find(known.begin(), known.end(), form_) == known.end())
    throw Error(ErrorKind::usage, core::str("--preview is one of ", core::join(known, ", "), ", not '",
                                            core::printable(how), "'", core::did_you_mean(how, known)));
  if (core::log_terminal().columns == 0)
    core::log_warning("--preview shows nothing: standard error is not a terminal that draws");
}

void Preview::show(const image::Image& picture, const std::string& caption) const {
  constexpr int kColumnPx = 8;   // where the terminal does not tell
  constexpr int kRowsBelow = 3;  // its caption, the live line, the cursor
  const core::Terminal terminal = core::log_terminal();
  if (terminal.columns == 0 || form_.empty()) return;
  const int rows = std::max(terminal.rows - kRowsBelow, 0);  // 0: not known
  // The width at which the whole picture is in view.
  const auto fitting = [&](int width, int height) {
    if (height <= 0) return width;
    return std::clamp(static_cast<int>(std::int64_t{height} * picture.width / picture.height), 1, width);
  };
  const int width_px = terminal.width_px > 0 ? terminal.width_px : terminal.columns * kColumnPx;
  const int height_px = terminal.rows > 0 ? terminal.height_px / terminal.rows * rows : 0;
  std::string text = form_ == "kitty"   ? image::as_kitty(picture, fitting(width_px, height_px))
                     : form_ == "sixel" ? image::as_sixel(picture, fitting(width_px, height_px))
                                        : image::as_half_blocks(picture, fitting(terminal.columns, 2 * rows));
  if (!caption.empty()) text += core::printable(caption) + "\n";
  core::log_picture(text);
}

namespace {

class PreviewSink final : public Sink {
 public:
  explicit PreviewSink(const Preview& preview) : preview_(preview) {}
  bool pictures(const Pictures& pictures, const Progress&) override {
    if (pictures.kind == Pictures::Kind::generated) preview_.show(pictures.pixels, pictures.path.string());
    return false;
  }

 private:
  Preview preview_;
};

}  // namespace

std::unique_ptr<Sink> make_preview(const SinkSetup& setup) {
  return setup.preview ? std::make_unique<PreviewSink>(*setup.preview) : nullptr;
}

}  // namespace facegan::report
