#pragma once
// What the commands that write animations share.
#include <filesystem>

#include "app/command_line/commands.h"
#include "facegan/image/animation.h"

namespace facegan::app {

// --fps, --last-ms and --loop; Error(usage).
image::AnimationStyle animation_style(const Invocation& invocation, image::AnimationStyle style = {});

// By the ending of --out; Error(usage) for one that is no animation, or that this build cannot write.
image::AnimationFormat animation_format(const std::filesystem::path& out);

// The frames with --size: so many pixels along the longer side.
image::Frames sized_frames(const Invocation& invocation, image::Frames frames);

// Writes the file, with the folders that it needs, and prints its path.
void write_animation(const std::filesystem::path& out, const image::Frames& frames,
                     const image::AnimationStyle& style, const image::TextFields& fields);

}  // namespace facegan::app
