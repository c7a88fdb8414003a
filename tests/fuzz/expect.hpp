#pragma once
// What must hold for any input. A target that sees it broken dies, and libFuzzer keeps the input.
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace dbmux::fuzz {

inline void expect(bool holds, const char* what, std::string_view seen = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n%.*s\n", what, static_cast<int>(seen.size()), seen.data());
  std::abort();
}

}  // namespace dbmux::fuzz
