#pragma once
// What only the text of a CREATE statement tells. The text was accepted by SQLite, so it is read, not
// checked.
#include <string>
#include <string_view>
#include <vector>

namespace dbmux::sqlite {

struct Check {
  std::string name;        // "" without CONSTRAINT
  std::string expression;  // "CHECK (total >= 0)"
};
std::vector<Check> checks_in(std::string_view create_table);

// Of each REFERENCES clause in its order; "" without CONSTRAINT.
std::vector<std::string> foreign_key_names(std::string_view create_table);

// The indexed columns and expressions as written, with COLLATE and DESC.
std::vector<std::string> terms_of_index(std::string_view create_index);

struct TriggerHead {
  std::string timing = "BEFORE";  // BEFORE, AFTER, INSTEAD OF
  std::string event;              // INSERT, DELETE, UPDATE, "UPDATE OF a, b"
};
TriggerHead head_of_trigger(std::string_view create_trigger);

}  // namespace dbmux::sqlite
