#pragma once
// From the library's result codes to errors of the ABI.
#include <sqlite3.h>

#include <string_view>

#include "dbmux/kit.hpp"

namespace dbmux::sqlite {

// db: the handle whose last call returned rc. statement: its text, for positions and names; may be empty.
kit::Failure failure(sqlite3* db, int rc, std::string_view statement = {});

}  // namespace dbmux::sqlite
