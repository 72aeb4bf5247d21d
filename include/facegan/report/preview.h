#pragma once
// Pictures in the terminal that standard error is.
#include <string>

#include "facegan/image/image.h"

namespace facegan::report {

class Preview {
 public:
  // how: blocks, sixel, kitty, or "" = what the environment says that the terminal can (blocks where it says
  // nothing, and in tmux and screen; none where it has no Unicode); Error(usage) for anything else. Without a
  // terminal: one note.
  explicit Preview(const std::string& how);
  // At most as wide as the terminal is now, above the live line and followed by a line with the caption.
  void show(const image::Image& picture, const std::string& caption = "") const;

 private:
  std::string form_;  // blocks, sixel, kitty; "": none
};

// What "" means. variable: of the environment, "" = not set. "": the terminal
// draws none.
std::string terminal_form(std::string (*variable)(const char* name));

}  // namespace facegan::report
