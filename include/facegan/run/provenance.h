#pragma once
// What facegan writes into its PNGs and animations: text fields that say what a picture is and how it came to
// be. They depend on the settings, the checkpoint and the call, never on the clock or the place of the file.
#include "facegan/config/config.h"
#include "facegan/image/image.h"

namespace facegan::run {

inline constexpr const char* kFieldSoftware = "Software";      // of the PNG specification: "facegan 0.1.0"
inline constexpr const char* kFieldKind = "facegan:kind";      // a name of kKind...
inline constexpr const char* kFieldPreset = "facegan:preset";  // of the run
inline constexpr const char* kFieldSeed = "facegan:seed";    // of the pictures; in a run's samples the run's
inline constexpr const char* kFieldIndex = "facegan:index";  // "3", "0-63": pictures of these seeds
inline constexpr const char* kFieldCondition = "facegan:condition";  // what the pictures are to show
inline constexpr const char* kFieldFrame = "facegan:frame";          // of a walk, from 0
inline constexpr const char* kFieldEpoch = "facegan:epoch";          // begun or done when a run wrote it
inline constexpr const char* kFieldStep = "facegan:step";            // steps done then
inline constexpr const char* kFieldWeights = "facegan:weights";      // of the generator: mean, raw
inline constexpr const char* kFieldDataset = "facegan:dataset";      // name
inline constexpr const char* kFieldData = "facegan:data";  // fingerprint of the pictures compared with
inline constexpr const char* kFieldHash = "facegan:checkpoint-hash";
inline constexpr const char* kFieldCommand = "facegan:command";  // makes it again: without --out, words as a
                                                                 // shell reads them
inline constexpr const char* kFieldLink = "facegan:link";        // "#...": the page's state, behind its name
inline constexpr const char* kFieldLatent = "facegan:latent";    // base64 of float32, where no seed makes it

inline constexpr const char* kKindPage = "page";  // saved from explore.html, which computes it itself
inline constexpr const char* kKindGrid = "training grid";
inline constexpr const char* kKindHistory = "training history";
inline constexpr const char* kKindReal = "training pictures";
inline constexpr const char* kKindScores = "sheet of scores";

// software, kind, preset, then more.
image::TextFields text_fields(const config::Config& config, const std::string& kind, image::TextFields more);
// Of an animation of a run's grids.
image::TextFields history_fields(const config::Config& config);

}  // namespace facegan::run
