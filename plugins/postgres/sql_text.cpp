#include "sql_text.hpp"

#include <algorithm>

namespace dbmux::postgres {

namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool starts_word(char c) {
  return (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_word(char c) { return starts_word(c) || is_digit(c) || c == '$'; }

}  // namespace

bool Token::is(std::string_view word) const {
  return kind == Kind::word && std::equal(text.begin(), text.end(), word.begin(), word.end(),
                                          [](char a, char b) { return upper(a) == b; });
}

bool Tokens::skip_comment() {
  int depth = 0;
  do {
    if (text_.substr(at_, 2) == "/*") {
      comment_depth_ = std::max(comment_depth_, ++depth);
      at_ += 2;
    } else if (text_.substr(at_, 2) == "*/") {
      --depth;
      at_ += 2;
    } else if (at_ < text_.size()) {
      ++at_;
    } else {
      return false;
    }
  } while (depth > 0);
  return true;
}

bool Tokens::skip_blank() {
  while (at_ < text_.size()) {
    if (is_space(text_[at_])) {
      ++at_;
    } else if (text_.substr(at_, 2) == "--") {
      at_ = std::min(text_.find_first_of("\n\r", at_), text_.size());
    } else if (text_.substr(at_, 2) == "/*") {
      if (!skip_comment()) return false;
    } else {
      return true;
    }
  }
  return true;
}

bool Tokens::skip_quoted(char quote, bool backslashes) {
  while (++at_ < text_.size()) {
    if (backslashes && text_[at_] == '\\') {
      ++at_;
    } else if (text_[at_] == quote) {
      ++at_;
      if (at_ < text_.size() && text_[at_] == quote) continue;
      if (!backslashes || !skip_to_continuation()) return true;
    }
  }
  at_ = text_.size();
  return false;
}

// A string goes on in the next line, with the same rules for backslashes. True: at_ stands on its quote.
bool Tokens::skip_to_continuation() {
  bool next_line = false;
  for (auto at = at_; at < text_.size(); ++at) {
    if (text_.substr(at, 2) == "--") at = std::min(text_.find_first_of("\n\r", at), text_.size() - 1);
    next_line = next_line || text_[at] == '\n' || text_[at] == '\r';
    if (text_[at] == '\'' && next_line) {
      at_ = at;
      return true;
    }
    if (!is_space(text_[at])) return false;
  }
  return false;
}

// at_ stands on the first $ of "$tag$"; false, at the end of the text: it is not closed.
bool Tokens::skip_dollar_quoted() {
  const auto tag = text_.substr(at_, text_.find('$', at_ + 1) + 1 - at_);
  const auto close = text_.find(tag, at_ + tag.size());
  at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
  return close != std::string_view::npos;
}

Token Tokens::next() {
  const bool blank = skip_blank();
  const auto start = at_;
  const auto token = [&](Token::Kind kind) { return Token{kind, text_.substr(start, at_ - start), start}; };
  if (!blank) return token(Token::Kind::broken);
  if (start >= text_.size()) return {Token::Kind::end, {}, text_.size()};
  const auto ahead = [&](std::size_t n) { return start + n < text_.size() ? text_[start + n] : '\0'; };
  const auto quoted = [&](Token::Kind kind, char quote, bool backslashes) {
    return token(skip_quoted(quote, backslashes) ? kind : Token::Kind::broken);
  };
  const char c = text_[start], prefix = upper(c);
  if (c == '\'') return quoted(Token::Kind::string, c, false);
  if (c == '"') return quoted(Token::Kind::name, c, false);
  if ((prefix == 'E' || prefix == 'B' || prefix == 'X' || prefix == 'N') && ahead(1) == '\'') {
    ++at_;
    return quoted(Token::Kind::string, '\'', prefix == 'E');
  }
  if (prefix == 'U' && ahead(1) == '&' && (ahead(2) == '\'' || ahead(2) == '"')) {
    at_ += 2;
    return quoted(ahead(2) == '"' ? Token::Kind::name : Token::Kind::string, ahead(2), false);
  }
  if (c == '$' && is_digit(ahead(1))) {
    while (++at_ < text_.size() && is_digit(text_[at_])) {
    }
    return token(Token::Kind::parameter);
  }
  if (c == '$') {
    auto end = start + 1;
    while (end < text_.size() && is_word(text_[end]) && text_[end] != '$') ++end;
    if (end < text_.size() && text_[end] == '$' && !is_digit(ahead(1)))
      return token(skip_dollar_quoted() ? Token::Kind::string : Token::Kind::broken);
  }
  if (is_digit(c) || (c == '.' && is_digit(ahead(1)))) {
    // Up to the exponent: what follows is a word of its own to some servers.
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
    return token(Token::Kind::number);
  }
  if (starts_word(c)) {
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return token(Token::Kind::word);
  }
  ++at_;
  return token(Token::Kind::symbol);
}

std::string unquoted(std::string_view token) {
  std::string name;
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') {
    std::transform(token.begin(), token.end(), std::back_inserter(name), lower);
    return name;
  }
  for (std::size_t i = 1; i + 1 < token.size(); ++i) {
    name += token[i];
    if (token[i] == '"') ++i;
  }
  return name;
}

std::string quoted_name(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += c;
    out += c;
  }
  return out + '"';
}

std::string name_at(std::string_view text, std::int32_t position) {
  std::size_t at = 0;
  for (std::int32_t characters = 1; at < text.size() && characters < position; ++characters) do
      ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  Tokens tokens(text.substr(at));
  std::string name;
  for (auto token = tokens.next(); token.kind == Token::Kind::word || token.kind == Token::Kind::name;
       token = tokens.next()) {
    name = unquoted(token.text);
    if (!tokens.next().is_symbol('.')) break;
  }
  return name;
}

std::string upper_case(std::string_view word) {
  std::string text(word);
  std::transform(text.begin(), text.end(), text.begin(), upper);
  return text;
}

}  // namespace dbmux::postgres
