#include <mongoc/mongoc.h>

#include <string>

#include "connection.hpp"
#include "options.hpp"
#include "source.hpp"

namespace {

using namespace dbmux;

constexpr const char* kLanguages[] = {"mongodb.command", nullptr};
constexpr const char* kUrlSchemes[] = {"mongodb", "mongodb+srv", nullptr};

const dbmux_plugin* of_the_kit() {
  return kit::plugin<mongodb::Source, mongodb::Connection>({"mongodb", "MongoDB", "dbmux", "0.1.0",
                                                            kLanguages, kUrlSchemes, mongodb::kConfigSchema,
                                                            DBMUX_PLUGIN_EXPERIMENTAL});
}

void log_of_library(mongoc_log_level_t level, const char* domain, const char* message, void*) {
  const auto as = level <= MONGOC_LOG_LEVEL_CRITICAL  ? DBMUX_LOG_ERROR
                  : level == MONGOC_LOG_LEVEL_WARNING ? DBMUX_LOG_WARN
                                                      : DBMUX_LOG_DEBUG;
  if (as != DBMUX_LOG_DEBUG)
    kit::log(as, std::string(domain ? domain : "mongoc") + ": " + (message ? message : ""));
}

// The library is started once a process and cannot be started again.
dbmux_status start(const dbmux_host* host, dbmux_error* error) noexcept {
  const auto status = of_the_kit()->init(host, error);
  if (status != DBMUX_OK) return status;
  mongoc_log_set_handler(log_of_library, nullptr);
  mongoc_init();
  return DBMUX_OK;
}

void stop() noexcept {
  static bool stopped = false;
  if (!stopped) mongoc_cleanup();
  stopped = true;
  mongoc_log_set_handler(nullptr, nullptr);
  of_the_kit()->shutdown();
}

}  // namespace

extern "C" const dbmux_plugin* dbmux_plugin_v1() noexcept {
  static const dbmux_plugin descriptor = [] {
    auto d = *of_the_kit();
    d.init = start;
    d.shutdown = stop;
    return d;
  }();
  return &descriptor;
}
