#include "shortest.h"

#include <charconv>

int shortest_double(char* to, double value) {
  return static_cast<int>(std::to_chars(to, to + 40, value).ptr - to);
}
