#include "train/sinks.h"

#include "facegan/core/log.h"

namespace facegan::train {

using report::Progress;
using report::Sink;

Sinks::Sinks(const report::SinkSetup& setup, Failures& failures, std::span<const report::SinkRow> table)
    : failures_(failures) {
  for (const report::SinkRow& row : table)
    if (auto sink = row.make(setup)) listeners_.push_back({row.name, std::move(sink)});
}

void Sinks::tell(const std::function<bool(Sink&)>& news) {
  for (const Listener& listener : listeners_)
    failures_.follow(listener.name, [&] { return news(*listener.sink); });
}

void Sinks::start(const Progress& progress) {
  tell([&](Sink& sink) { return sink.start(progress); });
}

void Sinks::step(const Progress& progress) {
  tell([&](Sink& sink) { return sink.step(progress); });
}

void Sinks::numbers(const run::Metrics& metrics, const Progress& progress) {
  tell([&](Sink& sink) { return sink.numbers(metrics, progress); });
  core::log_debug(run::metrics_json(metrics));  // into the log
}

void Sinks::pictures(const report::Pictures& pictures, const Progress& progress) {
  tell([&](Sink& sink) { return sink.pictures(pictures, progress); });
}

void Sinks::go_back(const Progress& progress) {
  tell([&](Sink& sink) { return sink.go_back(progress); });
}

void Sinks::sync() {
  tell([](Sink& sink) { return sink.sync(); });
}

void Sinks::finish(const report::End& end, const Progress& progress) {
  tell([&](Sink& sink) { return sink.finish(end, progress); });
}

}  // namespace facegan::train
