#include "options.hpp"
#include "source.hpp"

namespace {

constexpr const char* kLanguages[] = {"tsql", nullptr};
constexpr const char* kUrlSchemes[] = {"mssql", "sqlserver", nullptr};

}  // namespace

extern "C" const dbmux_plugin* dbmux_plugin_v1() noexcept {
  using namespace dbmux;
  return kit::plugin<mssql::Source, mssql::Connection>({"mssql", "SQL Server", "dbmux", "0.1.0", kLanguages,
                                                        kUrlSchemes, mssql::kConfigSchema,
                                                        DBMUX_PLUGIN_EXPERIMENTAL});
}
