#pragma once
// How deep a text nests at most, before any parser sees it: a parser uses its stack by it.
#include <vector>

#include "sql_text.hpp"

namespace dbmux::postgres {

constexpr int kDeepestNesting = 1000;

// Counts too much rather than too little: brackets, CASE, joins and set operations, and the tokens of one
// expression, each of which may be an operator over all that went before.
class Nesting {
 public:
  void see(const Token&);
  int deepest() const { return deepest_; }

 private:
  struct Level {
    int expression = 0, links = 0;
    bool is_case = false;
  };
  void open(bool is_case);
  void close();

  std::vector<Level> levels_{Level{}};
  int below_ = 0;  // of the levels under the last one
  int deepest_ = 0;
  bool behind_dot_ = false;
};

}  // namespace dbmux::postgres
