#pragma once
// What tests of several rooms do with the scripted plugin (tests/plugins/scripted/README.md).
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "connections/registry.hpp"

namespace dbmux {

inline PluginFolder& scripted_plugins() {
  static PluginFolder folder({DBMUX_BUILD_DIR "/test-plugins"});
  return folder;
}

using TextRows = std::vector<std::vector<std::string>>;

inline std::string cell_text(const Cell& cell) {
  switch (cell.kind) {
    case Kind::null:
      return "NULL";
    case Kind::boolean:
    case Kind::i64:
      return std::to_string(cell.i64);
    case Kind::u64:
      return std::to_string(cell.u64);
    case Kind::f64:
      return std::to_string(cell.f64);
    default:
      return std::string(cell.view());
  }
}

// Runs a script on a session to its end; the cells of its first result.
inline Result<TextRows> run_script(Call& call, Conn& conn, std::string_view script, bool read_only = true) {
  auto cursor =
      conn.execute(call, Statement{.language = {}, .text = script, .params = {}, .read_only = read_only});
  if (!cursor) return fail(cursor.error());
  TextRows rows;
  while (true) {
    auto batch = (*cursor)->next_batch();
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) break;
    for (std::uint32_t r = 0; r < batch->rows; ++r) {
      auto& row = rows.emplace_back();
      for (std::uint32_t c = 0; c < batch->columns; ++c)
        row.push_back(cell_text(batch->cells[r * batch->columns + c]));
    }
  }
  return rows;
}

// A report of two columns: stats, request.
inline std::map<std::string, std::string> report(Conn& conn, std::string_view which) {
  Call call;
  std::map<std::string, std::string> out;
  auto rows = run_script(call, conn, which);
  EXPECT_TRUE(rows) << rows.error().message;
  if (rows)
    for (const auto& row : *rows) out[row[0]] = row[1];
  return out;
}

// Number of times that something was done to the source; 0 where the plugin does not list it.
inline int counted(Conn& conn, const std::string& counter) {
  const auto stats = report(conn, "stats");
  const auto at = stats.find(counter);
  return at == stats.end() ? 0 : std::stoi(at->second);
}

// Waits for what another thread does; false when it does not come.
template <class Condition>
bool comes_true(Condition&& condition) {
  const auto until = Clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

inline Option option(std::string path, std::variant<std::monostate, bool, std::int64_t, std::string> value) {
  Option o;
  o.path = std::move(path);
  std::visit(
      [&](auto& v) {
        using T = std::decay_t<decltype(v)>;
        o.value.data = v;
        if constexpr (std::is_same_v<T, bool>) o.value.scalar = v ? "true" : "false";
        if constexpr (std::is_same_v<T, std::int64_t>) o.value.scalar = std::to_string(v);
        if constexpr (std::is_same_v<T, std::string>) o.value.scalar = v;
      },
      value);
  return o;
}

inline ConnectionProfile scripted_profile(std::string name, std::vector<Option> options = {}) {
  ConnectionProfile p;
  p.name = std::move(name);
  p.plugin = "scripted";
  p.options = std::move(options);
  p.retry.base = p.retry.cap = std::chrono::milliseconds(1);
  return p;
}

inline Environment no_environment() {
  return [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
}

}  // namespace dbmux
