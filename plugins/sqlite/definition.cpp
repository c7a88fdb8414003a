#include "definition.hpp"

#include <utility>

#include "sql_text.hpp"

namespace dbmux::sqlite {

namespace {

// Tokens of a table's definition, with the name of the constraint that each belongs to.
class Constraints {
 public:
  explicit Constraints(std::string_view sql) : tokens_(sql) {}

  // The next word directly within the table's parentheses.
  Token next() {
    for (auto token = tokens_.next(); token.kind != Token::Kind::end; token = tokens_.next()) {
      if (token.is_symbol('(')) ++depth_;
      if (token.is_symbol(')')) --depth_;
      if (depth_ != 1) continue;
      if (token.is_symbol(',')) name_.clear();
      if (token.kind != Token::Kind::word) continue;
      if (token.is("CONSTRAINT")) {
        name_ = unquoted(tokens_.next().text);
        continue;
      }
      return token;
    }
    return {};
  }
  // The byte behind the parenthesis that is opened next and closed.
  std::size_t end_of_group() {
    const int outside = depth_;
    for (auto token = tokens_.next(); token.kind != Token::Kind::end; token = tokens_.next()) {
      if (token.is_symbol('(')) ++depth_;
      if (token.is_symbol(')') && --depth_ == outside) return token.offset + 1;
    }
    return std::string_view::npos;
  }
  std::string take_name() { return std::exchange(name_, {}); }

 private:
  Tokens tokens_;
  int depth_ = 0;
  std::string name_;
};

bool ends_constraint_name(const Token& t) {
  for (const char* word : {"PRIMARY", "NOT", "NULL", "UNIQUE", "DEFAULT", "COLLATE", "GENERATED", "AS"})
    if (t.is(word)) return true;
  return false;
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\f";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

std::vector<Check> checks_in(std::string_view sql) {
  std::vector<Check> checks;
  Constraints constraints(sql);
  for (auto token = constraints.next(); token.kind != Token::Kind::end; token = constraints.next()) {
    if (ends_constraint_name(token) || token.is("REFERENCES")) constraints.take_name();
    if (!token.is("CHECK")) continue;
    auto name = constraints.take_name();
    const auto end = constraints.end_of_group();
    if (end == std::string_view::npos) break;
    checks.push_back({std::move(name), std::string(sql.substr(token.offset, end - token.offset))});
  }
  return checks;
}

std::vector<std::string> foreign_key_names(std::string_view sql) {
  std::vector<std::string> names;
  Constraints constraints(sql);
  for (auto token = constraints.next(); token.kind != Token::Kind::end; token = constraints.next()) {
    if (ends_constraint_name(token) || token.is("CHECK")) constraints.take_name();
    if (token.is("REFERENCES")) names.push_back(constraints.take_name());
  }
  return names;
}

std::vector<std::string> terms_of_index(std::string_view sql) {
  std::vector<std::string> terms;
  Tokens tokens(sql);
  int depth = 0;
  std::size_t start = 0;
  for (auto token = tokens.next(); token.kind != Token::Kind::end; token = tokens.next()) {
    if (token.is_symbol('(') && ++depth == 1) start = token.offset + 1;
    const bool closes = token.is_symbol(')') && --depth == 0;
    if (!closes && !(depth == 1 && token.is_symbol(','))) continue;
    terms.emplace_back(trimmed(sql.substr(start, token.offset - start)));
    start = token.offset + 1;
    if (closes) break;
  }
  return terms;
}

TriggerHead head_of_trigger(std::string_view sql) {
  TriggerHead head;
  Tokens tokens(sql);
  auto token = tokens.next();
  // The name may be any word, also one of those looked for below.
  while (token.kind != Token::Kind::end && !token.is("TRIGGER")) token = tokens.next();
  token = tokens.next();
  if (token.is("IF")) {
    tokens.next();
    tokens.next();
    token = tokens.next();
  }
  token = tokens.next();
  if (token.is_symbol('.')) {
    tokens.next();
    token = tokens.next();
  }
  if (token.is("BEFORE") || token.is("AFTER") || token.is("INSTEAD")) {
    head.timing = token.is("INSTEAD") ? "INSTEAD OF" : upper_case(token.text);
    if (token.is("INSTEAD")) tokens.next();
    token = tokens.next();
  }
  head.event = upper_case(token.text);
  for (token = tokens.next(); token.kind != Token::Kind::end && !token.is("ON"); token = tokens.next())
    head.event += (token.is_symbol(',') ? "" : " ") + (token.is("OF") ? "OF" : std::string(token.text));
  return head;
}

}  // namespace dbmux::sqlite
