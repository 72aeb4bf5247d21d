// How ranks meet, and what they tell each other through the store.
#include "facegan/ranks/team.h"

#include <c10/util/Logging.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "facegan/core/checksum.h"
#include "facegan/core/clock.h"
#include "facegan/core/log.h"
#include "facegan/core/stop.h"
#include "facegan/core/text.h"
#include "ranks/impl.h"

namespace facegan::ranks {
namespace {

using core::str;

constexpr double kMeeting_s = 300;  // for all to come

std::chrono::milliseconds milliseconds(double s) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(1000 * s));
}

std::string machine_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return core::printable(name);
}

// What LibTorch says goes on with a stack.
std::string first_line(const std::string& what) {
  return core::printable(what.substr(0, what.find('\n')));
}

std::string store_of(const Place& place) {
  return str("the store at ", core::printable(place.address), ":", place.port);
}

StorePtr open_store(const Place& place) {
  // A lost rank is told in a line; LibTorch would add the stack of every thread that notices.
  FLAGS_caffe2_log_level = c10::GLOG_FATAL;
  // Nobody reads its record of every sum, which process groups of one process write to without a lock.
  [[maybe_unused]] static const int set = ::setenv("TORCH_FR_BUFFER_SIZE", "0", /*overwrite=*/0);
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(place.port);
  options.isServer = place.leads() && !place.agent_keeps_store;
  options.waitWorkers = false;
  options.timeout = milliseconds(kMeeting_s);
  try {
    return c10::make_intrusive<c10d::TCPStore>(place.address, options);
  } catch (const std::exception& error) {
    throw Error(ErrorKind::rank,
                str(options.isServer ? "cannot open " : "cannot reach ", store_of(place),
                    " (MASTER_ADDR, MASTER_PORT) through which the ranks meet: ", first_line(error.what())));
  }
}

std::string key_of(const char* what, int rank) {
  return str(what, '/', rank);
}

}  // namespace

Team::Impl::Impl(const Place& at, double silence, OnEnd call)
    : place(at),
      silence_s(silence),
      // The store, a single thread, hears of each rank twice in a second, of many more seldom.
      interval_s(std::min(std::max(0.5, at.size / 200.0), silence / 4)),
      on_end(std::move(call)) {
  root = c10::make_intrusive<c10d::PrefixStore>("facegan", open_store(place));
  try {
    meet();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::rank,
                str(store_of(place), " has gone while the ranks met (", first_line(error.what()),
                    "); look at what the others said, and start all again"));
  }
  store->setTimeout(milliseconds(kPatience_s));
}

std::vector<std::string> Team::Impl::keys_of(const char* what) const {
  std::vector<std::string> keys;
  for (int i = 0; i < place.size; ++i) keys.push_back(key_of(what, i));
  return keys;
}

// The texts of all ranks under a key each; "" where there is none yet.
std::vector<std::string> Team::Impl::texts_of(c10d::Store& through, const char* what) const {
  std::vector<std::string> texts;
  for (const auto& key : keys_of(what)) texts.push_back(through.check({key}) ? through.get_to_str(key) : "");
  return texts;
}

// id: what was proposed; "" = nothing yet.
void Team::Impl::throw_missing(const std::string& id) const {
  const auto those = [](const std::vector<std::string>& texts, const auto& counts) {
    std::vector<std::string> found;
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (counts(texts[i])) found.push_back(str(i));
    return found;
  };
  auto missing = those(texts_of(*root, "hello"), [](const std::string& text) { return text.empty(); });
  // Then some have come and said nothing since.
  if (missing.empty())
    missing = those(texts_of(*root, "agree"), [&](const std::string& of) { return of != id; });
  throw Error(
      ErrorKind::rank,
      str(missing.size(), " of ", place.size, " ranks did not meet at ", core::printable(place.address), ":",
          place.port, " within ", kMeeting_s, " s: ", missing.size() == 1 ? "rank " : "ranks ",
          core::join(missing, ", "), "; look at what they said, and start all again"));
}

