#pragma once
// One chroma.query document: a verb with a collection, and the fields that go with it.
#include <rapidjson/document.h>

#include <span>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"
#include "http.hpp"

namespace dbmux::chromadb {

enum class Action { get, query, count, list, add, update, upsert, remove, create, drop };

struct Verb {
  std::string_view name;
  Action action;
  bool reads;
  std::string_view fields;  // separated by spaces
};

struct Query {
  const Verb* verb = nullptr;
  std::string collection;
  rapidjson::Document body;  // the other fields, as the server takes them
};

// read_only: the verb writes, and only reading is allowed.
kit::Result<Query> query_of(std::string_view text, std::span<const dbmux_param>, bool read_only);

}  // namespace dbmux::chromadb
