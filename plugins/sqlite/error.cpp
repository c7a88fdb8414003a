#include "error.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "sql_text.hpp"

namespace dbmux::sqlite {

namespace {

struct Meaning {
  int rc;
  dbmux_status category;
  std::uint32_t flags;
  const char* message;  // nullptr: the library's own
};

// Extended codes first, then primary ones.
constexpr std::array kMeanings{
    Meaning{SQLITE_BUSY_SNAPSHOT, DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE,
            "another connection has changed the database since this transaction began"},
    Meaning{SQLITE_READONLY_DBMOVED, DBMUX_E_CONNECTION, DBMUX_ERR_CONN_DEAD | DBMUX_ERR_RETRYABLE,
            "the database file was moved or replaced while it was open"},
    Meaning{SQLITE_READONLY_DIRECTORY, DBMUX_E_DENIED, 0,
            "the folder of the database is not writable, so no journal can be kept there"},
    Meaning{
        SQLITE_READONLY_ROLLBACK, DBMUX_E_CONNECTION, 0,
        "a write to the database was interrupted and must be rolled back first, which needs write access"},
    Meaning{SQLITE_READONLY_RECOVERY, DBMUX_E_CONNECTION, 0,
            "the write-ahead log must be recovered first, which needs write access"},
    Meaning{SQLITE_BUSY, DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE,
            "the database is locked by another connection"},
    Meaning{SQLITE_LOCKED, DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE, nullptr},
    Meaning{SQLITE_INTERRUPT, DBMUX_E_CANCELLED, 0, "the statement was interrupted"},
    Meaning{SQLITE_READONLY, DBMUX_E_READ_ONLY, 0, nullptr},
    Meaning{SQLITE_CONSTRAINT, DBMUX_E_CONSTRAINT, 0, nullptr},
    Meaning{SQLITE_MISMATCH, DBMUX_E_CONSTRAINT, 0, "a value does not fit the type of its column"},
    Meaning{SQLITE_NOMEM, DBMUX_E_RESOURCE, 0, "the statement needs more memory than it may have"},
    Meaning{SQLITE_TOOBIG, DBMUX_E_RESOURCE, 0, "a text or value is longer than what is allowed here"},
    Meaning{SQLITE_FULL, DBMUX_E_RESOURCE, 0, nullptr},
    Meaning{SQLITE_AUTH, DBMUX_E_DENIED, 0, nullptr},
    Meaning{SQLITE_PERM, DBMUX_E_DENIED, 0, nullptr},
    Meaning{SQLITE_CANTOPEN, DBMUX_E_CONNECTION, DBMUX_ERR_CONN_DEAD, nullptr},
    Meaning{SQLITE_IOERR, DBMUX_E_CONNECTION, DBMUX_ERR_CONN_DEAD, nullptr},
    Meaning{SQLITE_CORRUPT, DBMUX_E_INTERNAL, 0, "the database file is damaged"},
    Meaning{SQLITE_NOTADB, DBMUX_E_CONNECTION, DBMUX_ERR_CONN_DEAD, "the file is not a SQLite database"},
    Meaning{SQLITE_RANGE, DBMUX_E_INVALID, 0, nullptr},
    Meaning{SQLITE_SCHEMA, DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE,
            "the schema changed while the statement started"},
    Meaning{SQLITE_ERROR, DBMUX_E_SYNTAX, 0, nullptr},
};

struct Phrase {
  std::string_view start;
  dbmux_status category;
  bool names_object;  // what follows is the name
};
constexpr std::array kPhrases{
    Phrase{"no such table: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"no such column: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"no such function: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"no such table-valued function: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"no such view: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"no such index: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"no such trigger: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"no such module: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"no such collation sequence: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"no such window: ", DBMUX_E_NOT_FOUND, true},
    Phrase{"unknown database ", DBMUX_E_NOT_FOUND, true},
    Phrase{"ambiguous column name: ", DBMUX_E_INVALID, true},
    Phrase{"malformed JSON", DBMUX_E_INVALID, false},
    Phrase{"JSON ", DBMUX_E_INVALID, false},
    Phrase{"integer overflow", DBMUX_E_INVALID, false},
    Phrase{"wrong number of arguments", DBMUX_E_INVALID, false},
    Phrase{"misuse of ", DBMUX_E_INVALID, false},
    Phrase{"LIKE or GLOB pattern too complex", DBMUX_E_RESOURCE, false},
    Phrase{"UNIQUE constraint failed: ", DBMUX_E_CONSTRAINT, true},
    Phrase{"NOT NULL constraint failed: ", DBMUX_E_CONSTRAINT, true},
    Phrase{"CHECK constraint failed: ", DBMUX_E_CONSTRAINT, true},
};

void understand_message(kit::Error& e) {
  const std::string_view message = e.message;
  for (const auto& phrase : kPhrases)
    if (message.starts_with(phrase.start)) {
      e.category = phrase.category;
      if (phrase.names_object) e.object = message.substr(phrase.start.size());
      return;
    }
  const auto column = message.find(" has no column named ");
  if (message.starts_with("table ") && column != std::string_view::npos) {
    e.category = DBMUX_E_NOT_FOUND;
    e.object = message.substr(column + 21);
    return;
  }
  if (message.ends_with(" already exists")) {  // "table x already exists"
    e.category = DBMUX_E_EXISTS;
    const auto kind = message.find(' ');
    e.object = unquoted(message.substr(kind + 1, message.size() - kind - 16));
  }
  if (const auto name = message.find(" named ");
      message.starts_with("there is already ") && name != std::string_view::npos) {
    e.category = DBMUX_E_EXISTS;  // "there is already a table named x"
    e.object = message.substr(name + 7);
  }
  if (message.ends_with(" may not be modified")) e.category = DBMUX_E_DENIED;
}

// Where a name stands in the statement, as a byte offset; npos when it does not.
std::size_t place_of(std::string_view name, std::string_view statement) {
  if (const auto dot = name.rfind('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);
  Tokens tokens(statement);
  for (auto token = tokens.next(); token.kind != Token::Kind::end; token = tokens.next()) {
    const bool named = token.kind == Token::Kind::word || token.kind == Token::Kind::name;
    if (named && equal_ignoring_case(unquoted(token.text), name)) return token.offset;
  }
  return std::string_view::npos;
}

void locate(kit::Error& e, sqlite3* db, std::string_view statement) {
  const int offset = sqlite3_error_offset(db);
  std::size_t at = std::string_view::npos;
  if (offset >= 0) {
    at = static_cast<std::size_t>(offset);
  } else if (e.category == DBMUX_E_NOT_FOUND && !e.object.empty()) {
    at = place_of(e.object, statement);
  }
  if (at <= statement.size())
    e.position = static_cast<std::int32_t>(kit::count_characters(statement.substr(0, at))) + 1;
}

}  // namespace

kit::Failure failure(sqlite3* db, int rc, std::string_view statement) {
  kit::Error e;
  const int extended = db ? sqlite3_extended_errcode(db) : rc;
  // The handle may have moved on; its message is only ours when the codes agree.
  const bool own = db && (extended & 0xff) == (rc & 0xff);
  const int code = own ? extended : rc;
  e.native_code = code;
  e.message = own ? sqlite3_errmsg(db) : sqlite3_errstr(rc);
  auto meaning =
      std::find_if(kMeanings.begin(), kMeanings.end(), [&](const Meaning& m) { return m.rc == code; });
  if (meaning == kMeanings.end())
    meaning = std::find_if(kMeanings.begin(), kMeanings.end(),
                           [&](const Meaning& m) { return m.rc == (code & 0xff); });
  if (meaning != kMeanings.end()) {
    e.category = meaning->category;
    e.flags = meaning->flags;
    if (e.category == DBMUX_E_READ_ONLY) e.refused_by = DBMUX_BY_FILE;
    // The library's own text may say more than that of its code.
    if (meaning->message && (e.message == sqlite3_errstr(code) || e.message == sqlite3_errstr(code & 0xff)))
      e.message = meaning->message;
  }
  if (own) {
    understand_message(e);
    if (!statement.empty()) locate(e, db, statement);
  }
  return kit::Failure(std::move(e));
}

}  // namespace dbmux::sqlite
