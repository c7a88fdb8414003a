// SPDX-License-Identifier: MIT-0
#include "check/checks.hpp"

#include <algorithm>
#include <array>

#include "check/elf_symbols.hpp"

namespace dbmux::check {
namespace {

using namespace checks;

constexpr Check kChecks[] = {
    {"load", "the file loads, and dbmux_plugin_v1() does nothing but answer", "", load},
    {"descriptor", "the descriptor is complete and of this ABI", "load", descriptor},
    {"schema", "config_schema is a JSON Schema of an object", "descriptor", schema},
    {"options", "the options fit the schema", "schema", options},
    {"source", "a source opens and closes without a server", "options", source},
    {"connection", "a session opens and answers info() and ping()", "source", connection},
    {"close", "a session closes by the deadline", "connection", close},
    {"statement", "a statement runs from execute() to cursor_close()", "close", statement},
    {"cells", "columns and cells are what the header says", "statement", cells},
    {"values", "every kind of parameter comes back unchanged or is refused with a category", "cells", values},
    {"cell_limit", "long cells are cut at max_cell_bytes and flagged", "cells", cell_limit},
    {"batch_of_1", "batch_rows = 1 is obeyed", "statement", batch_of_1},
    {"batch_of_1000", "batch_rows = 1000 is obeyed", "statement", batch_of_1000},
    {"early_close", "a cursor closes in the middle of its rows", "statement", early_close},
    {"empty_text", "an empty text is refused, or gives nothing", "statement", empty_text},
    {"unknown_language", "a language that the descriptor does not name is refused", "statement",
     unknown_language},
    {"errors", "a refused statement gives a complete error, and the session lives on", "statement",
     wrong_statement},
    {"read_only", "READ_ONLY refuses a write, and a read says by what it was held", "statement", read_only},
    {"cancel_before", "a call that is cancelled before it begins ends with E_CANCELLED", "statement",
     cancel_before},
    {"cancel_during", "a running call that is cancelled ends with E_CANCELLED", "statement", cancel_during},
    {"cancel_other", "a cancel of another call changes nothing", "statement", cancel_other},
    {"deadline_past", "a call whose deadline is over returns at once", "statement", deadline_past},
    {"deadline_during", "a running call ends with E_TIMEOUT at its deadline", "deadline_past",
     deadline_during},
    {"reset", "reset() gives the session back as it was, or says that it cannot", "statement", reset},
    {"other_threads", "each function of a session may be called from another thread", "statement",
     other_threads},
    {"two_sessions", "two sessions of one source work at the same time", "statement", two_sessions, 2},
    {"extensions", "get_extension() gives complete tables, and NULL for an id it does not know", "descriptor",
     extensions},
    {"introspection", "introspection has the fixed columns of its kinds", "close", introspection, 2},
    {"items", "items are described as MCP spells them, and alike each time", "close", items, 2},
    {"items_called", "items answer, or refuse, whatever they are given", "items", items_called, 3},
    {"process_state", "locale, folder, umask, environment and signals are left alone", "statement",
     process_state},
    {"steady_connections", "opening and closing sessions leaves no memory, thread or descriptor", "statement",
     steady_connections, 6},
    {"steady_sources", "opening and closing sources leaves no memory, thread or descriptor", "source",
     steady_sources, 4},
    {"end_of_process", "after shutdown() the process ends well", "source", end_of_process},
};

Finding file_is_loadable(const std::string& file) {
  const auto elf = read_elf_symbols(file);
  if (elf.problem.empty()) return {Verdict::ok, "a shared object for this machine", {}, {}};
  return {Verdict::failed, "a shared object for this machine", elf.problem,
          "Give the .so that the build made."};
}

Finding one_symbol(const std::string& file) {
  const auto elf = read_elf_symbols(file);
  if (elf.exported == std::vector<std::string>{"dbmux_plugin_v1"})
    return {Verdict::ok, "exactly one exported symbol", {}, {}};
  std::string names;
  for (std::size_t i = 0; i < std::min<std::size_t>(elf.exported.size(), 5); ++i)
    names += (i ? ", " : "") + printable(elf.exported[i], 60);
  return {Verdict::failed, "exactly one exported symbol, dbmux_plugin_v1",
          elf.exported.empty() ? "none" : std::to_string(elf.exported.size()) + ": " + names,
          "Build with dbmux_plugin() of the package dbmux-plugin: hidden visibility and a version script."};
}

Finding no_forbidden_import(const std::string& file) {
  constexpr std::array kForbidden{
      "_exit",     "chdir",     "clearenv", "execv",  "execve", "exit",       "fork",          "getenv",
      "popen",     "printf",    "putchar",  "putenv", "puts",   "quick_exit", "secure_getenv", "setenv",
      "setlocale", "sigaction", "signal",   "system", "umask",  "unsetenv",   "vfork"};
  const auto elf = read_elf_symbols(file);
  std::string names;
  for (const char* name : kForbidden)
    if (std::binary_search(elf.imported.begin(), elf.imported.end(), name))
      names += (names.empty() ? "" : ", ") + std::string(name);
  if (names.empty()) return {Verdict::ok, "nothing imported that a plugin must not do", {}, {}};
  return {Verdict::warning, "nothing imported that a plugin must not do", names,
          "Options come from the host (x-dbmux-env), text goes to host->log, and the process belongs to the "
          "host."};
}

constexpr FileCheck kFileChecks[] = {
    {"file", file_is_loadable}, {"symbols", one_symbol}, {"imports", no_forbidden_import}};

}  // namespace

std::span<const Check> all_checks() { return kChecks; }
std::span<const FileCheck> file_checks() { return kFileChecks; }

Query Bench::query(const std::string& text) const { return {.language = setup.language, .text = text}; }

const std::string& Bench::need(const std::optional<std::string>& statement, const char* name) const {
  if (!statement) skip(std::string("the plugin names no statement for it (x-dbmux-check: \"") + name + "\")");
  return *statement;
}

Query Bench::any() const {
  if (setup.statements.rows) return query(*setup.statements.rows);
  static const dbmux_value number = [] {
    dbmux_value v{};
    v.kind = DBMUX_I64;
    v.u.i64 = 1;
    return v;
  }();
  Query echo = query(need(setup.statements.echo, "rows\" or \"echo"));
  echo.params = {&number, 1};
  return echo;
}

}  // namespace dbmux::check
