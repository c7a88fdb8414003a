#include "read_only.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "tokens.hpp"

namespace dbmux::mssql {

namespace {

// Statements need no semicolon, so one may start at any word. All but the functions are reserved: no name is
// one of them.
constexpr std::array<std::string_view, 68> kRefused{"ADD",
                                                    "ALTER",
                                                    "BACKUP",
                                                    "BEGIN",
                                                    "BREAK",
                                                    "BULK",
                                                    "CHECKPOINT",
                                                    "CLOSE",
                                                    "COMMIT",
                                                    "CONTINUE",
                                                    "CREATE",
                                                    "DBCC",
                                                    "DEALLOCATE",
                                                    "DECLARE",
                                                    "DELETE",
                                                    "DENY",
                                                    "DROP",
                                                    "DUMP",
                                                    "EXEC",
                                                    "EXECUTE",
                                                    "EXTERNAL",
                                                    "GOTO",
                                                    "GRANT",
                                                    "IF",
                                                    "INSERT",
                                                    "INTO",
                                                    "KILL",
                                                    "LINENO",
                                                    "LOAD",
                                                    "MERGE",
                                                    "OPEN",
                                                    "OPENQUERY",
                                                    "OPENROWSET",
                                                    "OPENDATASOURCE",
                                                    "PRINT",
                                                    "PROC",
                                                    "PROCEDURE",
                                                    "RAISERROR",
                                                    "READTEXT",
                                                    "RECONFIGURE",
                                                    "RESTORE",
                                                    "RETURN",
                                                    "REVERT",
                                                    "REVOKE",
                                                    "ROLLBACK",
                                                    "SAVE",
                                                    "SECURITYAUDIT",
                                                    "SET",
                                                    "SETUSER",
                                                    "SHUTDOWN",
                                                    "TRIGGER",
                                                    "TRUNCATE",
                                                    "TSEQUAL",
                                                    "UPDATE",
                                                    "UPDATETEXT",
                                                    "USE",
                                                    "WAITFOR",
                                                    "WHILE",
                                                    "WRITETEXT",
                                                    "TRAN",
                                                    "TRANSACTION",
                                                    "FN_TRACE_GETTABLE",
                                                    "FN_XE_FILE_TARGET_READ_FILE",
                                                    "FN_GET_AUDIT_FILE",
                                                    "FN_GET_AUDIT_FILE_V2",
                                                    "FN_DBLOG",
                                                    "FN_DUMP_DBLOG",
                                                    "FN_FULL_DBLOG"};

std::string_view bare(const Token& t) {
  return t.kind == Token::Kind::name && t.text.size() > 1 ? t.text.substr(1, t.text.size() - 2) : t.text;
}

bool refused(std::string_view word) {
  return std::any_of(kRefused.begin(), kRefused.end(), [&](auto w) { return equal_ignoring_case(w, word); });
}

std::int32_t position(std::string_view text, const Token& t) {
  return static_cast<std::int32_t>(kit::count_characters(text.substr(0, t.offset))) + 1;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), tokens_(text) {}

  kit::Status check() {
    auto token = tokens_.next();
    if (token.kind == Token::Kind::end)
      return kit::fail(DBMUX_E_INVALID, "there is no statement in the text");
    if (!token.is("SELECT") && !token.is("WITH"))
      return token.kind == Token::Kind::word && refused(token.text)
                 ? refusal(token)
                 : not_understood(token, "a reading statement begins with SELECT or WITH");
    in_with_ = token.is("WITH");
    for (previous_ = token, token = tokens_.next(); token.kind != Token::Kind::end; token = tokens_.next()) {
      if (auto status = check(token); !status) return status;
      previous_ = token;
    }
    if (in_with_) return not_understood(previous_, "the WITH has no SELECT");
    return {};
  }

 private:
  kit::Status check(const Token& t) {
    if (t.kind == Token::Kind::broken) return not_understood(t, "a quotation or comment does not end");
    if (ended_) return not_understood(t, "one statement at a time: the text goes on behind the first one");
    if (t.kind == Token::Kind::name) {
      names_ = previous_.is_symbol('.') ? names_ + 1 : 1;
      // A function keeps its effect when its name is quoted.
      if (refused_function(bare(t))) return refusal(t);
    } else if (t.kind == Token::Kind::word) {
      if (auto status = check_word(t); !status) return status;
    } else if (t.kind == Token::Kind::symbol) {
      if (auto status = check_symbol(t); !status) return status;
    }
    if (names_ > 3) return refusal(t, "a name of four parts is on another server");
    return {};
  }

