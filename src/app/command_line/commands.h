#pragma once
// The commands of facegan: one table, one source file per command.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "facegan/config/config.h"

namespace facegan::app {

// A flag of one command alone; everything else is in the option table of config.
struct OwnFlag {
  const char* name;   // "dry-run"
  const char* value;  // "N": needs a value; "[RUN]": may have one; "": is on or off; "S...": may be repeated
  const char* help;
};
bool may_be_repeated(const OwnFlag& flag);
inline constexpr char kBetweenRepeated = '\n';  // the values, in Invocation::own

// What the command line asked of a command.
struct Invocation {
  config::Request request;
  std::map<std::string, std::string> own;  // own flags that were given: "count" -> "16", "dry-run" -> ""
  std::vector<std::string> arguments;      // the positional ones
  std::string program;                     // as it was called: "scripts/facegan"

  bool has(const std::string& name) const { return own.contains(name); }
  std::string text(const std::string& name, const std::string& fallback) const;
  // Error(usage) unless it is a whole number in low..high.
  std::int64_t integer(const std::string& name, std::int64_t fallback, std::int64_t low,
                       std::int64_t high) const;
  // Error(usage) unless it is a number in low..high.
  double real(const std::string& name, double fallback, double low, double high) const;
};

struct Command {
  const char* name;  // "train", "data check"
  const char* help;
  unsigned options;  // which rows of the option table are flags here (config::Commands)
  std::vector<OwnFlag> flags;
  // How the help shows the positional argument: "" = none, "[RUN...]" or "FILES...": one or more; a command
  // that cannot do without says so itself.
  const char* argument;
  int (*run)(const Invocation&);  // gives the exit code
};

const std::vector<Command>& commands();

int run_train(const Invocation& invocation);
int run_tune(const Invocation& invocation);
int run_sample(const Invocation& invocation);
int run_interpolate(const Invocation& invocation);
int run_sweep(const Invocation& invocation);
int run_arithmetic(const Invocation& invocation);
int run_export(const Invocation& invocation);
int run_explore(const Invocation& invocation);
int run_import(const Invocation& invocation);
int run_explain(const Invocation& invocation);
int run_bench(const Invocation& invocation);
int run_animate(const Invocation& invocation);
int run_config(const Invocation& invocation);
int run_summary(const Invocation& invocation);
int run_data_check(const Invocation& invocation);
int run_data_pack(const Invocation& invocation);
int run_data_prune(const Invocation& invocation);
int run_data_stats(const Invocation& invocation);
int run_data_preview(const Invocation& invocation);
int run_score(const Invocation& invocation);
int run_evaluate(const Invocation& invocation);
int run_list(const Invocation& invocation);
int run_doctor(const Invocation& invocation);
int run_report(const Invocation& invocation);
int run_completion(const Invocation& invocation);
int run_man(const Invocation& invocation);

}  // namespace facegan::app
