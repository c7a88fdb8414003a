#pragma once
// The words that tell a model what to write for an engine, from the plugins' descriptors.
#include <span>
#include <string>

#include "driver/plugin.hpp"

namespace dbmux {

struct Words {
  std::string query;           // x-dbmux-query: "SQL"
  std::string params;          // x-dbmux-params: "$1"
  std::string default_schema;  // x-dbmux-default-schema: "public"
  std::string folds;           // x-dbmux-folds: what becomes of unquoted names, "lower" or "upper"
};

Words words_of(const Descriptor&);
// "SQL, or for MongoDB shell text or JSON"; "$1, ? or @p1"; "public, dbo, main": each word once, in their
// order.
std::string query_words(std::span<const Words>);
std::string params_words(std::span<const Words>);
std::string schema_words(std::span<const Words>);

}  // namespace dbmux
