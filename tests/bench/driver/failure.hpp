#pragma once
#include <string_view>

namespace bench {

// Says on stderr why the measurement cannot go on and ends the process with status 2. Children end with their
// pipes.
[[noreturn]] void fail(std::string_view what);

}  // namespace bench
