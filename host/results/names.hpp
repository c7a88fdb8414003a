#pragma once
#include <cstddef>
#include <string>

namespace dbmux {

// Letters and digits that cannot be guessed; of one case, so that they are also good for names in a database.
std::string random_letters(std::size_t);

}  // namespace dbmux
