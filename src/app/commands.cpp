#include "app/commands.h"

#include "facegan/config/options.h"

namespace facegan::app {

const std::vector<Command>& commands() {
  using config::kBench, config::kData, config::kModel, config::kTrain;
  const OwnFlag from{"from", "RUN|FILE",
                     "a run (number, name, path) or a checkpoint file; default: the newest run"};
  const OwnFlag json{"json", "", "print JSON"};
  const OwnFlag fps{"fps", "X", "frames a second [5]"};
  const OwnFlag last_ms{"last-ms", "N", "milliseconds of the last frame, 0 = as the others [1500]"};
  const OwnFlag loop{"loop", "N", "how often it plays, 0 = for ever; not in an MP4 [0]"};
  const OwnFlag frame_size{"size", "N", "pixels along the longer side [as drawn]"};
  static const std::vector<Command> table = {
      {"train",
       "train a generator and a discriminator; makes a run folder",
       kTrain,
       {{"resume", "[RUN]", "continue a run (number, name, path); without a value: the newest in runs/"},
        {"allow-data-change", "", "with --resume: go on although the pictures have changed"},
        {"allow-config-change", "KEY[,KEY...]", "with --resume: settings that flags may change, too"},
        {"verify", "",
         "with --resume: replay from the checkpoint before the last and compare; write nothing"},
        {"dry-run", "", "check data, networks, one step and the disk; write nothing"}},
       "",
       run_train},
      {"sample",
       "make new pictures from seeds",
       0,
       {from,
        {"seed", "S", "one or more seeds: 7, 1-16 or 3,5,9-12 [1]"},
        {"count", "N", "pictures a seed [64; with several seeds 1]"},
        {"grid", "RxC", "rows x columns of the sheet [nearly square]"},
        {"each", "", "one file per picture: OUT/seed_S_KKKK.png [OUT: this folder]"},
        {"out", "PATH", "file, or folder with --each; default: sample_SEED.png"},
        {"device", "NAME", "auto, cpu, cuda or cuda:N [auto]"}},
       "",
       run_sample},
      {"animate",
       "make an animation of a run's training history: GIF, MP4 or WebP",
       0,
       {{"out", "PATH", "file that ends in .gif, .mp4 or .webp [RUN/training.gif]"},
        {"frames", "RULE", "which grids: auto, all, sqrt or 'every N' [--gif of the run]"},
        fps,
        last_ms,
        loop,
        frame_size,
        {"caption", "", "write the epoch below each frame"}},
       "[RUN]",
       run_animate},
      {"config",
       "print the effective configuration and where each value came from",
       kTrain,
       {},
       "",
       run_config},
      {"summary",
       "print the layers, shapes and parameters of both networks",
       kModel,
       {{from.name, from.value, "the networks of a run (number, name, path) or of a checkpoint file"}, json},
       "",
       run_summary},
      {"data check",
       "read every picture of a data set; count unusable and duplicate ones",
       kData,
       {json},
       "",
       run_data_check},
      {"data pack",
       "decode a data set once, into a file in the cache folder that every run uses",
       kData,
       {json},
       "",
       run_data_pack},
      {"data prune", "remove all packed files from the cache folder", 0, {json}, "", run_data_prune},
      {"bench",
       "measure this machine: pictures, D and G phase, steps and whole training, in images/s",
       kBench,
       {{"steps", "N", "measured steps of each part [16]"}, json},
       "",
       run_bench},
      {"list",
       "name the presets, data sets, losses, update orders, initialisers and layers there are, or the runs",
       0,
       {{"markdown", "", "print Markdown tables"},
        json,
        {"runs", "DIR", "with 'runs': the folder they lie in [runs]"}},
       "[presets|datasets|losses|updates|initialisers|layers|runs]",
       run_list},
      {"doctor", "show versions, devices, threads and memory, and what is missing", 0, {}, "", run_doctor},
  };
  return table;
}

}  // namespace facegan::app
