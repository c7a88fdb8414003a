#pragma once
// A tree against the key table: unknown and doubled keys, wrong types, what is not built yet. Every problem
// is told.
#include <string>
#include <string_view>
#include <vector>

#include "profile/keys.hpp"
#include "profile/yaml.hpp"

namespace dbmux {

// Where one stands in the tree, for messages: connections.erp.access, tools.add[0].name.
struct Path {
  const Path* up = nullptr;
  std::string_view name;
  std::size_t index = 0;  // of a list's item, whose name is empty

  std::string text() const;
};

// root is a map and expanded; scalars whose variable is missing are left alone.
void check_keys(const Node& root, const std::string& file, std::vector<Problem>&);
// The same of a file of tools: a list of sections.
void check_tools(const Node& list, const std::string& file, std::vector<Problem>&);

}  // namespace dbmux
