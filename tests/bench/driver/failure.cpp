#include "failure.hpp"

#include <cstdio>
#include <cstdlib>

namespace bench {

void fail(std::string_view what) {
  std::fflush(stdout);
  std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(what.size()), what.data());
  std::quick_exit(2);
}

}  // namespace bench
