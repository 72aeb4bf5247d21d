#include "facegan/infer/features.h"

#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>

#include "facegan/config/options.h"
#include "facegan/core/checksum.h"
#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"
#include "infer/exact.h"
#include "infer/feature_models.h"
#include "infer/model.h"

namespace facegan::infer {

struct FeatureNetwork::State {
  std::string name, label, weights_hash, resize;
  FeatureModel model;
};

namespace {

namespace fs = std::filesystem;
using core::str;

constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;  // of a file
constexpr std::int64_t kMostFeatures = 8192;  // their covariance is of so many rows and columns

// TorchScript that is known to be what it is called: inception-2015-12-05.pt of NVIDIA's StyleGAN (95,607,719
// bytes), which all Frechet Inception distances that are comparable with published ones are computed by.
constexpr const char* kKnownScripts[] = {"f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4"};

std::string resolved(const std::string& device) {
  config::Config machine;
  config::set_option(machine, *config::find_option("device"), device, "--device");
  machine.precision = "fp32", machine.threads = 1;
  device::resolve_machine(machine);
  return machine.device;
}

std::string bytes_of(const fs::path& path) {
  return core::read_file(path, kMostBytes, ErrorKind::data);
}

// How the script that comes with the program is called here.
std::string script_call(const std::string& script) {
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place : {"scripts", "../share/facegan/scripts", "../../scripts"}) {
    const fs::path path = (own / place / script).lexically_normal();
    if (!own.empty() && fs::is_regular_file(path, error) && core::shows_as_it_is(path.string()))
      return core::shell_quoted(path.string());
  }
  return "scripts/" + script;
}

const char* name_of(Resize resize) {
  return resize == Resize::clean ? "clean" : "legacy";
}

// [N, D] on the host, or what is wrong with it.
at::Tensor checked(const at::Tensor& out, std::size_t pictures, const std::string& name, const char* what) {
  const auto fail = [&](const std::string& why) {
    throw Error(ErrorKind::checkpoint, str(core::printable(name), ": ", why));
  };
  if (out.dim() != 2 || out.size(0) != static_cast<std::int64_t>(pictures) || out.size(1) < 1)
    fail(str("it makes ", what, " of the shape ", spec::shape_text(out.sizes().vec()), " of ", pictures,
             " pictures instead of a row for each"));
  if (out.size(1) > kMostFeatures)
    fail(str("it makes ", out.size(1), " ", what, " of a picture, more than ", kMostFeatures));
  const at::Tensor values = out.to(at::kCPU, at::kFloat).contiguous();
  if (!at::isfinite(values).all().item<bool>()) fail(str("its ", what, " are not all finite numbers"));
  return values;
}

Features joined(const std::vector<at::Tensor>& parts) {
  Features out;
  for (const at::Tensor& part : parts) {
    if (!part.defined()) continue;
    out.width = part.size(1);
    out.values.insert(out.values.end(), part.const_data_ptr<float>(),
                      part.const_data_ptr<float>() + part.numel());
  }
  return out;
}

// Pictures first .. first + count - 1 as [size, H, W, C], zeros after those there are.
at::Tensor bytes_of(const PictureSource& pictures, std::size_t first, std::size_t count, std::size_t size) {
  const at::Tensor bytes = at::zeros(
      {static_cast<std::int64_t>(size), pictures.size.height, pictures.size.width, pictures.channels},
      at::kByte);
  const auto each = static_cast<std::size_t>(pictures.size.pixels() * pictures.channels);
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(bytes.mutable_data_ptr<std::uint8_t>() + i * each, pictures.get(first + i).data(), each);
  return bytes;
}

}  // namespace

at::Tensor resized_clean(const at::Tensor& bytes, std::int64_t side) {
  at::Tensor x = bytes.permute({0, 3, 1, 2}).to(at::kFloat);
  if (x.size(2) != side || x.size(3) != side) {
    const std::vector<std::int64_t> size = {side, side};
    x = at::_upsample_bicubic2d_aa(x, size, /*align_corners=*/false).clamp_(0, 255);
  }
  return x.expand({-1, 3, -1, -1}).contiguous(at::MemoryFormat::ChannelsLast);
}

std::string first_line(const char* message) {
  std::string_view text = message;
  // "forward() of a script: ... \n Traceback ...\nRuntimeError: the reason"
  if (const auto at = text.rfind("\nRuntimeError: "); at != text.npos) text.remove_prefix(at + 1);
  text = text.substr(0, text.find('\n'));
  return core::printable(core::trim(text));
}

