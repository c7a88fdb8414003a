#include "guard.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "acting_functions.hpp"
#include "nesting.hpp"
#include "sql_text.hpp"

namespace dbmux::postgres {

namespace {

using Words = std::string_view;
constexpr std::size_t kLongestRead = std::size_t{64} << 10;
constexpr int kDeepestComment = 16;

constexpr std::array<Words, 4> kReads{"SELECT", "VALUES", "TABLE", "WITH"};
constexpr std::array<Words, 4> kWrites{"INSERT", "UPDATE", "DELETE", "MERGE"};
constexpr std::array<Words, 13> kTransactions{"BEGIN", "START",     "COMMIT",  "END",     "ROLLBACK",
                                              "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "SET",
                                              "LOCK",  "DECLARE",   "FETCH"};
// Statements of these leave the session as it was, unless they make something temporary.
constexpr std::array<Words, 22> kClean{"SELECT", "VALUES",   "TABLE",   "WITH",    "INSERT", "UPDATE",
                                       "DELETE", "MERGE",    "SHOW",    "EXPLAIN", "CREATE", "ALTER",
                                       "DROP",   "TRUNCATE", "COMMENT", "GRANT",   "REVOKE", "ANALYZE",
                                       "VACUUM", "REINDEX",  "REFRESH", "CLUSTER"};
constexpr std::array<Words, 10> kCatalog{"CREATE", "ALTER",  "DROP", "COMMENT", "GRANT",
                                         "REVOKE", "IMPORT", "DO",   "CALL",    "REFRESH"};

template <std::size_t N>
bool one_of(const std::array<Words, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}
template <std::size_t N>
bool one_of(const std::array<Words, N>& words, const Token& token) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return token.is(word); });
}

std::int32_t character(std::string_view text, std::size_t offset) {
  return static_cast<std::int32_t>(kit::count_characters(text.substr(0, offset))) + 1;
}

bool is_acting_function(const Token& token) {
  if (token.kind != Token::Kind::word && token.kind != Token::Kind::name) return false;
  return acts_outside(unquoted(token.text));
}

kit::Failure not_a_read(const std::string& what, std::string_view text, std::size_t offset) {
  return kit::fail(DBMUX_E_READ_ONLY, what).position(character(text, offset));
}

kit::Failure not_understood(const std::string& what, std::string_view text, std::size_t offset) {
  return kit::fail(DBMUX_E_NOT_UNDERSTOOD, what).position(character(text, offset));
}

std::vector<Token> all_tokens(Tokens& tokens) {
  std::vector<Token> list;
  do list.push_back(tokens.next());
  while (list.back().kind != Token::Kind::end && list.back().kind != Token::Kind::broken);
  return list;
}

bool at_function(const std::vector<Token>& tokens, std::size_t i) {
  return is_acting_function(tokens[i]) && i + 1 < tokens.size() && tokens[i + 1].is_symbol('(');
}

// The place behind "EXPLAIN", its options included; analyzes: it runs the statement.
std::size_t skip_explain(const std::vector<Token>& tokens, std::size_t i, bool& analyzes) {
  ++i;
  const bool in_brackets = tokens[i].is_symbol('(');
  for (; i + 1 < tokens.size(); ++i) {
    if (in_brackets ? tokens[i].is_symbol(')') : !tokens[i].is("ANALYZE") && !tokens[i].is("VERBOSE")) break;
    const auto& next = tokens[i + 1];
    const bool is_off = in_brackets && (next.is("FALSE") || next.is("OFF") || next.text == "0");
    analyzes = analyzes || (tokens[i].is("ANALYZE") && !is_off);
  }
  if (in_brackets && i + 1 < tokens.size()) ++i;
  return i;
}

// Several of these words are also names of columns.
bool begins_a_change(const std::vector<Token>& tokens, std::size_t i) {
  if (!one_of(kWrites, tokens[i]) || i + 1 >= tokens.size()) return false;
  const auto& next = tokens[i + 1];
  if (tokens[i].is("INSERT") || tokens[i].is("MERGE")) return next.is("INTO");
  if (tokens[i].is("DELETE")) return next.is("FROM");
  return next.kind == Token::Kind::word || next.kind == Token::Kind::name;
}

kit::Status check_reading_body(std::string_view text, const std::vector<Token>& tokens, std::size_t first,
                               bool alone) {
  for (auto i = first; i + 1 < tokens.size(); ++i) {
    const auto& token = tokens[i];
    if (token.is("INTO")) return not_a_read("SELECT INTO makes a table", text, token.offset);
    const bool opens = i > 0 && (tokens[i - 1].is_symbol('(') || tokens[i - 1].is_symbol(')'));
    if (opens && i > first && begins_a_change(tokens, i))
      return not_a_read(upper_case(token.text) + " changes data", text, token.offset);
    if (at_function(tokens, i))
      return not_a_read("the function " + unquoted(token.text) + " acts outside the transaction", text,
                        token.offset);
    if (alone && token.kind == Token::Kind::name && token.text.front() != '"')
      return not_understood("names in U&\"…\" are not read here", text, token.offset);
  }
  return {};
}

}  // namespace

