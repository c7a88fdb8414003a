#include "connection.hpp"
#include "options.hpp"
#include "source.hpp"

#ifndef DBMUX_PLUGIN_ID
#define DBMUX_PLUGIN_ID "postgres"
#endif

namespace {

constexpr const char* kLanguages[] = {"sql", nullptr};
constexpr const char* kUrlSchemes[] = {"postgresql", "postgres", "postgresql+asyncpg", nullptr};

}  // namespace

extern "C" const dbmux_plugin* dbmux_plugin_v1() noexcept {
  using namespace dbmux;
  return kit::plugin<postgres::Source, postgres::Connection>(
      {DBMUX_PLUGIN_ID, "PostgreSQL", "dbmux", "0.1.0", kLanguages, kUrlSchemes, postgres::kConfigSchema});
}
