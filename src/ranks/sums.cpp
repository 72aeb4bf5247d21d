#include "ranks/sums.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstdlib>
#include <set>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include "device/cuda_module.h"
#include "facegan/core/log.h"
#include "facegan/core/text.h"
#include "facegan/device/device.h"
#include "ranks/impl.h"

namespace facegan::ranks {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

BackendPtr gloo(const StorePtr& store, const Place& place, const std::string& name) {
  using Gloo = c10d::ProcessGroupGloo;
  const auto options = Gloo::Options::create(std::chrono::seconds(static_cast<std::int64_t>(kPatience_s)));
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");  // as PyTorch reads it
  // Nothing of this is authenticated: what need not leave the machine does not.
  options->devices.push_back(
      interface && *interface  ? Gloo::createDeviceForInterface(core::split(interface, ',')[0])
      : place.on_one_machine() ? Gloo::createDeviceForHostname("127.0.0.1")
                               : Gloo::createDefaultDevice());
  return c10::make_intrusive<Gloo>(c10::make_intrusive<c10d::PrefixStore>(name, store), place.rank,
                                   place.size, options);
}

// Whether ranks see the same GPU: NCCL refuses these.
bool share_a_gpu(c10d::Store& store, const Place& place, const std::string& machine,
                 const std::string& device) {
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  const auto key = [](int rank) { return core::str("gpu/", rank); };
  store.set(key(place.rank), core::str(machine, '\n', visible ? visible : "all", '\n', device));
  std::set<std::string> seen;
  for (int i = 0; i < place.size; ++i)
    if (!seen.insert(store.get_to_str(key(i))).second) return true;
  return false;
}

// Work of a process group that goes on.
c10::intrusive_ptr<c10d::Work> begin_sum(const Team& team, const Tensor& x,
                                         const c10d::ReduceOp& how = c10d::ReduceOp::SUM) {
  c10::intrusive_ptr<c10d::Work> work;
  std::vector<Tensor> tensors = {x};
  c10d::AllreduceOptions options;
  options.reduceOp = how;
  Team::Impl& impl = team.impl();
  impl.together([&] { work = (x.is_cpu() ? impl.control : impl.data)->allreduce(tensors, options); });
  return work;
}

void wait_for(const Team& team, const c10::intrusive_ptr<c10d::Work>& work) {
  team.impl().together([&] { work->wait(); });
}

// The sum is its own derivative.
struct Added : torch::autograd::Function<Added> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Team* team) {
    context->saved_data["team"] = reinterpret_cast<std::int64_t>(team);
    const Tensor out = x.clone(at::MemoryFormat::Contiguous);
    wait_for(*team, begin_sum(*team, out));
    return out;
  }
  static variable_list backward(AutogradContext* context, const variable_list& of_output) {
    const auto* team = reinterpret_cast<const Team*>(context->saved_data["team"].toInt());
    return {apply(of_output[0], team), Tensor()};
  }
};

}  // namespace

// Gloo takes tensors of a GPU, too, through the host's memory. All ranks take the same.
void Team::connect(const std::string& device) {
  Impl& impl = *impl_;
  impl.together([&] { impl.control = gloo(impl.store, place_, "gloo"); });
  impl.data = impl.control;
  if (!device.starts_with("cuda")) return;
  const FaceganCuda* cuda = device::cuda_module();
  bool shared = false;
  impl.together([&] {
    const std::string& name = impl.names[static_cast<std::size_t>(rank())];
    const std::size_t begin = name.find('(');
    shared = share_a_gpu(*impl.store, place_, name.substr(begin, name.find(", process") - begin), device);
  });
  const bool without = greatest({!cuda || !cuda->open_nccl})[0] != 0;
  if (shared || without) {
    if (leads())
      core::log_warning("the ranks sum through the host's memory, slowly: ",
                        shared ? "some of them share a GPU" : "some were built without NCCL's header");
    impl.together([&] { impl.data = gloo(impl.store, place_, "gloo of tensors"); });
    return;
  }
  const StorePtr own = c10::make_intrusive<c10d::PrefixStore>("nccl", impl.store);
  impl.together(
      [&] { cuda->open_nccl(&own, rank(), size(), device::device_index(device), kPatience_s, &impl.data); });
}

std::vector<std::int64_t> Team::greatest(const std::vector<std::int64_t>& numbers) const {
  Tensor all = at::empty({static_cast<std::int64_t>(numbers.size())}, at::kLong);
  std::copy(numbers.begin(), numbers.end(), all.mutable_data_ptr<std::int64_t>());
  wait_for(*this, begin_sum(*this, all, c10d::ReduceOp::MAX));
  const auto* begin = all.const_data_ptr<std::int64_t>();
  return {begin, begin + numbers.size()};
}

Tensor sum(const Team& team, const Tensor& x) {
  return Added::apply(x, &team);
}

void mean_(const Team& team, Tensor& x) {
  wait_for(team, begin_sum(team, x));
  x.div_(team.size());
}

void share(const Team& team, const std::vector<Tensor>& tensors) {
  const c10::AutoGradMode no_grad(false);
  for (const Tensor& tensor : tensors) {
    const Tensor packed = tensor.contiguous().reshape({-1});
    std::vector<Tensor> one = {packed};
    team.impl().together(
        [&] { (tensor.is_cpu() ? team.impl().control : team.impl().data)->broadcast(one)->wait(); });
    if (!team.leads()) tensor.variable_data().copy_(packed.view(tensor.sizes()));
  }
}

struct Sum::Impl {
  const Team& team;
  c10::intrusive_ptr<c10d::Work> work;
};

Sum::Sum(const Team& team, const Tensor& x) : impl_(new Impl{team, begin_sum(team, x)}) {}
Sum::~Sum() = default;
Sum::Sum(Sum&&) noexcept = default;
void Sum::wait() {
  wait_for(impl_->team, impl_->work);
}

}  // namespace facegan::ranks
