#include "app/command_line/cli.h"

// What the launcher calls in libfacegan.so.
extern "C" __attribute__((visibility("default"))) int facegan_main(int argc, char** argv) {
  return facegan::app::run(facegan::app::commands(), argc, argv);
}
