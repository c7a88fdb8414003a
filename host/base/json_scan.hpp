#pragma once
// Whether a cell that says it is JSON is one, and what its numbers are worth. Internal to base/.
#include <optional>
#include <string_view>

namespace dbmux {

struct JsonScan {
  // Exactly one JSON value of at most kJsonCellDepth levels, white space around it allowed.
  bool complete = false;
  bool lines = false;  // white space in it breaks the line
  bool huge = false;   // a number in it is beyond a double: readers that hold doubles refuse the whole text
};

inline constexpr unsigned kJsonCellDepth = 1024;

// Checks the grammar and the escapes (a lone surrogate is refused) but not the UTF-8: the writer does that.
JsonScan scan_json(std::string_view);

// The double nearest to a number of JSON's grammar, 0 for what is too small for one; none beyond the
// greatest.
std::optional<double> nearest_double(std::string_view number);

}  // namespace dbmux
