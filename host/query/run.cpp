#include "query/run.hpp"

#include <algorithm>
#include <thread>

#include "base/text.hpp"
#include "connections/replica.hpp"

namespace dbmux {

namespace {

bool may_repeat(const Error& e, bool read_only) {
  if (!read_only || e.may_have_run) return false;
  return e.connection_dead || (e.retryable && e.category == Category::connection);
}

// What the connection's own host may do better: a replica has gone, undoes reads that stand in the way of
// what it replays, or lacks what is kept on its primary alone.
bool primary_may_help(const Error& e) {
  return !e.may_have_run && (e.connection_dead || e.retryable || e.category == Category::unsupported);
}

std::chrono::milliseconds pause(const Retry& retry, int attempt) {
  return std::min(retry.cap, retry.base * (1 << std::min(attempt, 10)));
}

// Sleeps unless the call ends first.
bool wait(const Call& call, std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  while (Clock::now() < until) {
    if (call.cancelled() || call.expired()) return false;
    std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(time, std::chrono::milliseconds(20)));
  }
  return true;
}

// As a profile spells it; a deadline that began a moment after the call is still the profile's.
std::string profile_duration(std::chrono::milliseconds time) {
  if (time > std::chrono::seconds(1)) time = (time + std::chrono::milliseconds(500)) / 1000 * 1000;
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + "s"
                                  : std::to_string(time.count()) + "ms";
}

}  // namespace

Error in_words_of_call(Error e, const Call& call, const ConnectionProfile& profile) {
  const bool ended_by_us = e.category == Category::cancelled || e.category == Category::timeout;
  if (!ended_by_us) return e;
  const bool out_of_time = call.stopped() == Call::Stop::deadline || call.expired();
  const bool executing = e.waited_for == WaitedFor::execution || e.waited_for == WaitedFor::nothing;
  if (out_of_time && executing) {
    const std::chrono::milliseconds allowed(ms_between(call.started(), call.deadline()));
    e.category = Category::timeout;
    e.waited_for = WaitedFor::execution;
    e.elapsed_ms = ms_between(call.started(), Clock::now());
    e.message = "Stopped after " + human_duration(allowed.count()) +
                "; the statement was cancelled and is no longer running.";
    e.limit = "timeout " + profile_duration(allowed) + " of connection '" + profile.name + "'";
    e.hint = "Filter on an indexed column, ask for fewer rows, or look at explain_query first.";
  }
  if (e.category == Category::cancelled) e.message = "Cancelled; the statement is no longer running.";
  return e;
}

Result<void> with_session(Call& call, Connection& connection, bool read_only,
                          const std::function<Result<void>(Lease&)>& work) {
  const auto& retry = connection.profile().retry;
  bool primary = false;
  for (int attempt = 0;;) {
    Result<void> done;
    bool replica_failed = false;
    {
      auto lease = connection.lease(call, read_only, primary);
      done = lease ? work(*lease) : Result<void>(fail(lease.error()));
      if (lease && !done && done.error().session_dirty) lease->dirty();
      if (lease && !done && lease->replica()) {
        if (done.error().connection_dead) lease->replica()->distrust();
        replica_failed = primary_may_help(done.error()) && !call.cancelled() && !call.expired();
      }
    }
    if (done) return done;
    if (replica_failed) {
      primary = true;
      continue;
    }
    if (!may_repeat(done.error(), read_only) || attempt + 1 >= retry.attempts ||
        !wait(call, pause(retry, attempt)))
      return fail(in_words_of_call(std::move(done.error()), call, connection.profile()));
    ++attempt;
  }
}

namespace {

Result<Ran> run_once(Call& call, Lease& lease, const Open& open, Output& out, const WriteRequest& request,
                     Overflow* overflow) {
  Ran ran;
  auto cursor = open(lease.conn());
  if (!cursor) return fail(cursor.error());
  CursorRows rows(**cursor);
  auto written = write_rows(call, rows, out, request, overflow);
  if (!written) {
    static_cast<void>((*cursor)->close());
    return fail(written.error());
  }
  ran.written = std::move(*written);
  if (auto summary = (*cursor)->summary()) {
    ran.summary = std::move(*summary);
  } else if (ran.written.ended) {
    return fail(summary.error());
  }
  if (ran.summary.session_dirty) lease.dirty();
  if (lease.replica()) ran.served_by = lease.replica()->place();
  if (auto closed = (*cursor)->close(); !closed && closed.error().connection_dead) lease.discard();
  return ran;
}

}  // namespace

Result<Ran> run(Call& call, Connection& connection, bool read_only, const Open& open, Output& out,
                const WriteRequest& request, Overflow* overflow) {
  const auto start = out.size();
  Ran ran;
  auto done = with_session(call, connection, read_only, [&](Lease& lease) -> Result<void> {
    auto once = run_once(call, lease, open, out, request, overflow);
    if (!once) {
      if (out.streams() && out.size() > start)
        once.error().may_have_run = true;  // a reader has seen rows: not to be repeated
      else
        out.truncate(start);
      return fail(std::move(once.error()));
    }
    ran = std::move(*once);
    return {};
  });
  if (!done) return fail(std::move(done.error()));
  return ran;
}

}  // namespace dbmux
