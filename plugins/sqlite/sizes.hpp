#pragma once
// How much of the file a table takes.
#include <chrono>

#include "catalog.hpp"

namespace dbmux::sqlite {

struct Bytes {
  std::int64_t table = -1, indexes = -1;  // -1 unknown
};

// Reads every page of the table and of its indexes; unknown when that takes longer than the budget.
Bytes bytes_of(Connection&, const Object&, std::chrono::milliseconds budget);

}  // namespace dbmux::sqlite