kit::Result<Outline> outline_of(std::string_view text) {
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    return kit::fail(DBMUX_E_INVALID, "the statement holds a NUL character").position(character(text, nul));
  Outline outline;
  Nesting nesting;
  Tokens tokens(text);
  bool ended = false;
  for (auto token = tokens.next(); token.kind != Token::Kind::end; token = tokens.next()) {
    if (token.kind == Token::Kind::broken)
      return kit::fail(DBMUX_E_SYNTAX, "a comment, string or quoted name is not closed")
          .position(character(text, token.offset));
    nesting.see(token);
    if (token.is_symbol(';')) {
      ended = !outline.verb.empty();
      continue;
    }
    // Bodies of functions may hold several; the server still takes one statement only.
    const bool has_body = outline.verb == "CREATE";
    if (ended && !has_body)
      return kit::fail(DBMUX_E_INVALID, "one statement at a time: the text goes on behind the first one")
          .position(character(text, token.offset));
    if (outline.verb.empty() && !token.is_symbol('(')) {
      outline.verb = upper_case(token.text);
      continue;
    }
    if (outline.verb == "PREPARE" && token.is("TRANSACTION")) outline.verb += " TRANSACTION";
    if (token.kind == Token::Kind::parameter && !has_body)
      outline.parameters =
          std::max(outline.parameters, std::atoi(std::string(token.text.substr(1, 9)).c_str()));
    if (token.is("TEMP") || token.is("TEMPORARY") || is_acting_function(token))
      outline.dirties_session = true;
    if (token.is("INTO") && outline.verb == "SELECT") outline.changes_catalog = true;
  }
  if (outline.verb.empty()) return kit::fail(DBMUX_E_INVALID, "there is no statement in the text");
  outline.nesting = nesting.deepest();
  outline.comment_nesting = tokens.comment_depth();
  outline.dirties_session = outline.dirties_session || !one_of(kClean, outline.verb);
  outline.changes_catalog = outline.changes_catalog || one_of(kCatalog, outline.verb);
  return outline;
}

kit::Status check_size(std::string_view text, const Outline& outline, bool reading) {
  const dbmux_status category = reading ? DBMUX_E_NOT_UNDERSTOOD : DBMUX_E_INVALID;
  if (reading && text.size() > kLongestRead)
    return kit::fail(category, "a reading statement is at most 64 KiB long")
        .hint("give long lists as a parameter, as in = ANY($1)");
  if (outline.comment_nesting > kDeepestComment) return kit::fail(category, "comments are nested too deeply");
  if (outline.nesting > kDeepestNesting)
    return kit::fail(category, "the statement is nested too deeply")
        .hint("break it up: fewer brackets within brackets, fewer operators in one expression");
  return {};
}

kit::Status check_reading(std::string_view text, bool alone) {
  Tokens lexer(text);
  const auto tokens = all_tokens(lexer);
  std::size_t i = 0;
  while (tokens[i].is_symbol(';') || tokens[i].is_symbol('(')) ++i;
  if (tokens[i].is("SHOW")) return {};
  const bool explains = tokens[i].is("EXPLAIN");
  bool analyzes = false;
  if (explains) {
    i = skip_explain(tokens, i, analyzes);
    while (tokens[i].is_symbol('(')) ++i;
    if (one_of(kWrites, tokens[i])) {
      if (!analyzes) return check_reading_body(text, tokens, i, alone);
      return not_a_read(
          "EXPLAIN ANALYZE runs the statement, and " + upper_case(tokens[i].text) + " changes data", text,
          tokens[i].offset);
    }
  }
  if (one_of(kReads, tokens[i])) return check_reading_body(text, tokens, i, alone);
  if (auto refused = refusal_of(upper_case(tokens[i].text), true); refused && !explains)
    return std::move(*refused);
  const auto word = tokens[i].kind == Token::Kind::word ? upper_case(tokens[i].text) : std::string();
  if (!explains && (one_of(kWrites, word) || one_of(kCatalog, word) || one_of(kTransactions, word) ||
                    one_of(kClean, word)))
    return not_a_read(word + " is not a reading statement", text, tokens[i].offset);
  return not_understood("only SELECT, WITH, VALUES, TABLE, SHOW and EXPLAIN of these are known to read", text,
                        tokens[i].offset);
}

std::optional<kit::Failure> refusal_of(std::string_view verb, bool reading) {
  struct Refusal {
    Words verb, reason, hint;
  };
  constexpr std::array kRefusals{
      Refusal{
          "COPY",
          "COPY is not sent: its rows go beside the answer, and it can write files and start programs",
          "read rows with SELECT; add many with INSERT INTO … SELECT … FROM unnest($1::int[], $2::text[])"},
      Refusal{"LISTEN", "LISTEN is not sent: nobody would be there when a message comes",
              "ask again with SELECT when it is time"},
      Refusal{"UNLISTEN", "UNLISTEN is not sent: no session listens", ""},
  };
  for (const auto& refusal : kRefusals)
    if (verb == refusal.verb)
      return kit::fail(reading ? DBMUX_E_READ_ONLY : DBMUX_E_UNSUPPORTED, std::string(refusal.reason))
          .hint(std::string(refusal.hint));
  if (reading && verb == "NOTIFY")
    return kit::fail(DBMUX_E_READ_ONLY, "NOTIFY sends a message to other sessions");
  return std::nullopt;
}

kit::Status check_writing(const Outline& outline) {
  constexpr std::array<Words, 9> kOwnCalls{
      "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE TRANSACTION"};
  if (one_of(kOwnCalls, outline.verb))
    return kit::fail(DBMUX_E_UNSUPPORTED, outline.verb + " is not sent as a statement")
        .hint("begin, commit and roll back with the calls for transactions");
  if (auto refused = refusal_of(outline.verb, false)) return std::move(*refused);
  return {};
}

}  // namespace dbmux::postgres
