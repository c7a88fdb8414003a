#include "connection.hpp"
#include "options.hpp"
#include "source.hpp"

namespace {

constexpr const char* kLanguages[] = {"sql", nullptr};
constexpr const char* kUrlSchemes[] = {"sqlite", "sqlite3", nullptr};

}  // namespace

extern "C" const dbmux_plugin* dbmux_plugin_v1() noexcept {
  using namespace dbmux;
  return kit::plugin<sqlite::Source, sqlite::Connection>(
      {"sqlite", "SQLite", "dbmux", "0.1.0", kLanguages, kUrlSchemes, sqlite::kConfigSchema});
}
