#pragma once
// The words of a T-SQL text, as far as telling statements from names, strings and comments needs them.
#include <cstddef>
#include <string>
#include <string_view>

namespace dbmux::mssql {

struct Token {
  enum class Kind {
    end,
    word,
    name,
    string,
    number,
    variable,
    symbol,
    broken
  };  // broken: a quote or comment without end
  Kind kind = Kind::end;
  std::string_view text;   // as written, quotes included; variables with their @
  std::size_t offset = 0;  // in bytes

  bool is(std::string_view upper) const;  // a word, in any case
  bool is_symbol(char c) const { return kind == Kind::symbol && text.size() == 1 && text[0] == c; }
};

class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}
  Token next();

 private:
  bool skip_blank();  // false: a comment without end
  Token quoted(Token::Kind, char closing, std::size_t from);

  std::string_view text_;
  std::size_t at_ = 0;
};

bool equal_ignoring_case(std::string_view, std::string_view);  // ASCII
std::string upper(std::string_view);                           // ASCII

}  // namespace dbmux::mssql
