#pragma once
#include <sqlite3.h>

#include "dbmux/kit.hpp"

namespace dbmux::sqlite {

// Binds every parameter of the statement, by position (? ?NNN, and the others in the order of their first
// use) or by name (:n @n $n, given with or without the sign). Text is copied. invalid: a parameter without a
// value, a value without a parameter, a name that the statement does not have.
kit::Status bind(sqlite3_stmt* statement, const dbmux_param* params, std::size_t n);

// One value, exactly; the library's result code, SQLITE_MISUSE for an unknown kind. Text is copied.
int bind_value(sqlite3_stmt* statement, int at, const dbmux_value&);

}  // namespace dbmux::sqlite
