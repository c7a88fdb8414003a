#pragma once
// Functions by name: those that act outside the transaction, and those that are declared VOLATILE and harm
// nothing.
#include <string_view>

namespace dbmux::postgres {

// Ends sessions, reads the server's files, runs a text that it is given, leaves locks or settings behind ….
// Whatever the catalog says of them, and wherever they stand.
bool acts_outside(std::string_view function);

// Of the server itself: clocks, random numbers, sizes, what goes on.
bool is_harmless_built_in(std::string_view function);
// Of extensions that are widely used.
bool is_harmless_of_extension(std::string_view function);

}  // namespace dbmux::postgres
