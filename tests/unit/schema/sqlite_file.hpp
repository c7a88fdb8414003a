#pragma once
// A SQLite database of its own folder for a test, made by the plugin itself.
#include <gtest/gtest.h>

#include <filesystem>
#include <initializer_list>

#include "../../temporary_folder.hpp"
#include "connections/registry.hpp"

namespace dbmux {

inline PluginFolder& installed_plugins() {
  static PluginFolder folder({DBMUX_BUILD_DIR "/plugins"});
  return folder;
}

inline Param text_param(std::string name, std::string text) {
  Param p;
  p.name = std::move(name);
  p.kind = Kind::text;
  p.text = std::move(text);
  return p;
}

inline std::shared_ptr<Source> open_sqlite(const std::filesystem::path& file) {
  auto plugin = installed_plugins().plugin("sqlite");
  EXPECT_TRUE(plugin) << plugin.error().message;
  std::vector<Param> options{text_param("filename", file.string()), {}};
  options[1].name = "createIfNotExists";
  options[1].kind = Kind::boolean;
  options[1].i64 = 1;
  Call call;
  auto source = (*plugin)->open(call, options, {});
  EXPECT_TRUE(source) << source.error().message;
  return *source;
}

// Creates the file (if need be) and runs the statements, one each.
inline void make_database(const std::filesystem::path& file,
                          std::initializer_list<std::string_view> statements) {
  Call call;
  const auto source = open_sqlite(file);
  auto conn = source->connect(call, false);
  ASSERT_TRUE(conn) << conn.error().message;
  for (const auto text : statements) {
    auto cursor =
        (*conn)->execute(call, Statement{.language = {}, .text = text, .params = {}, .read_only = false});
    ASSERT_TRUE(cursor) << text << ": " << cursor.error().message;
    while (true) {
      const auto batch = (*cursor)->next_batch();
      ASSERT_TRUE(batch) << text << ": " << batch.error().message;
      if (batch->rows == 0) break;
    }
  }
}

}  // namespace dbmux
