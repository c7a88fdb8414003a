// SPDX-License-Identifier: MIT-0
// dbmux_describe FILE.so OUT.json: writes what a plugin says of itself, so that a host can list plugins and
// check options without loading one. It also refuses a plugin that no host would load.
#include <dbmux/plugin.h>
#include <dlfcn.h>
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include "packages.hpp"
#include "sha256.hpp"

namespace {

namespace fs = std::filesystem;

struct Failure {
  std::string message;
};

[[noreturn]] void refuse(const std::string& message) { throw Failure{message}; }

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) refuse("cannot be read");
  return bytes;
}

const dbmux_plugin* entry_of(const fs::path& file) {
  void* library = dlopen(fs::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) refuse(std::string("does not load: ") + dlerror());
  void* symbol = dlsym(library, "dbmux_plugin_v1");
  if (!symbol) refuse("does not export dbmux_plugin_v1, so it is no dbmux plugin");
  const auto entry = reinterpret_cast<const dbmux_plugin* (*)()>(symbol);
  const dbmux_plugin* plugin = entry();
  if (!plugin) refuse("dbmux_plugin_v1() returned NULL");
  return plugin;
}

bool well_formed_id(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool complete(const dbmux_driver& d) {
  return d.size >= sizeof(dbmux_driver) && d.source_open && d.source_close && d.connect && d.close &&
         d.info && d.ping && d.reset && d.cancel && d.execute && d.columns && d.next_batch && d.summary &&
         d.cursor_close;
}

void check(const dbmux_plugin& p, const std::string& stem) {
  if (p.abi_major != DBMUX_ABI_MAJOR || p.abi_draft != DBMUX_ABI_DRAFT)
    refuse("was built for ABI " + std::to_string(p.abi_major) + " draft " + std::to_string(p.abi_draft) +
           ", this is " + std::to_string(DBMUX_ABI_MAJOR) + " draft " + std::to_string(DBMUX_ABI_DRAFT));
  if (p.size < sizeof(dbmux_plugin)) refuse("its dbmux_plugin is smaller than that of v1.0");
  for (const char* text : {p.id, p.name, p.vendor, p.version, p.config_schema})
    if (!text) refuse("id, name, vendor, version and config_schema must not be NULL");
  if (!well_formed_id(p.id)) refuse("its id '" + std::string(p.id) + "' is not of [a-z0-9_]+");
  if (stem != p.id)
    refuse("its id is '" + std::string(p.id) + "', so the file must be named " + p.id + ".so");
  if (!p.languages || !p.languages[0]) refuse("it names no language");
  if (!p.driver || !complete(*p.driver)) refuse("its dbmux_driver is missing or incomplete");
  if (!p.init || !p.shutdown || !p.get_extension) refuse("init, shutdown and get_extension must not be NULL");
}

rapidjson::Document schema_of(const dbmux_plugin& p) {
  rapidjson::Document schema;
  schema.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(p.config_schema);
  if (schema.HasParseError())
    refuse(
        "its config_schema is not JSON: " + std::string(rapidjson::GetParseError_En(schema.GetParseError())) +
        " At byte " + std::to_string(schema.GetErrorOffset()));
  if (!schema.IsObject()) refuse("its config_schema is not a JSON object");
  return schema;
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>,
                                 rapidjson::CrtAllocator, rapidjson::kWriteValidateEncodingFlag>;

void write_text(Writer& out, const char* key, std::string_view text) {
  out.Key(key);
  if (!out.String(text.data(), static_cast<rapidjson::SizeType>(text.size())))
    refuse(std::string("its ") + key + " is not UTF-8");
}

void write_list(Writer& out, const char* key, const char* const* list) {
  out.Key(key);
  out.StartArray();
  for (; list && *list; ++list)
    if (!out.String(*list)) refuse(std::string("its ") + key + " are not UTF-8");
  out.EndArray();
}

std::string descriptor(const dbmux_plugin& p, const std::string& sha256,
                       const std::map<std::string, std::string>& packages) {
  const rapidjson::Document schema = schema_of(p);
  rapidjson::StringBuffer buffer;
  Writer out(buffer);
  out.StartObject();
  write_text(out, "id", p.id);
  write_text(out, "name", p.name);
  write_text(out, "vendor", p.vendor);
  write_text(out, "version", p.version);
  out.Key("abi");
  out.StartObject();
  out.Key("major"), out.Uint(p.abi_major);
  out.Key("minor"), out.Uint(p.abi_minor);
  out.Key("draft"), out.Uint(p.abi_draft);
  out.EndObject();
  write_list(out, "languages", p.languages);
  write_list(out, "url_schemes", p.url_schemes);
  out.Key("has_items"), out.Bool((p.flags & DBMUX_PLUGIN_HAS_ITEMS) != 0);
  out.Key("experimental"), out.Bool((p.flags & DBMUX_PLUGIN_EXPERIMENTAL) != 0);
  write_text(out, "sha256", sha256);
  out.Key("packages");
  out.StartObject();
  for (const auto& [library, package] : packages) write_text(out, library.c_str(), package);
  out.EndObject();
  out.Key("config_schema");
  schema.Accept(out);
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

void write_atomically(const fs::path& file, const std::string& text) {
  const fs::path draft = file.string() + "." + std::to_string(getpid()) + ".tmp";
  std::ofstream out(draft, std::ios::binary);
  out << text << '\n';
  out.close();
  std::error_code error;
  if (out) fs::rename(draft, file, error);
  if (!out || error) {
    std::error_code ignored;
    fs::remove(draft, ignored);
    refuse("cannot write " + file.string());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: dbmux_describe FILE.so OUT.json\n";
    return 2;
  }
  const fs::path file = argv[1];
  try {
    const std::string sha256 = dbmux::sha256_hex(content_of(file));
    const auto before = dbmux::loaded_libraries();
    const dbmux_plugin* plugin = entry_of(file);
    check(*plugin, file.stem().string());
    write_atomically(argv[2], descriptor(*plugin, sha256, dbmux::packages_of_libraries(before)));
  } catch (const Failure& failure) {
    std::cerr << "dbmux_describe: " << file.string() << ": " << failure.message << '\n';
    return 1;
  } catch (const std::exception& failure) {
    std::cerr << "dbmux_describe: " << file.string() << ": " << failure.what() << '\n';
    return 1;
  }
  return 0;
}