  kit::Status check_word(const Token& t) {
    const bool part = previous_.is_symbol('.');
    names_ = part ? names_ + 1 : 1;
    if (part) return refused_function(t.text) ? kit::Status(refusal(t)) : kit::Status();
    if (t.is("VALUE") && (previous_.is("NEXT"))) return refusal(t, "a sequence does not go back");
    if (t.is("FETCH") && !previous_.is("ROWS") && !previous_.is("ROW")) return refusal(t);
    if (t.is("SELECT") && depth_ == 0 && !continues_query()) {
      if (!in_with_) return not_understood(t, "one statement at a time: a second SELECT begins");
      in_with_ = false;
    }
    return refused(t.text) ? kit::Status(refusal(t)) : kit::Status();
  }

  kit::Status check_symbol(const Token& t) {
    constexpr std::string_view kKnown = "().,;*=<>!+-/%&|^~:$";
    if (kKnown.find(t.text[0]) == std::string_view::npos)
      return not_understood(t, "a character of no statement");
    if (t.is_symbol('.')) {
      if (previous_.is_symbol('.')) ++names_;  // server..table leaves the schema out
      return {};
    }
    if (t.is_symbol('(')) ++depth_;
    if (t.is_symbol(')') && --depth_ < 0)
      return not_understood(t, "a parenthesis closes that was never opened");
    if (t.is_symbol(';')) ended_ = true;
    names_ = 0;
    return {};
  }

  bool continues_query() const {
    return previous_.is("UNION") || previous_.is("ALL") || previous_.is("EXCEPT") ||
           previous_.is("INTERSECT");
  }

  static bool refused_function(std::string_view name) {
    const auto text = upper(name);
    return (text.starts_with("FN_") || text.starts_with("OPEN")) && refused(text);
  }

  kit::Failure refusal(const Token& t, const std::string& why = {}) const {
    return kit::fail(DBMUX_E_READ_ONLY, "only reading is allowed here: " + upper(bare(t)) +
                                            (why.empty() ? " is refused" : ": " + why))
        .position(position(text_, t));
  }
  kit::Failure not_understood(const Token& t, const std::string& why) const {
    return kit::fail(DBMUX_E_NOT_UNDERSTOOD, "it cannot be told that this only reads: " + why)
        .position(position(text_, t));
  }

  std::string_view text_;
  Tokens tokens_;
  Token previous_;
  int depth_ = 0;
  int names_ = 0;  // parts of the dotted name that ends here
  bool in_with_ = false;
  bool ended_ = false;
};

}  // namespace

kit::Status check_reads_only(std::string_view text) { return Reader(text).check(); }

bool may_change_session(std::string_view text) {
  constexpr std::array<std::string_view, 14> kHarmless{"SELECT",   "WITH",   "INSERT", "UPDATE", "DELETE",
                                                       "MERGE",    "CREATE", "ALTER",  "DROP",   "GRANT",
                                                       "TRUNCATE", "REVOKE", "DENY",   "PRINT"};
  constexpr std::array<std::string_view, 9> kChanging{"SET",     "USE",  "BEGIN",  "DECLARE", "EXEC",
                                                      "EXECUTE", "SAVE", "COMMIT", "ROLLBACK"};
  Tokens tokens(text);
  auto token = tokens.next();
  if (std::none_of(kHarmless.begin(), kHarmless.end(), [&](auto w) { return token.is(w); })) return true;
  const bool update = token.is("UPDATE") || token.is("WITH") || token.is("MERGE");
  for (bool first_set = update; token.kind != Token::Kind::end; token = tokens.next()) {
    if (token.kind == Token::Kind::broken) return true;
    if (token.kind == Token::Kind::word && token.text.starts_with('#')) return true;
    if (first_set && token.is("SET")) {
      first_set = false;
      continue;
    }
    if (std::any_of(kChanging.begin(), kChanging.end(), [&](auto w) { return token.is(w); })) return true;
  }
  return false;
}

}  // namespace dbmux::mssql
