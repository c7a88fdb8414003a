// SPDX-License-Identifier: MIT-0
// From loading the file to a session that opens and closes.
#include <algorithm>
#include <cstring>

#include "check/checks.hpp"
#include "check/utf8.hpp"

namespace dbmux::check::checks {
namespace {

void inspect_text(const char* name, const char* text) {
  expect(text != nullptr, "id, name, vendor, version and config_schema are texts",
         std::string(name) + " is NULL");
  expect(*text != 0, std::string(name) + " is not empty", "an empty text");
  expect(is_utf8(text), std::string(name) + " is UTF-8", "\"" + printable(text, 60) + "\"");
}

void inspect_id(const dbmux_plugin& p, const std::string& file) {
  const std::string_view id = p.id;
  const bool well_formed = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  expect(well_formed, "id is of [a-z0-9_]+", "\"" + printable(id, 60) + "\"");
  const auto slash = file.rfind('/');
  const std::string name = file.substr(slash == std::string::npos ? 0 : slash + 1);
  expect(name == std::string(id) + ".so", "the file is named after the id: " + printable(id, 60) + ".so",
         name, "Build it with dbmux_plugin(<id> …).");
}

void inspect_list(const char* name, const char* const* list) {
  for (; list && *list; ++list) inspect_text(name, *list);
}

void inspect_driver(const dbmux_driver* d) {
  expect(d != nullptr, "a table of the driver", "NULL");
  expect(d->size >= sizeof(dbmux_driver), "a driver's table of at least the size of v1.0's",
         std::to_string(d->size) + " bytes, not " + std::to_string(sizeof(dbmux_driver)),
         "Set size to sizeof(dbmux_driver).");
  const std::pair<const char*, bool> functions[] = {{"source_open", d->source_open},
                                                    {"source_close", d->source_close},
                                                    {"connect", d->connect},
                                                    {"close", d->close},
                                                    {"info", d->info},
                                                    {"ping", d->ping},
                                                    {"reset", d->reset},
                                                    {"cancel", d->cancel},
                                                    {"execute", d->execute},
                                                    {"columns", d->columns},
                                                    {"next_batch", d->next_batch},
                                                    {"summary", d->summary},
                                                    {"cursor_close", d->cursor_close}};
  for (const auto& [name, there] : functions)
    expect(there, "every function of the driver but next_result", std::string(name) + " is NULL",
           "What an engine cannot do returns E_UNSUPPORTED.");
}

std::string version_of(const dbmux_plugin& p) {
  return std::to_string(p.abi_major) + "." + std::to_string(p.abi_minor) + " draft " +
         std::to_string(p.abi_draft);
}

}  // namespace

void load(const Bench& bench) {
  expect(bench.plugin.entry() != nullptr, "dbmux_plugin_v1()", "NULL");
  const auto entry = reinterpret_cast<const dbmux_plugin* (*)()>(const_cast<void*>(bench.plugin.entry()));
  expect(&bench.plugin.descriptor() != nullptr, "dbmux_plugin_v1() returns a descriptor", "NULL");
  expect(entry() == &bench.plugin.descriptor(),
         "dbmux_plugin_v1() returns the same static descriptor each time", "another one at the second call");
  const auto threads = footprint().threads;
  expect(threads == 1, "loading starts no thread", std::to_string(threads - 1) + " beside the first",
         "Threads belong to a source or a connection.");
  pass();
}

void descriptor(const Bench& bench) {
  const auto& p = bench.plugin.descriptor();
  expect(readable(&p, 16), "a descriptor that can be read", "it cannot be");
  expect(p.abi_major == DBMUX_ABI_MAJOR && p.abi_draft == DBMUX_ABI_DRAFT,
         "built for ABI " + std::to_string(DBMUX_ABI_MAJOR) + " draft " + std::to_string(DBMUX_ABI_DRAFT),
         "built for ABI " + version_of(p), "Build it again with the plugin.h of this dbmux.");
  expect(p.size >= sizeof(dbmux_plugin), "a descriptor of at least the size of v1.0's",
         std::to_string(p.size) + " bytes, not " + std::to_string(sizeof(dbmux_plugin)));
  for (const auto& [name, text] : {std::pair{"id", p.id},
                                   {"name", p.name},
                                   {"vendor", p.vendor},
                                   {"version", p.version},
                                   {"config_schema", p.config_schema}})
    inspect_text(name, text);
  expect(std::strlen(p.version) <= 64, "a version of at most 64 bytes",
         std::to_string(std::strlen(p.version)));
  inspect_id(p, bench.file);
  expect(p.languages && p.languages[0], "at least one language", "none",
         "Name what execute() takes: \"sql\".");
  inspect_list("languages", p.languages);
  inspect_list("url_schemes", p.url_schemes);
  inspect_driver(p.driver);
  expect(p.init && p.shutdown && p.get_extension, "init, shutdown and get_extension", "one of them is NULL");
  pass();
}

void schema(const Bench& bench) {
  parse_schema(bench.plugin.descriptor().config_schema);
  tell_schema(bench.plugin.descriptor().config_schema);
  pass();
}

void options(const Bench& bench) {
  if (!bench.setup.missing.empty()) skip(bench.setup.missing);
  pass();
}

void source(const Bench& bench) {
  bench.plugin.init();
  {
    const Source source(bench.plugin, bench.setup.options);
    const Source second(bench.plugin, bench.setup.options);
  }
  bench.plugin.shutdown();
  pass();
}

void connection(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  const auto info = conn.info();
  for (const auto& [name, text] : {std::pair{"product", info.product},
                                   {"version", info.version},
                                   {"dialect", info.dialect},
                                   {"user", info.user}}) {
    expect(text.len == 0 || readable(text.ptr, text.len), "the texts of info() can be read until close()",
           std::string(name) + " of " + std::to_string(text.len) + " bytes cannot be");
    expect(is_utf8(view(text)), "the texts of info() are UTF-8",
           std::string(name) + ": " + printable(view(text), 60));
  }
  expect(info.product.len > 0, "info() names the product", "an empty text");
  const auto pong = conn.ping();
  expect(pong.ok(), "ping() of a fresh session returns OK", pong.said());
  pass();
}

void close(const Bench& bench) {
  bench.plugin.init();
  {
    const Source source(bench.plugin, bench.setup.options);
    const Conn conn(source);
  }
  bench.plugin.shutdown();
  pass();
}

}  // namespace dbmux::check::checks
