#pragma once
// A text as PostgreSQL 15's own grammar reads it.
#include <rapidjson/document.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

// The tree as libpg_query writes it: an object with one member named like this is a node of that type; what
// cannot be of another type stands without its name.
class ParseTree {
 public:
  // not_understood: that grammar does not have it. The text holds no NUL, is bounded and does not nest
  // deeply.
  static kit::Result<ParseTree> of(const std::string& text);

  // {"stmt": {node}, …}, one a statement.
  const rapidjson::Value& statements() const;

 private:
  ParseTree() = default;
  struct Free {
    void operator()(char* text) const;
  };
  std::unique_ptr<char, Free> json_;  // the document's texts stand in it
  rapidjson::Document document_;
};

// A member, or null where there is none.
const rapidjson::Value& member(const rapidjson::Value& object, const char* name);
std::string_view text_member(const rapidjson::Value& object, const char* name);
bool bool_member(const rapidjson::Value& object, const char* name);
// The texts of a list of String nodes; others are left out.
std::vector<std::string> strings(const rapidjson::Value& list);

}  // namespace dbmux::postgres