fs::path lite0_weights() {
  const fs::path weights = core::cache_folder() / "features" / "lite0.safetensors";
  std::error_code error;
  if (!fs::exists(weights, error))
    throw Error(ErrorKind::data,
                str("features of lite0: its weights are not there, ", core::printable(weights.string()),
                    "; this call makes them: python3 ", script_call("features"), " lite0"));
  return weights;
}

FeatureNetwork::FeatureNetwork(std::unique_ptr<State> state) : state_(std::move(state)) {}
FeatureNetwork::~FeatureNetwork() = default;
FeatureNetwork::FeatureNetwork(FeatureNetwork&&) noexcept = default;

FeatureNetwork FeatureNetwork::lite0(const fs::path& weights, const std::string& device) {
  std::string bytes = bytes_of(weights);
  const std::string hash = core::sha256(bytes);
  const auto file = core::parse_safetensors(std::move(bytes), weights.string());
  return FeatureNetwork(std::make_unique<State>(State{
      "lite0", "Lite0, not FID", hash, "clean", lite0_model(file, weights.string(), resolved(device))}));
}

FeatureNetwork FeatureNetwork::file(const fs::path& path, Resize resize, bool trust_script,
                                    const std::string& device) {
  const std::string bytes = bytes_of(path), shown = core::printable(path.string());
  if (!bytes.starts_with("PK")) {  // TorchScript is a zip file
    const auto file = core::parse_safetensors(bytes, path.string());
    if (!is_lite0(file))
      throw Error(ErrorKind::checkpoint,
                  str(shown, ": its weights are not those of lite0; other networks must be TorchScript"));
    return lite0(path, device);
  }
  const std::string hash = core::sha256(bytes);
  const bool known =
      std::find(std::begin(kKnownScripts), std::end(kKnownScripts), hash) != std::end(kKnownScripts);
  if (!known && !trust_script)
    throw Error(ErrorKind::usage, str(shown, " is TorchScript with the unknown SHA-256 ", hash,
                                      ": it is a program that may do all that you may; give evaluate "
                                      "--trust-script if you know where it comes from (train takes none)"));
  return FeatureNetwork(std::make_unique<State>(
      State{path.filename().string(), known ? "Inception" : core::printable(path.filename().string()), hash,
            name_of(resize), script_model(bytes, path.string(), resize, resolved(device))}));
}

FeatureNetwork FeatureNetwork::discriminator(const run::Loaded& loaded, const std::string& device) {
  return FeatureNetwork(std::make_unique<State>(
      State{"d", "this discriminator's features: not comparable with another's",
            loaded.text(core::kChecksumKey), "none", discriminator_model(loaded, device)}));
}

const std::string& FeatureNetwork::name() const {
  return state_->name;
}
const std::string& FeatureNetwork::label() const {
  return state_->label;
}
const std::string& FeatureNetwork::weights_hash() const {
  return state_->weights_hash;
}
const std::string& FeatureNetwork::resize() const {
  return state_->resize;
}
const std::string& FeatureNetwork::device() const {
  return state_->model.device;
}
bool FeatureNetwork::has_logits() const {
  return static_cast<bool>(state_->model.logits);
}

FeatureNetwork::Output FeatureNetwork::of(const PictureSource& pictures, bool logits,
                                          const std::function<void(std::size_t)>& progress) const {
  const FeatureModel& model = state_->model;
  const std::size_t size = model.chunk, chunks = (pictures.count + size - 1) / size;
  const at::Device device(model.device);
  std::vector<at::Tensor> features(chunks), classes(chunks);
  std::mutex mutex;
  std::size_t done = 0;
  compute_each(model.device, chunks, [&](std::size_t k) {
    c10::AutoGradMode no_grad(false);
    std::optional<Exact> exact;
    if (device.is_cuda()) exact.emplace();
    const std::size_t first = k * size, count = std::min(size, pictures.count - first);
    const at::Tensor bytes = bytes_of(pictures, first, count, size).to(device);
    const at::Tensor out = model.features(bytes);
    const auto rows = static_cast<std::int64_t>(count);
    features[k] = checked(out, size, state_->name, "features").narrow(0, 0, rows);
    if (logits)
      classes[k] = checked(model.logits(bytes, out), size, state_->name, "class scores").narrow(0, 0, rows);
    const std::lock_guard lock(mutex);
    done += count;
    if (progress) progress(done);
  });
  return {joined(features), joined(classes)};
}

}  // namespace facegan::infer
