#pragma once
// From the server's text format to cells.
#include <libpq-fe.h>

#include <cstdint>
#include <string_view>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

// How the cells of a type are read.
enum class Reading : std::uint8_t {
  text,
  boolean,
  integer,
  real,
  number,
  json,
  bytes,
  date,
  time,
  timestamp
};
Reading reading_of(Oid type);
std::int32_t usual_kind(Reading);  // DBMUX_

// One cell that is not NULL, copied into the arena where it has text; longer ones are cut at max_bytes (0
// none).
dbmux_value read_cell(Reading, std::string_view text, std::uint32_t max_bytes, kit::Arena&);

}  // namespace dbmux::postgres
