#include <algorithm>
#include <array>
#include <string>

#include "connection.hpp"
#include "sql_text.hpp"

namespace dbmux::postgres {

namespace {

constexpr std::int64_t kUndoNs = 800'000'000;

struct Isolation {
  std::string_view name, clause;
};
constexpr std::array kIsolations{
    Isolation{"", ""},
    Isolation{"READ UNCOMMITTED", " ISOLATION LEVEL READ UNCOMMITTED"},
    Isolation{"READ COMMITTED", " ISOLATION LEVEL READ COMMITTED"},
    Isolation{"REPEATABLE READ", " ISOLATION LEVEL REPEATABLE READ"},
    Isolation{"SNAPSHOT", " ISOLATION LEVEL REPEATABLE READ"},
    Isolation{"SERIALIZABLE", " ISOLATION LEVEL SERIALIZABLE"},
};

}  // namespace

kit::Status Connection::begin(kit::Call call, bool read_only, std::string_view isolation) {
  if (in_transaction()) return kit::fail(DBMUX_E_INVALID, "a transaction is open already");
  const auto known = std::find_if(kIsolations.begin(), kIsolations.end(),
                                  [&](const Isolation& i) { return i.name == upper_case(isolation); });
  if (known == kIsolations.end())
    return kit::fail(DBMUX_E_INVALID, "isolation '" + std::string(isolation) + "' is unknown")
        .hint("read committed, repeatable read or serializable");
  if (read_only_ && !read_only)
    return kit::fail(DBMUX_E_READ_ONLY, "a transaction that is not read-only could change data");
  auto running = enter(call);
  if (!running) return running.failure();
  if (auto limited = limit_time(); !limited) return limited;
  const auto text = "BEGIN" + std::string(known->clause) + (read_only ? " READ ONLY" : " READ WRITE");
  if (auto begun = begin_flight(text); !begun) return begun;
  transaction_ = read_only ? Transaction::reading : Transaction::writing;
  return {};
}

kit::Status Connection::begin_flight(const std::string& begin) {
  if (auto sent = wire_->send(begin.c_str()); !sent) return sent;
  if (prelude_)
    if (auto sent = wire_->send(prelude_->text(), &prelude_->parameters()); !sent) return sent;
  if (auto sent = wire_->sync(); !sent) return sent;
  auto begun = finished(interruption_);
  if (!begun) {
    constexpr std::array kUndo{"ROLLBACK"};
    Until until(kit::now_ns() + kUndoNs);
    if (!wire_->dead()) settle({{}, kUndo}, false, until);
    return begun.failure();
  }
  if (*begun) learn_process(begun->get());
  return {};
}

kit::Status Connection::commit(kit::Call call) {
  if (auto open = check_transaction(true); !open) return open;
  auto running = enter(call);
  if (!running) return running.failure();
  auto done = exchange({"COMMIT"});
  if (!done) {
    auto reason = done.failure();
    reason->flags |= wire_->dead() ? DBMUX_ERR_MAY_HAVE_RUN : DBMUX_ERR_TXN_FAILED;
    return reason;
  }
  catalog_changed();
  transaction_ended();
  return {};
}

kit::Status Connection::rollback(kit::Call call) {
  if (!in_transaction()) return kit::fail(DBMUX_E_INVALID, "no transaction is open");
  const auto running = run(interruption_, call);
  // A commit that was refused has rolled back.
  if (wire_->transaction() != PQTRANS_IDLE)
    if (auto done = exchange({"ROLLBACK"}); !done) return done.failure();
  transaction_ended();
  return {};
}

kit::Status Connection::check_transaction(bool wanted) const {
  if (wanted && !in_transaction()) return kit::fail(DBMUX_E_INVALID, "no transaction is open");
  if (in_transaction() && wire_->transaction() != PQTRANS_INTRANS && !wire_->dead())
    return kit::fail(DBMUX_E_CONFLICT, "an earlier error has undone the transaction; roll it back")
        .flags(DBMUX_ERR_TXN_FAILED);
  return {};
}

}  // namespace dbmux::postgres
