#include "facegan/facegan.h"

#include "facegan/core/error.h"
#include "facegan/core/text.h"
#include "facegan/infer/sampler.h"
#include "facegan/run/folder.h"
#include "facegan/version.h"

namespace facegan {
namespace {

// What comes from LibTorch has many lines.
template <class Call>
auto told(Call call) {
  try {
    return call();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    const std::string what = error.what();
    throw std::runtime_error(what.substr(0, what.find('\n')));
  }
}

}  // namespace

struct Generator::State {
  State(const run::Loaded& loaded, const std::string& device) : sampler(loaded, device) {}
  infer::Sampler sampler;
};

Generator::Generator(const std::string& run_or_checkpoint, const std::string& device)
    : state_(told([&] { return std::make_unique<State>(run::load_from(run_or_checkpoint), device); })) {}

Generator::~Generator() = default;
Generator::Generator(Generator&& other) noexcept = default;
Generator& Generator::operator=(Generator&& other) noexcept = default;

int Generator::width() const {
  return static_cast<int>(state_->sampler.config().size.width);
}

int Generator::height() const {
  return static_cast<int>(state_->sampler.config().size.height);
}

int Generator::channels() const {
  return static_cast<int>(state_->sampler.config().channels);
}

int Generator::latent_size() const {
  return static_cast<int>(state_->sampler.config().z);
}

std::vector<std::string> Generator::conditions() const {
  return state_->sampler.conditions().condition().names();
}

std::vector<float> Generator::latent(std::uint64_t seed, std::uint64_t index, const std::string& with) const {
  const spec::WantedRow wanted = state_->sampler.conditions().condition().parse(with);
  const infer::Sample sample{seed, index};
  return state_->sampler.latents(std::span(&sample, 1), wanted).front();
}

Picture Generator::picture(const std::vector<float>& latent) const {
  return pictures({latent}).front();
}

std::vector<Picture> Generator::pictures(const std::vector<std::vector<float>>& latents) const {
  const std::size_t size = static_cast<std::size_t>(latent_size()) + conditions().size();
  for (const auto& latent : latents)
    if (latent.size() != size)
      throw Error(ErrorKind::usage,
                  core::str("a latent of ", latent.size(), " numbers; this generator takes ", size,
                            ", as latent() makes them"));
  std::vector<Picture> out;
  for (image::Image& image : told([&] { return state_->sampler.pictures(latents); }))
    out.push_back({image.width, image.height, image.channels, std::move(image.pixels)});
  return out;
}

const char* library_version() {
  return kVersion;
}

}  // namespace facegan
