#pragma once
// Walks over the tree that EXPLAIN writes.
#include <rapidjson/document.h>

#include <string>
#include <string_view>

#include "plan.hpp"

namespace dbmux::postgres {

struct Plan::Reader {
  Plan& plan;

  // parent: a place in the list of nodes, -1 none. share: of its rows that are asked for.
  void read(const rapidjson::Value& node, int depth, int parent, double share);

 private:
  void name(const rapidjson::Value& node, Node&);
  void measure(const rapidjson::Value& node, Node&);
  int table_of(const rapidjson::Value& node);
  static std::string text_of(const rapidjson::Value& node, const Node&);
};

}  // namespace dbmux::postgres
