#pragma once
// One connection of a checked tree.
#include "profile/strict.hpp"

namespace dbmux {

// A map whose keys may stand in either spelling.
struct Section {
  const Node& map;
  std::span<const Key> keys;

  const Node* get(std::string_view name) const;  // nullptr: absent or empty
};

std::vector<std::string> texts(const Node*);  // of a list, or of one scalar
bool is_plugin_name(std::string_view);        // [a-z0-9_]+

// What `defaults` and a connection have in common. Keys that are absent leave what is there.
void read_settings(const Section&, const std::string& path, const std::string& file, ConnectionProfile&,
                   std::vector<Problem>&);
void read_limits(const Node&, Limits&);
void read_connection(const Section&, const std::string& path, const Mark& name, ConnectionProfile&,
                     std::vector<Problem>&);

}  // namespace dbmux
