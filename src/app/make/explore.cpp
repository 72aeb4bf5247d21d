// facegan explore: the page that computes a run's pictures, made and opened.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "app/command_line/weights.h"
#include "app/make/model_out.h"
#include "app/make/picture_out.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/exchange/network.h"
#include "facegan/run/files.h"

namespace facegan::app {
namespace {

namespace fs = std::filesystem;

// The desktop's opener, from the system's folders alone: not from one that PATH names.
void open_in_browser(const fs::path& page) {
  const bool desktop = std::getenv("DISPLAY") || std::getenv("WAYLAND_DISPLAY");
  const std::string file = fs::absolute(page).string();
  for (const char* opener : {"/usr/bin/xdg-open", "/usr/local/bin/xdg-open", "/usr/bin/wslview"}) {
    if (!desktop || ::access(opener, X_OK) != 0) continue;
    const char* const words[] = {opener, file.c_str(), nullptr};
    pid_t child = 0;
    int status = 1;
    if (::posix_spawn(&child, opener, nullptr, nullptr, const_cast<char* const*>(words), environ) == 0 &&
        ::waitpid(child, &status, 0) == child && status == 0)
      return;
  }
  core::log_info("open it in a browser; it needs no network and no server");
}

}  // namespace

int run_explore(const Invocation& invocation) {
  const infer::Weights weights = weights_of(invocation);
  const run::Loaded loaded = load_model_of(invocation);
  const std::string page = page_of(loaded, weights);
  const fs::path run = run_of(loaded);
  fs::path file = invocation.text("out", "");
  if (file.empty() && !run.empty()) {
    run::write_file(run, run::kExploreFile, page);  // no link there is followed
    file = run / run::kExploreFile.name;
  } else {
    if (file.empty()) file = loaded.path.stem().string() + ".html";
    save_output(file, page);
  }
  core::log_info(core::human_bytes(page.size()), " in one file");
  core::print(file.string());
  if (!invocation.has("no-open")) open_in_browser(file);
  return 0;
}

}  // namespace facegan::app
