// SPDX-License-Identifier: MIT-0
// Cancels, deadlines and what a session is worth after them.
#include <atomic>
#include <thread>

#include "check/checks.hpp"

namespace dbmux::check::checks {
namespace {

using namespace std::chrono_literals;

constexpr auto kBeforeCancel = 300ms;
constexpr auto kCancelGrace = 3s;

std::string milliseconds(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count()) + " ms";
}

// A session is good for the next statement, or its error said that it is dead.
void expect_usable(const Bench& bench, Conn& conn, const Answer& before, std::string_view after) {
  if ((before.outcome.error.flags & DBMUX_ERR_CONN_DEAD) != 0) return;
  const auto next = ask(conn, bench.any());
  expect(
      next.ok(),
      "the next statement on the session works after " + std::string(after) + ", or the error said CONN_DEAD",
      next.function + "() returned " + next.outcome.said());
}

void expect_status(const Answer& answer, dbmux_status status, const std::string& what,
                   std::string_view advice) {
  expect(answer.outcome.status == status, what,
         answer.ok() ? "it came to its end: OK" : answer.function + "() returned " + answer.outcome.said(),
         advice);
}

Query slow_query(const Bench& bench) { return bench.query(bench.need(bench.setup.statements.slow, "slow")); }

}  // namespace

void cancel_before(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  LiveCall call;
  call.cancel();
  const auto answer = ask(conn, call, bench.setup.statements.slow ? slow_query(bench) : bench.any());
  expect_status(answer, DBMUX_E_CANCELLED,
                "a call of which is_cancelled() says yes from the start ends with E_CANCELLED",
                "Ask host->is_cancelled() once the id is noted: the host's cancel() may have come before.");
  expect_usable(bench, conn, answer, "such a call");
  pass();
}

void cancel_during(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  const auto query = slow_query(bench);
  LiveCall call(4s);
  Answer answer;
  std::atomic<std::int64_t> ended{0};
  std::thread worker([&] {
    answer = ask(conn, call, query);
    ended = now_ns();
  });
  std::this_thread::sleep_for(kBeforeCancel);
  const auto cancelled_at = now_ns();
  expect(ended == 0, "the statement `slow` runs for a minute or more",
         "it ended within " + milliseconds(kBeforeCancel), "See x-dbmux-check in the guide.");
  call.cancel();
  conn.cancel(call.id());
  worker.join();
  expect_status(answer, DBMUX_E_CANCELLED,
                "a running call ends with E_CANCELLED once cancel() was called with its id",
                "cancel() comes from another thread, also during execute() and next_batch().");
  const auto took = std::chrono::nanoseconds(ended - cancelled_at);
  expect(took < kCancelGrace, "a cancelled call ends within " + milliseconds(kCancelGrace),
         milliseconds(took));
  expect_usable(bench, conn, answer, "a cancelled one");
  pass();
}

void cancel_other(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  std::uint64_t before = 0;
  {
    const LiveCall call;
    before = call.id();
    ask(conn, call, bench.any());
  }
  conn.cancel(before);
  const auto next = ask(conn, bench.any());
  expect(next.ok(), "a cancel that comes after its call does not reach the next statement",
         next.function + "() returned " + next.outcome.said(),
         "Compare the id with that of the running call, under a lock.");
  const LiveCall call;
  std::atomic<bool> running{true};
  auto query = bench.any();
  query.batch_rows = 1;
  Answer answer;
  std::thread worker([&] {
    answer = ask(conn, call, query);
    running = false;
  });
  do {
    conn.cancel(before);
    conn.cancel(call.id() + 1);
    conn.cancel(0);
  } while (running);
  worker.join();
  expect(answer.ok(), "cancels of other ids do not reach a running call",
         answer.function + "() returned " + answer.outcome.said());
  pass();
}

void deadline_past(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  {
    const LiveCall call(-100ms);
    dbmux_conn* raw = nullptr;
    const auto outcome = try_connect(source, call, &raw);
    expect(outcome.ok() || outcome.status == DBMUX_E_TIMEOUT || outcome.status == DBMUX_E_CONNECTION,
           "connect() with a deadline in the past returns OK or E_TIMEOUT", outcome.said());
    if (raw) bench.plugin.driver().close(raw, LiveCall().raw());
  }
  Conn conn(source);
  const LiveCall call(-100ms);
  const bool slow = bench.setup.statements.slow.has_value();
  const auto answer = ask(conn, call, slow ? slow_query(bench) : bench.any());
  if (slow || !answer.ok())
    expect_status(answer, DBMUX_E_TIMEOUT, "a call whose deadline is over ends with E_TIMEOUT",
                  "Compare host->now_ns() with call->deadline_ns before waiting.");
  expect_usable(bench, conn, answer, "such a call");
  pass();
}

void deadline_during(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  const LiveCall call(500ms);
  const auto answer = ask(conn, call, slow_query(bench));
  expect_status(answer, DBMUX_E_TIMEOUT, "a running call ends with E_TIMEOUT at its deadline",
                "Every wait ends at call->deadline_ns; E_CANCELLED is only for cancel().");
  expect_usable(bench, conn, answer, "one that ran out of time");
  pass();
}

void reset(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  ask(conn, bench.any());
  const auto outcome = conn.reset();
  if (outcome.status == DBMUX_E_UNSUPPORTED) pass();
  expect(outcome.ok(), "reset() returns OK, or E_UNSUPPORTED for an engine that has none", outcome.said());
  const auto next = ask(conn, bench.any());
  expect(next.ok(), "a statement works after reset()", next.function + "() returned " + next.outcome.said());
  pass();
}

}  // namespace dbmux::check::checks
