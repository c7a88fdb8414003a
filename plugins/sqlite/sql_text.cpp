#include "sql_text.hpp"

#include <algorithm>

namespace dbmux::sqlite {

namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_' || c == '$' || (c & 0x80) != 0;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return upper(x) == upper(y); });
}

bool Token::is(std::string_view word) const { return kind == Kind::word && equal_ignoring_case(text, word); }

void Tokens::skip_blank() {
  while (at_ < text_.size()) {
    if (is_space(text_[at_])) {
      ++at_;
    } else if (text_.substr(at_, 2) == "--") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (text_.substr(at_, 2) == "/*") {
      const auto end = text_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else {
      return;
    }
  }
}

Token Tokens::next() {
  skip_blank();
  const auto start = at_;
  const auto token = [&](Token::Kind kind) { return Token{kind, text_.substr(start, at_ - start), start}; };
  if (start >= text_.size()) return {Token::Kind::end, {}, text_.size()};
  const char c = text_[start];
  if (c == '\'' || c == '"' || c == '`' || c == '[') {
    const char close = c == '[' ? ']' : c;
    while (++at_ < text_.size()) {
      if (text_[at_] != close) continue;
      if (c != '[' && at_ + 1 < text_.size() && text_[at_ + 1] == close) {
        ++at_;
        continue;
      }
      ++at_;
      break;
    }
    at_ = std::min(at_, text_.size());
    return token(c == '\'' ? Token::Kind::string : Token::Kind::name);
  }
  if (is_digit(c) || (c == '.' && start + 1 < text_.size() && is_digit(text_[start + 1]))) {
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.' ||
                                  ((text_[at_] == '+' || text_[at_] == '-') && upper(text_[at_ - 1]) == 'E')))
      ++at_;
    return token(Token::Kind::number);
  }
  if (is_word(c)) {
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return token(Token::Kind::word);
  }
  ++at_;
  return token(Token::Kind::symbol);
}

std::string unquoted(std::string_view token) {
  if (token.size() < 2) return std::string(token);
  const char open = token.front();
  if (open == '[' && token.back() == ']') return std::string(token.substr(1, token.size() - 2));
  if ((open != '"' && open != '`' && open != '\'') || token.back() != open) return std::string(token);
  std::string name;
  for (std::size_t i = 1; i + 1 < token.size(); ++i) {
    name += token[i];
    if (token[i] == open) ++i;
  }
  return name;
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    text += c;
    if (c == '"') text += c;
  }
  return text + '"';
}

bool is_blank(std::string_view text) {
  Tokens tokens(text);
  Token token;
  do token = tokens.next();
  while (token.is_symbol(';'));
  return token.kind == Token::Kind::end;
}

std::string statement_verb(std::string_view text) {
  Tokens tokens(text);
  Token token;
  do token = tokens.next();
  while (token.is_symbol(';'));
  if (token.kind != Token::Kind::word || token.is("WITH") || token.is("EXPLAIN")) return {};
  std::string verb(token.text);
  std::transform(verb.begin(), verb.end(), verb.begin(), upper);
  if (verb != "CREATE" && verb != "DROP" && verb != "ALTER") return verb;
  for (token = tokens.next(); token.kind == Token::Kind::word; token = tokens.next()) {
    if (token.is("TEMP") || token.is("TEMPORARY") || token.is("UNIQUE")) continue;
    verb += ' ';
    std::transform(token.text.begin(), token.text.end(), std::back_inserter(verb), upper);
    if (!token.is("VIRTUAL")) break;
  }
  return verb;
}

}  // namespace dbmux::sqlite
