#include "facegan/run/imported.h"

#include "facegan/core/error.h"
#include "facegan/core/text.h"

namespace facegan::run {

void refuse_imported(const Loaded& loaded) {
  if (!loaded.file.metadata.contains(kKeyImported)) return;
  throw Error(
      ErrorKind::usage,
      core::str(core::printable(loaded.path.string()),
                " was imported: there is no training in it to resume; begin one from its weights with "
                "train --init-from RUN --preset NAME --data PATH"));
}

}  // namespace facegan::run
