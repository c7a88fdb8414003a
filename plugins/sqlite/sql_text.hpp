#pragma once
// SQLite's own lexical rules, for the few places where the library does not tell what a text holds.
#include <string>
#include <string_view>
#include <vector>

namespace dbmux::sqlite {

struct Token {
  enum class Kind { end, word, name, string, number, symbol };  // name: quoted by "", `` or []
  Kind kind = Kind::end;
  std::string_view text;  // as written, with its quotes
  std::size_t offset = 0;

  bool is(std::string_view upper_case_word) const;  // an unquoted word, ignoring case
  bool is_symbol(char c) const { return kind == Kind::symbol && text.size() == 1 && text[0] == c; }
};

// Walks over a text; white space and comments are skipped. Never fails: what is not closed ends with the
// text.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}
  Token next();

 private:
  void skip_blank();
  std::string_view text_;
  std::size_t at_ = 0;
};

// The name that a word or quoted name token spells.
std::string unquoted(std::string_view token);
// "name", with inner quotes doubled.
std::string quoted(std::string_view name);
// Only white space, comments and semicolons.
bool is_blank(std::string_view text);
// The statement's first words in upper case, as a message names it: "UPDATE", "CREATE TABLE", "PRAGMA". ""
// for WITH and EXPLAIN.
std::string statement_verb(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII, as SQLite compares names

}  // namespace dbmux::sqlite
