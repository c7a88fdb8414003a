#include "tokens.hpp"

#include <algorithm>

namespace dbmux::mssql {

namespace {

char up(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool digit(char c) { return c >= '0' && c <= '9'; }
// Everything beyond ASCII counts as a letter: none of it ends a name.
bool starts_word(char c) {
  return (up(c) >= 'A' && up(c) <= 'Z') || c == '_' || c == '#' || static_cast<unsigned char>(c) >= 0x80;
}
bool in_word(char c) { return starts_word(c) || digit(c) || c == '$' || c == '@'; }

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return up(x) == up(y); });
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), up);
  return out;
}

bool Token::is(std::string_view word) const { return kind == Kind::word && equal_ignoring_case(text, word); }

bool Tokens::skip_blank() {
  while (at_ < text_.size()) {
    const auto rest = text_.substr(at_);
    if (static_cast<unsigned char>(rest[0]) <= ' ') {
      ++at_;
    } else if (rest.starts_with("--")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (rest.starts_with("/*")) {
      int depth = 0;  // comments nest
      do {
        const auto here = text_.substr(at_);
        if (here.size() < 2) return false;
        if (here.starts_with("/*")) {
          ++depth, at_ += 2;
        } else if (here.starts_with("*/")) {
          --depth, at_ += 2;
        } else {
          ++at_;
        }
      } while (depth > 0);
    } else {
      return true;
    }
  }
  return true;
}

Token Tokens::quoted(Token::Kind kind, char closing, std::size_t from) {
  const auto start = at_;
  for (auto i = at_ + from; i < text_.size(); ++i) {
    if (text_[i] != closing) continue;
    if (i + 1 < text_.size() && text_[i + 1] == closing) {
      ++i;
      continue;
    }
    at_ = i + 1;
    return {kind, text_.substr(start, at_ - start), start};
  }
  at_ = text_.size();
  return {Token::Kind::broken, text_.substr(start), start};
}

Token Tokens::next() {
  const auto before = at_;
  if (!skip_blank()) {
    at_ = text_.size();
    return {Token::Kind::broken, text_.substr(before), before};
  }
  if (at_ >= text_.size()) return {Token::Kind::end, {}, text_.size()};
  const char c = text_[at_];
  const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (c == '\'') return quoted(Token::Kind::string, '\'', 1);
  if (up(c) == 'N' && after == '\'') return quoted(Token::Kind::string, '\'', 2);
  if (c == '[') return quoted(Token::Kind::name, ']', 1);
  if (c == '"') return quoted(Token::Kind::name, '"', 1);
  const auto start = at_++;
  const auto take = [&](auto wanted) {
    while (at_ < text_.size() && wanted(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  };
  if (c == '@') return {Token::Kind::variable, take(in_word), start};
  if (starts_word(c)) return {Token::Kind::word, take(in_word), start};
  if (digit(c) || (c == '.' && digit(after))) {
    // 1E5, 0xFF and 1.5; "1FROM" is a number and a word, so letters end it unless they belong to it.
    if (c == '0' && up(after) == 'X') {
      ++at_;
      return {Token::Kind::number, take([](char x) { return digit(x) || (up(x) >= 'A' && up(x) <= 'F'); }),
              start};
    }
    take([](char x) { return digit(x) || x == '.'; });
    if (at_ < text_.size() && up(text_[at_]) == 'E') {
      const auto sign = at_ + 1 < text_.size() && (text_[at_ + 1] == '+' || text_[at_ + 1] == '-') ? 2u : 1u;
      if (at_ + sign < text_.size() && digit(text_[at_ + sign])) at_ += sign;
    }
    return {Token::Kind::number, take(digit), start};
  }
  return {Token::Kind::symbol, text_.substr(start, 1), start};
}

}  // namespace dbmux::mssql
