#include "app/command_line/cli.h"

int main(int argc, char** argv) {
  return facegan::app::run(facegan::app::commands(), argc, argv);
}
