#include "facegan/report/report.h"

#include "report/run_page.h"

namespace facegan::report {

namespace fs = std::filesystem;

struct ReportWriter::State {
  run::Record run;
  RunPage page;
};

ReportWriter::ReportWriter(fs::path run) : state_(std::make_unique<State>()) {
  state_->run.folder = std::move(run);
}

ReportWriter::~ReportWriter() = default;

std::vector<fs::path> ReportWriter::write(bool live) {
  state_->run.update();
  return state_->page.write(state_->run, live);
}

}  // namespace facegan::report
