// facegan animate: a run's training history as an animation, once more and as one likes.
#include "app/make/animation.h"
#include "facegan/config/options.h"
#include "facegan/core/error.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/image/caption.h"
#include "facegan/run/files.h"
#include "facegan/run/folder.h"
#include "facegan/run/history.h"
#include "facegan/run/provenance.h"

namespace facegan::app {
namespace {

using core::printable;
using core::str;
namespace fs = std::filesystem;

config::Config config_of(const fs::path& run) {
  try {
    return run::read_config(run, printable(run::file_in(run, run::kConfigFile).path().string()));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io) throw;
    throw Error(ErrorKind::checkpoint, str(printable(run.string()), " is no run: ", error.what()));
  }
}

}  // namespace

int run_animate(const Invocation& invocation) {
  const image::AnimationStyle style = animation_style(invocation);
  const fs::path run = run::find_run(invocation.arguments.empty() ? "" : invocation.arguments.front());
  const fs::path out = invocation.text("out", run::file_in(run, run::kAnimationFile).path().string());
  animation_format(out);  // before any work
  config::Config config = config_of(run);
  if (invocation.has("frames"))
    config::set_option(config, *config::find_option("gif"), invocation.text("frames", ""), "--frames");

  const auto grids = run::readable(run::history(run, config));
  if (grids.empty())
    throw Error(ErrorKind::data,
                str("no grids in ", printable(run::file_in(run, run::kSamples).path().string()),
                    " but that of the untrained network: nothing to animate"));
  image::Frames frames = sized_frames(invocation, run::grid_frames(grids));
  if (invocation.has("caption")) {
    std::vector<std::string> texts;
    for (const auto& grid : grids) texts.push_back(grid.caption);
    const auto [red, green, blue] = config::parse_color(config.grid_color);
    const image::Captions captions(frames[0].width, std::move(texts), {red, green, blue});
    frames = image::Frames(grids.size(),
                           [captions, frames](std::size_t i) { return captions.below(frames[i], i); });
  }
  if (invocation.has("out")) {
    write_animation(out, frames, style, run::history_fields(config));
    return 0;
  }
  run::write_file(run, run::kAnimationFile,
                  image::encode_animation(animation_format(out), frames, style, run::history_fields(config)));
  core::print(out.string());
  return 0;
}

}  // namespace facegan::app
