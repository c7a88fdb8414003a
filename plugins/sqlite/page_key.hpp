#pragma once
// The opaque place where the next page of a scan begins, where it is a key (else kit::encode_offset).
#include <sqlite3.h>

#include <span>
#include <string>
#include <string_view>

#include "dbmux/kit.hpp"

namespace dbmux::sqlite {

// Of these columns of the current row.
std::string encode_key(sqlite3_stmt*, std::span<const int> columns);
// Binds the values of a key to the first `count` parameters. invalid: not a key of `count` values.
kit::Status bind_key(sqlite3_stmt*, int count, std::string_view key);

}  // namespace dbmux::sqlite
