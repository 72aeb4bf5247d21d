#include "train/grids.h"

#include "facegan/infer/sampler.h"
#include "facegan/run/files.h"
#include "facegan/run/folder.h"
#include "facegan/run/history.h"
#include "train/outputs.h"

namespace facegan::train {
namespace {

constexpr const char* kGrids = "sample grids";
constexpr const char* kAnimation = run::kAnimationFile.name;

}  // namespace

Grids::Grids(const std::filesystem::path& folder, const Trainer& trainer, Failures& failures,
             std::function<void(const report::Pictures&)> show)
    : folder_(folder),
      trainer_(trainer),
      config_(trainer.config()),
      failures_(failures),
      show_(std::move(show)),
      every_(config_.sample_every) {}

std::int64_t Grids::last_epoch() const {
  return (trainer_.step() + trainer_.steps_per_epoch() - 1) / trainer_.steps_per_epoch();
}

void Grids::make(const core::Inside& file, const std::vector<image::Image>& pictures) const {
  show_(write_sample_grid(file, pictures.empty() ? trainer_.grid_pictures() : pictures, config_, last_epoch(),
                          trainer_.step()));
}

void Grids::write(const core::Inside& file, const std::vector<image::Image>& pictures) {
  failures_.attempt(kGrids, [&] { make(file, pictures); });
}

void Grids::write_first() {
  make(run::grid_file(folder_, 0), {});
}

void Grids::write_due(const std::vector<image::Image>& pictures) {
  write(every_.by_time() ? run::step_grid_file(folder_, trainer_.step())
                         : run::grid_file(folder_, trainer_.step() / trainer_.steps_per_epoch()),
        pictures);
}

void Grids::write_now() {
  write(run::step_grid_file(folder_, trainer_.step()));
}

void Grids::write_again() {
  const std::int64_t epoch = trainer_.step() / trainer_.steps_per_epoch();
  if (trainer_.step() % trainer_.steps_per_epoch() == 0 && every_.includes(epoch))
    write(run::grid_file(folder_, epoch));
}

void Grids::write_last() {
  if (const std::int64_t epoch = last_epoch(); epoch > 0) write(run::grid_file(folder_, epoch));
  write_animation();
}

void Grids::write_last_of_best() {
  failures_.attempt(kGrids, [this] {
    const run::Best& best = *trainer_.best();
    const infer::Sampler sampler(run::load_file(run::best_checkpoint(folder_)), config_.device);
    const std::int64_t per_epoch = trainer_.steps_per_epoch();
    show_(write_sample_grid(run::grid_file(folder_, last_epoch()),
                            sampler.pictures(grid_latents(config_, sampler.conditions())), config_,
                            (best.step + per_epoch - 1) / per_epoch, best.step));
  });
  write_animation();
}

void Grids::write_animation() {
  failures_.attempt(kAnimation, [this] { train::write_animation(folder_, config_); });
}

void Grids::remove_later(const std::string& sample_every_before) const {
  const std::int64_t done = trainer_.step() / trainer_.steps_per_epoch();
  const bool stays = every_.includes(done) || Schedule(sample_every_before).includes(done);
  run::remove_grids_after(folder_, stays ? done : done - 1, trainer_.step());
}

}  // namespace facegan::train
