#include "facegan/run/imported.h"

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::run {

bool is_imported(const Loaded& loaded) {
  return loaded.file.metadata.contains(kKeyImported);
}

void ask_for_pictures() {
  throw Error(ErrorKind::usage,
              "this model was imported, and what it has learned from is not known: --dataset NAME and --data "
              "PATH say "
              "with which pictures it is compared");
}

void refuse_imported(const Loaded& loaded) {
  if (!is_imported(loaded)) return;
  throw Error(
      ErrorKind::usage,
      core::str(core::printable(loaded.path.string()),
                " was imported: there is no training in it to resume; begin one from its weights with "
                "train --init-from RUN --preset NAME --data PATH"));
}

}  // namespace facegan::run
