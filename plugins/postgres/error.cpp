#include "error.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "sql_text.hpp"

namespace dbmux::postgres {

namespace {

constexpr std::uint32_t kDead = DBMUX_ERR_CONN_DEAD | DBMUX_ERR_RETRYABLE;

// The first that fits counts.
constexpr std::array kMeanings{
    Meaning{"08P01", DBMUX_E_INVALID},  // also a wrong number of parameters
    Meaning{"08", DBMUX_E_CONNECTION, kDead},
    Meaning{"0A", DBMUX_E_UNSUPPORTED},
    Meaning{"21", DBMUX_E_INVALID},
    Meaning{"22", DBMUX_E_INVALID},
    Meaning{"23", DBMUX_E_CONSTRAINT},
    Meaning{"25006", DBMUX_E_READ_ONLY},
    Meaning{"25P02", DBMUX_E_CONFLICT, DBMUX_ERR_TXN_FAILED},
    Meaning{"25P03", DBMUX_E_CONNECTION, kDead},
    Meaning{"25P04", DBMUX_E_CONNECTION, kDead},
    Meaning{"28", DBMUX_E_AUTH},
    Meaning{"3D", DBMUX_E_NOT_FOUND},
    Meaning{"3F", DBMUX_E_NOT_FOUND},
    Meaning{"40003", DBMUX_E_CONFLICT, DBMUX_ERR_MAY_HAVE_RUN},
    Meaning{"40", DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE},
    Meaning{"42501", DBMUX_E_DENIED},
    Meaning{"42601", DBMUX_E_SYNTAX},
    Meaning{"42602", DBMUX_E_SYNTAX},
    Meaning{"42P01", DBMUX_E_NOT_FOUND},
    Meaning{"42703", DBMUX_E_NOT_FOUND},
    Meaning{"42883", DBMUX_E_NOT_FOUND},
    Meaning{"42704", DBMUX_E_NOT_FOUND},
    Meaning{"42P04", DBMUX_E_EXISTS},
    Meaning{"42P06", DBMUX_E_EXISTS},
    Meaning{"42P07", DBMUX_E_EXISTS},
    Meaning{"42701", DBMUX_E_EXISTS},
    Meaning{"42710", DBMUX_E_EXISTS},
    Meaning{"42723", DBMUX_E_EXISTS},
    Meaning{"42", DBMUX_E_INVALID},
    Meaning{"44", DBMUX_E_CONSTRAINT},
    Meaning{"53", DBMUX_E_RESOURCE, DBMUX_ERR_RETRYABLE},
    Meaning{"54", DBMUX_E_RESOURCE},
    Meaning{"55P03", DBMUX_E_LOCK_TIMEOUT, DBMUX_ERR_RETRYABLE},
    Meaning{"55006", DBMUX_E_CONFLICT, DBMUX_ERR_RETRYABLE},
    Meaning{"55", DBMUX_E_INVALID},
    Meaning{"57014", DBMUX_E_CANCELLED},
    Meaning{"57P", DBMUX_E_CONNECTION, kDead},
    Meaning{"P0002", DBMUX_E_NOT_FOUND},
    Meaning{"P0", DBMUX_E_INVALID},
    Meaning{"", DBMUX_E_INTERNAL},
};

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text ? text : "";
}

std::string object_of(const PGresult* result, const kit::Error& e, std::string_view statement) {
  const auto constraint = field(result, PG_DIAG_CONSTRAINT_NAME), table = field(result, PG_DIAG_TABLE_NAME),
             column = field(result, PG_DIAG_COLUMN_NAME), type = field(result, PG_DIAG_DATATYPE_NAME);
  if (!constraint.empty()) return std::string(constraint);
  if (!table.empty() && !column.empty()) return std::string(table) + '.' + std::string(column);
  if (!column.empty()) return std::string(column);
  if (!table.empty()) return std::string(table);
  if (!type.empty()) return std::string(type);
  const bool names_one =
      e.category == DBMUX_E_NOT_FOUND || e.category == DBMUX_E_EXISTS || e.category == DBMUX_E_DENIED;
  if (!names_one) return {};
  // Messages come in the server's language, and some quote nothing; the statement is the caller's.
  if (e.position > 0)
    if (auto name = name_at(statement, e.position); !name.empty()) return name;
  if (auto name = quoted_part(e.message); !name.empty()) return name;
  // "permission denied for table x"
  if (e.category != DBMUX_E_DENIED) return {};
  const auto last = e.message.rfind(' ');
  return last == std::string::npos ? std::string() : e.message.substr(last + 1);
}

}  // namespace

const Meaning& meaning_of(std::string_view state) {
  return *std::find_if(kMeanings.begin(), kMeanings.end() - 1,
                       [&](const Meaning& m) { return state.starts_with(m.state); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

// What stands between the first double quotes.
std::string quoted_part(std::string_view message) {
  const auto open = message.find('"');
  const auto close = open == std::string_view::npos ? open : message.find('"', open + 1);
  if (close == std::string_view::npos) return {};
  return std::string(message.substr(open + 1, close - open - 1));
}

std::string_view sqlstate(const PGresult* result) { return field(result, PG_DIAG_SQLSTATE); }

bool is_cancelled(const PGresult* result) { return sqlstate(result) == "57014"; }

kit::Failure failure(const PGresult* result, std::string_view statement) {
  kit::Error e;
  if (sqlstate(result) == "25006") e.refused_by = DBMUX_BY_TRANSACTION;
  const auto& meaning = meaning_of(sqlstate(result));
  e.category = meaning.category;
  e.flags = meaning.flags;
  e.sqlstate = sqlstate(result);
  e.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (e.message.empty()) e.message = trimmed(PQresultErrorMessage(result));
  if (e.sqlstate.empty()) {  // of libpq, not of the server
    e.category = DBMUX_E_CONNECTION;
    e.flags = kDead;
  }
  e.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  e.hint = field(result, PG_DIAG_MESSAGE_HINT);
  if (const auto at = field(result, PG_DIAG_STATEMENT_POSITION); !at.empty() && !statement.empty())
    e.position = std::atoi(at.data());
  e.object = object_of(result, e, statement);
  if (e.sqlstate == "42P18" && e.hint.empty())
    e.hint = "say the parameter's type, by a cast such as $1::text or with its value";
  return kit::Failure(std::move(e));
}

kit::Failure lost_connection(std::string_view message) {
  message = trimmed(message);
  if (const auto line = message.find('\n'); line != std::string_view::npos) message = message.substr(0, line);
  return kit::fail(DBMUX_E_CONNECTION, message.empty() ? "the connection is lost" : std::string(message))
      .flags(kDead);
}

}  // namespace dbmux::postgres