// Torchrun's store has what ranks of earlier starts have left, and may start some of them anew before others:
// rank 0 proposes the ones that it sees, and begins when all of these have agreed to be the ones.
void Team::Impl::meet() {
  const double begin = core::now_s(), pause_s = std::max(0.02, place.size / 5000.0);
  const std::string self = str(machine_name(), ", process ", ::getpid()),
                    token = str(self, '\n', static_cast<std::int64_t>(1e6 * begin));
  root->set(key_of("hello", place.rank), token);
  std::vector<std::string> tokens;
  std::string id;
  for (bool agreed = false; !agreed; std::this_thread::sleep_for(milliseconds(pause_s))) {
    if (core::stop_signal() != 0)
      throw Error(ErrorKind::rank,
                  str("asked to end (signal ", core::stop_signal(), ") before all ranks had come"));
    if (core::now_s() - begin > kMeeting_s) throw_missing(id);
    if (place.leads()) {
      const auto now = texts_of(*root, "hello");
      if (std::find(now.begin(), now.end(), "") != now.end()) continue;
      if (now != tokens) {
        tokens = now;
        const std::string all = core::join(tokens, "\n");
        id = str(core::xxh64(all.data(), all.size()));
        root->set("tokens/" + id, core::join(tokens, "\r"));
        root->set("start", id);
        root->set(key_of("agree", 0), id);
      }
      const auto answers = texts_of(*root, "agree");
      agreed = std::all_of(answers.begin(), answers.end(), [&](const std::string& of) { return of == id; });
      if (agreed) root->set("go/" + id, "yes");
    } else if (root->check({"start"})) {
      if (const std::string proposed = root->get_to_str("start"); proposed != id) {
        id = proposed;
        tokens = core::split(root->get_to_str("tokens/" + id), '\r');
        const auto mine = static_cast<std::size_t>(place.rank);
        if (tokens.size() > mine && tokens[mine] == token) root->set(key_of("agree", place.rank), id);
      }
      agreed = root->check({"go/" + id}) && tokens.size() == static_cast<std::size_t>(place.size) &&
               tokens[static_cast<std::size_t>(place.rank)] == token;
    }
  }
  store = c10::make_intrusive<c10d::PrefixStore>(id, root);
  std::vector<std::string> machines;
  for (const auto& each : tokens) {
    const std::string shown = each.substr(0, each.find('\n'));
    names.push_back(str("rank ", names.size(), " (", core::printable(shown), ')'));
    machines.push_back(shown.substr(0, shown.rfind(", process ")));
  }
  if (place.knows_machine) return;
  const auto own = machines.begin() + place.rank;
  place.local_rank = static_cast<int>(std::count(machines.begin(), own, *own));
  place.local_size = static_cast<int>(std::count(machines.begin(), machines.end(), *own));
}

std::string Team::Impl::name_of(int of) const {
  return names[static_cast<std::size_t>(of)];
}

std::string Team::Impl::text_of(const std::string& key) {
  std::string text;
  together([&] { text = store->get_to_str(key); });
  return text;
}

Team::Team(const Place& place, double silence_s, OnEnd on_end)
    : impl_(std::make_unique<Impl>(place, silence_s, std::move(on_end))) {
  place_ = impl_->place;
  core::set_ends_at_once(true);
  impl_->start_watch();
}

Team::~Team() {
  if (core::ends_at_once()) {
    impl_.release();  // its threads may wait for others, and so would whoever waits for these
    return;
  }
  if (impl_->data) impl_->data->shutdown();
}

void Team::compare(const std::string& about,
                   const std::vector<std::pair<std::string, std::string>>& facts) const {
  if (place_.leads())
    for (const auto& [what, text] : facts) impl_->store->set(str("fact/", about, '/', what), text);
  std::string difference;
  for (const auto& [what, text] : facts) {
    const std::string first = impl_->text_of(str("fact/", about, '/', what));
    if (first != text && difference.empty())
      difference = str(what, " is ", core::printable(text.substr(0, 200)), ", on rank 0 ",
                       core::printable(first.substr(0, 200)));
  }
  const std::string verdict = "compared " + about;
  impl_->store->set(key_of(verdict.c_str(), rank()), difference);
  for (int i = 0; i < size(); ++i)
    if (const std::string other = impl_->text_of(key_of(verdict.c_str(), i)); !other.empty())
      throw Error(ErrorKind::usage, str("the ranks do not train the same: ", impl_->name_of(i), ": ", other,
                                        "; start all with the same program, settings and pictures"));
}

std::string Team::share(const std::string& text, int of) const {
  const std::string key = str("shared/", impl_->shared++);
  if (rank() == of) impl_->store->set(key, text);
  return rank() == of ? text : impl_->text_of(key);
}

void Team::remember(const std::string& key, const std::string& text) {
  impl_->root->set("note/" + key, text);
}

std::string Team::remembered(const std::string& key) {
  return impl_->root->check({"note/" + key}) ? impl_->root->get_to_str("note/" + key) : "";
}

bool Team::fail(const std::string& why, bool of_another) const {
  impl_->ending = true;  // what it tells is not news to itself
  try {
    const bool is_first =
        impl_->tell_end(*impl_->store, of_another ? why : str(impl_->name_of(rank()), " has ended: ", why));
    // Who keeps the store takes it away: the others hear of the end before.
    if (place_.leads() && !place_.agent_keeps_store && size() > 1)
      std::this_thread::sleep_for(milliseconds(3 * impl_->interval_s));
    return is_first;
  } catch (const std::exception& error) {
    core::log_debug("the other ranks could not be told: ", first_line(error.what()));
    return true;
  }
}

