#include "nesting.hpp"

#include <algorithm>
#include <array>

namespace dbmux::postgres {

namespace {

// Behind these an expression begins anew.
constexpr std::array<std::string_view, 12> kBeginnings{"AND",   "OR", "WHEN",   "THEN", "ELSE",      "SELECT",
                                                       "WHERE", "ON", "HAVING", "BY",   "RETURNING", "SET"};
constexpr std::array<std::string_view, 4> kLinks{"JOIN", "UNION", "INTERSECT", "EXCEPT"};

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& words, const Token& token) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return token.is(word); });
}

}  // namespace

void Nesting::open(bool is_case) {
  below_ += levels_.back().expression + levels_.back().links + 1;
  levels_.push_back({0, 0, is_case});
}

void Nesting::close() {
  if (levels_.size() == 1) return;
  levels_.pop_back();
  below_ -= levels_.back().expression + levels_.back().links + 1;
}

void Nesting::see(const Token& token) {
  const bool is_name = behind_dot_;
  behind_dot_ = token.is_symbol('.');
  if (token.is_symbol('(') || token.is_symbol('[')) {
    open(false);
  } else if (token.is_symbol(')') || token.is_symbol(']')) {
    while (levels_.back().is_case) close();
    close();
  } else if (!is_name && token.is("CASE")) {
    open(true);
  } else if (!is_name && token.is("END") && levels_.back().is_case) {
    close();
  } else if (token.is_symbol(',') || (!is_name && one_of(kBeginnings, token))) {
    levels_.back().expression = 0;
  } else if (!is_name && one_of(kLinks, token)) {
    ++levels_.back().links;
    levels_.back().expression = 0;
  } else if (token.is_symbol(';')) {
    levels_.back() = {0, 0, levels_.back().is_case};
  } else {
    ++levels_.back().expression;
  }
  deepest_ = std::max(deepest_, below_ + levels_.back().expression + levels_.back().links);
}

}  // namespace dbmux::postgres
