#pragma once
// From the library's columns and values to those of the ABI.
#include <sybdb.h>
#include <sybfront.h>

#include <cstdint>
#include <string>

#include "dbmux/kit.hpp"

namespace dbmux::mssql {

struct ColumnType {
  int type = 0;  // SYB…, of the values
  int server_type = 0;
  int scale = 0;  // of times
  std::int32_t kind = DBMUX_TEXT;
  std::string name;  // "decimal(12,2)"
  bool nullable = true;
};

ColumnType column_type(DBPROCESS*, int column);  // from 1, of the current result

// The value of the current row; its text is in the arena, or for NULL nowhere. max_bytes: 0 none.
dbmux_value cell(DBPROCESS*, int column, const ColumnType&, kit::Arena&, std::uint32_t max_bytes);

}  // namespace dbmux::mssql
