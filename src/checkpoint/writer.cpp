#include "facegan/checkpoint/writer.h"

#include <pthread.h>

#include <memory>
#include <system_error>

#include "facegan/core/error.h"
#include "facegan/core/files.h"
#include "facegan/core/text.h"
#include "facegan/run/best.h"
#include "facegan/run/folder.h"

namespace facegan::checkpoint {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoMemory = "not enough memory to save a checkpoint";

// Files of later steps are none of this run any more (it went on from before them), but damaged.
void remove_old(const fs::path& run, std::int64_t newest, const Retention& retention) {
  std::int64_t kept = 0;
  for (const auto& file : run::checkpoint_files(run)) {
    const std::int64_t step = run::checkpoint_step(file);
    if (step < 0 || step > newest || ++kept <= retention.keep) continue;
    if (retention.every_step > 0 && step > 0 && step % retention.every_step == 0) continue;
    core::remove(file);  // one that stays does no harm
  }
}

}  // namespace

struct Writer::Job {
  std::int64_t step;
  std::string bytes;
  Retention retention;
};

Writer::Writer(fs::path run, Hooks hooks) : run_(std::move(run)), hooks_(std::move(hooks)) {}

Writer::~Writer() {
  wait();
}

void Writer::wait() {
  if (thread_.joinable()) thread_.join();
}

void Writer::save(std::int64_t step, const std::function<std::string()>& bytes, const Retention& retention) {
  wait();  // before the copy: one at a time is in memory
  std::shared_ptr<Job> job;
  try {
    job = std::make_shared<Job>(Job{step, bytes(), retention});
  } catch (const std::exception&) {  // LibTorch reports a failed allocation in many ways
    return hooks_.done(kNoMemory);
  }
  try {
    thread_ = std::thread([this, job] { write(*job); });
    pthread_setname_np(thread_.native_handle(), "facegan-save");
  } catch (const std::system_error&) {
    write(*job);  // no thread to be had: here, then
  }
}

void Writer::write(Job& job) const {
  std::string failure;
  try {
    hooks_.before();
    const core::Inside file = run::checkpoint_file(run_, job.step);
    core::write_file_atomic(file, job.bytes);
    std::string().swap(job.bytes);  // or there would be two in memory
    run::load_file(file);
    remove_old(run_, job.step, job.retention);
    if (job.retention.best) run::keep_best(run_, file);
  } catch (const std::bad_alloc&) {
    failure = kNoMemory;
  } catch (const Error& error) {
    failure = error.what();
  } catch (const std::exception& error) {
    failure = core::printable(error.what());
  }
  hooks_.done(failure);
}

}  // namespace facegan::checkpoint
