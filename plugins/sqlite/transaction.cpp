#include <algorithm>
#include <array>
#include <string>

#include "connection.hpp"
#include "sql_text.hpp"

namespace dbmux::sqlite {

namespace {

// Every transaction of SQLite is serializable, which is at least what any of these asks for.
constexpr std::array<std::string_view, 6> kIsolations{
    "", "read uncommitted", "read committed", "repeatable read", "snapshot", "serializable"};

bool known_isolation(std::string_view isolation) {
  return std::any_of(kIsolations.begin(), kIsolations.end(),
                     [&](auto known) { return equal_ignoring_case(known, isolation); });
}

}  // namespace

kit::Status Connection::begin(kit::Call call, bool read_only, std::string_view isolation) {
  if (transaction_ != Transaction::none) return kit::fail(DBMUX_E_INVALID, "a transaction is open already");
  if (!known_isolation(isolation))
    return kit::fail(DBMUX_E_INVALID,
                     "isolation '" + std::string(isolation) + "' is unknown; SQLite's is serializable");
  if (read_only_ && !read_only)
    return kit::fail(DBMUX_E_READ_ONLY, "a transaction that is not read-only could change data");
  auto running = enter(call);
  if (!running) return running.failure();
  if (auto status = set_query_only(read_only); !status) return status;
  // Reading fixes what is seen now; writing takes the lock now, so that no statement fails for want of it
  // later.
  if (auto status = run_own(read_only ? "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1" : "BEGIN IMMEDIATE");
      !status) {
    if (in_transaction()) static_cast<void>(run_own("ROLLBACK"));
    return status;
  }
  transaction_ = read_only ? Transaction::reading : Transaction::writing;
  return {};
}

kit::Status Connection::commit(kit::Call call) {
  if (auto open = check_transaction(true); !open) return open;
  auto running = enter(call);
  if (!running) return running.failure();
  if (auto status = run_own("COMMIT"); !status) return status;
  transaction_ = Transaction::none;
  return {};
}

kit::Status Connection::rollback(kit::Call call) {
  if (transaction_ == Transaction::none) return kit::fail(DBMUX_E_INVALID, "no transaction is open");
  const auto running = run(interruption_, call);
  if (in_transaction())
    if (auto status = run_own("ROLLBACK"); !status) return status;
  transaction_ = Transaction::none;
  return {};
}

kit::Status Connection::check_transaction(bool wanted) const {
  if (wanted && transaction_ == Transaction::none)
    return kit::fail(DBMUX_E_INVALID, "no transaction is open");
  if (transaction_ != Transaction::none && !in_transaction())
    return kit::fail(DBMUX_E_CONFLICT, "an earlier error has undone the transaction; roll it back")
        .flags(DBMUX_ERR_TXN_FAILED);
  return {};
}

}  // namespace dbmux::sqlite
