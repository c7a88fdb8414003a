#pragma once
// PostgreSQL's lexical rules, as far as a text must be understood before the server reads it. They hold with
// standard_conforming_strings on, which every session here sets.
#include <cstdint>
#include <string>
#include <string_view>

namespace dbmux::postgres {

struct Token {
  enum class Kind { end, word, name, string, number, parameter, symbol, broken };  // broken: never closed
  Kind kind = Kind::end;
  std::string_view text;  // as written, with its quotes
  std::size_t offset = 0;

  bool is(std::string_view upper_case_word) const;  // an unquoted word, ignoring case
  bool is_symbol(char c) const { return kind == Kind::symbol && text.size() == 1 && text[0] == c; }
};

// Walks over a text; white space and comments are skipped.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}
  Token next();
  // The deepest nesting of comments so far.
  int comment_depth() const { return comment_depth_; }

 private:
  bool skip_blank();  // false: a comment is not closed
  bool skip_comment();
  bool skip_quoted(char quote, bool backslashes);
  bool skip_to_continuation();
  bool skip_dollar_quoted();
  std::string_view text_;
  std::size_t at_ = 0;
  int comment_depth_ = 0;
};

// The name that a word or quoted name token spells: folded to lower case, or without its quotes.
std::string unquoted(std::string_view token);
// A name as a quoted one.
std::string quoted_name(std::string_view name);
// The last part of the possibly qualified name at a 1-based character of the text; "" when there is none.
std::string name_at(std::string_view text, std::int32_t position);
std::string upper_case(std::string_view word);  // ASCII

}  // namespace dbmux::postgres
