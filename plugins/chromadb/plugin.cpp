#include <curl/curl.h>

#include "connection.hpp"
#include "options.hpp"
#include "source.hpp"

namespace {

using namespace dbmux;

constexpr const char* kLanguages[] = {"chroma.query", nullptr};
constexpr const char* kUrlSchemes[] = {"chroma", "chroma+https", nullptr};

const dbmux_plugin* of_the_kit() {
  return kit::plugin<chromadb::Source, chromadb::Connection>(
      {"chromadb", "ChromaDB", "dbmux", "0.1.0", kLanguages, kUrlSchemes, chromadb::kConfigSchema,
       DBMUX_PLUGIN_EXPERIMENTAL});
}

dbmux_status start(const dbmux_host* host, dbmux_error* error) noexcept {
  const auto status = of_the_kit()->init(host, error);
  if (status == DBMUX_OK) curl_global_init(CURL_GLOBAL_DEFAULT);
  return status;
}

}  // namespace

extern "C" const dbmux_plugin* dbmux_plugin_v1() noexcept {
  // curl is never cleaned up: others in the process may use it.
  static const dbmux_plugin descriptor = [] {
    auto d = *of_the_kit();
    d.init = start;
    return d;
  }();
  return &descriptor;
}
