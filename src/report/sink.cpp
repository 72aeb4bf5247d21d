#include "facegan/report/sink.h"

#include <algorithm>
#include <iterator>

#include "facegan/run/files.h"

namespace facegan::report {

// Each in its own file.
std::unique_ptr<Sink> make_metrics_file(const SinkSetup& setup);
std::unique_ptr<Sink> make_tensorboard(const SinkSetup& setup);
std::unique_ptr<Sink> make_console(const SinkSetup& setup);
std::unique_ptr<Sink> make_preview(const SinkSetup& setup);
std::unique_ptr<Sink> make_page(const SinkSetup& setup);

std::span<const SinkRow> sinks() {
  static constexpr SinkRow kSinks[] = {
      {run::kMetricsFile.name, make_metrics_file},  // first: drops later lines before anybody reads them
      {"TensorBoard's events", make_tensorboard},
      {"the console", make_console},
      {"--preview", make_preview},
      {run::kPageFile.name, make_page},
  };
  return kSinks;
}

const SinkRow& page_sink() {
  return *std::find_if(sinks().begin(), sinks().end(),
                       [](const SinkRow& row) { return row.make == make_page; });
}

}  // namespace facegan::report
