// SPDX-License-Identifier: MIT-0
#pragma once
// The checks, in the order in which they run and are reported. One that must run in a process with the plugin
// ends that process by one of the functions of verdict.hpp.
#include <chrono>
#include <span>
#include <string>

#include "check/driver.hpp"

namespace dbmux::check {

// What a check works with. `setup` is only filled for those that need `options`.
struct Bench {
  std::string file;
  const Plugin& plugin;
  Setup setup;

  Query query(const std::string& text) const;
  // The statement, or the end of the check.
  const std::string& need(const std::optional<std::string>& statement, const char* name) const;
  // For checks to which any statement will do that gives rows.
  Query any() const;
};

struct Check {
  const char* name;
  const char* promise;  // shown when the plugin dies in it
  const char* needs;    // the check that must have passed, "" none
  void (*run)(const Bench&);
  int patience = 1;  // times the time limit
};

std::span<const Check> all_checks();

// Looked at without a process: the file itself.
struct FileCheck {
  const char* name;
  Finding (*run)(const std::string& file);
};
std::span<const FileCheck> file_checks();

namespace checks {

void load(const Bench&);
void descriptor(const Bench&);
void schema(const Bench&);
void options(const Bench&);
void source(const Bench&);
void connection(const Bench&);
void close(const Bench&);
void statement(const Bench&);
void cells(const Bench&);
void batch_of_1(const Bench&);
void batch_of_1000(const Bench&);
void early_close(const Bench&);
void empty_text(const Bench&);
void unknown_language(const Bench&);
void wrong_statement(const Bench&);
void values(const Bench&);
void cell_limit(const Bench&);
void read_only(const Bench&);
void cancel_before(const Bench&);
void cancel_during(const Bench&);
void cancel_other(const Bench&);
void deadline_past(const Bench&);
void deadline_during(const Bench&);
void reset(const Bench&);
void other_threads(const Bench&);
void two_sessions(const Bench&);
void extensions(const Bench&);
void introspection(const Bench&);
void items(const Bench&);
void items_called(const Bench&);
void process_state(const Bench&);
void steady_connections(const Bench&);
void steady_sources(const Bench&);
void end_of_process(const Bench&);

}  // namespace checks
}  // namespace dbmux::check
