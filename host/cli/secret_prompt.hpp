#pragma once
// Questions to the person at the terminal. Prompts go to standard error, answers come from standard input.
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dbmux {

bool somebody_is_there();  // standard input is a terminal

// One line without its end. Errors (invalid): standard input has ended.
Result<std::string> ask(std::string_view prompt);
// The same without showing what is typed. The terminal is as before afterwards, also when a signal ends the
// process. Wipe what you get.
Result<std::string> ask_hidden(std::string_view prompt);

// All of standard input, at most that many bytes, without its last newline. Errors: invalid (it is longer).
Result<std::string> read_input(std::size_t most);

}  // namespace dbmux