void Team::leave() {
  Impl& impl = *impl_;
  // Rank 0 still writes when the others have done their last step. While they are there somebody sees it
  // hang.
  if (!place_.leads()) impl.together([&] { impl.store->wait({key_of("left", 0)}, std::chrono::hours(24)); });
  try {
    impl.stop_watch();
    // From here on nobody looks at this rank: its process ends at once, without a farewell of Gloo's.
    impl.store->set(key_of("left", rank()), "yes");
    // Who keeps the store goes last.
    if (place_.leads() && !place_.agent_keeps_store)
      impl.store->wait(impl.keys_of("left"), milliseconds(impl.silence_s));
  } catch (const std::exception& error) {
    core::log_debug("not every rank has left: ", first_line(error.what()));
  }
}

// ---- who is there ---------------------------------------------------------------------------------

// The first one is what counts.
bool Team::Impl::tell_end(c10d::Store& through, const std::string& why) const {
  const std::string none;
  return through.compareSet("end", none, why) == why;
}

void Team::Impl::lost(const std::string& what) {
  std::vector<std::string> missing;
  std::string told;
  try {
    const auto before = texts_of(*store, "beat");
    for (int i = 0; i < 5 && told.empty(); ++i) {
      std::this_thread::sleep_for(milliseconds(interval_s));
      if (store->check({"end"})) told = store->get_to_str("end");
    }
    const auto after = texts_of(*store, "beat");
    for (int i = 0; i < place.size; ++i)
      if (const auto k = static_cast<std::size_t>(i); i != place.rank && before[k] == after[k])
        if (!store->check({key_of("left", i)})) missing.push_back(name_of(i));
  } catch (const std::exception& error) {
    missing = {str("rank 0 or its machine (", first_line(error.what()), ')')};
  }
  if (told.empty() && missing.size() == 1) told = missing[0] + " has ended or is stopped";
  if (told.empty() && missing.size() > 1) told = core::join(missing, ", ") + " have ended or are stopped";
  if (told.empty()) told = "the connection between ranks broke (" + first_line(what) + ')';
  throw Error(ErrorKind::rank, told);
}

void Team::Impl::start_watch() {
  watch_store = store->clone();
  watch_store->setTimeout(milliseconds(silence_s));
  watch_store->set(key_of("beat", place.rank), "0");
  // All have a beat before anyone looks.
  together([&] { watch_store->wait(keys_of("beat")); });
  watcher = std::thread([this] { watch(); });
  alarm = std::thread([this] { guard_watch(); });
}

void Team::Impl::stop_watch() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_all();
  if (watcher.joinable()) watcher.join();
  if (alarm.joinable()) alarm.join();
}

// A store whose machine has gone may take a question and never answer. Counted in rounds: a process that was
// stopped itself has not waited.
void Team::Impl::guard_watch() {
  const int most = static_cast<int>(silence_s / interval_s) + 2;
  for (;;) {
    {
      std::unique_lock lock(mutex);
      if (wake.wait_for(lock, milliseconds(interval_s), [&] { return stopping; })) return;
    }
    if (++idle < most) continue;
    return end(str(store_of(place), ", which ", place.agent_keeps_store ? "torchrun" : names[0],
                   " keeps, has not answered for ", silence_s, " s"));
  }
}

void Team::Impl::watch() {
  int failures = 0;
  for (std::int64_t count = 1;; ++count) {
    {
      std::unique_lock lock(mutex);
      if (wake.wait_for(lock, milliseconds(interval_s), [&] { return stopping; })) return;
    }
    try {
      watch_store->set(key_of("beat", place.rank), str(count));
      if (watch_store->check({"end"})) return end(watch_store->get_to_str("end"));
      look(*watch_store, interval_s);
      failures = 0;
      idle = 0;
    } catch (const std::exception& error) {
      if (++failures < 2) continue;
      return end(str(store_of(place), ", which ", place.agent_keeps_store ? "torchrun" : "rank 0",
                     " keeps, has gone (", first_line(error.what()), ')'));
    }
  }
}

// Rank 0 looks at all, the others at rank 0. `seconds` have passed, in which this process was awake.
void Team::Impl::look(c10d::Store& through, double seconds) {
  std::vector<int> others;
  std::vector<std::string> keys;
  for (int i = 0; i < (place.leads() ? place.size : 1); ++i)
    if (i != place.rank) others.push_back(i), keys.push_back(key_of("beat", i));
  if (keys.empty()) return;
  const auto values = through.multiGet(keys);
  for (std::size_t k = 0; k < others.size(); ++k) {
    Beat& beat = beats[others[k]];
    std::string now(values[k].begin(), values[k].end());
    beat.silent_s = now == beat.last ? beat.silent_s + seconds : 0;
    beat.last = std::move(now);
    if (beat.silent_s < silence_s || through.check({key_of("left", others[k])})) continue;
    const std::string why = str(name_of(others[k]), " has given no sign of life for ", silence_s, " s");
    tell_end(through, why);
    return end(why);
  }
}

void Team::Impl::end(const std::string& why) {
  if (!ending.exchange(true)) on_end(why);
}

}  // namespace facegan::ranks
