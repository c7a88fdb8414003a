#pragma once
// Stand-ins for the built-in functions whose work can grow with the product of their arguments. The library
// asks no handler while a function runs, so a cancel or a deadline would not be seen for hours.
#include <sqlite3.h>

namespace dbmux::sqlite {

// instr() and replace() give what the built-in ones give, in linear time. printf(), format(), trim(),
// ltrim(), rtrim() and json_patch() are the built-in ones, and an error when they would take too long.
void bound_functions(sqlite3* db);

}  // namespace dbmux::sqlite
