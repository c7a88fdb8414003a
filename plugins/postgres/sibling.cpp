#include "sibling.hpp"

#include <chrono>

#include "parameters.hpp"

namespace dbmux::postgres {

struct Sibling::Leave {
  Sibling& sibling;
  ~Leave() {
    {
      const std::lock_guard lock(sibling.mutex_);
      sibling.taken_ = false;
    }
    sibling.left_.notify_one();
  }
};

namespace {

bool same_server(const Wire& a, const Wire& b) {
  return a.target().host == b.target().host && a.target().address == b.target().address &&
         a.target().port == b.target().port;
}

}  // namespace

ResultHandle Sibling::ask_once(const char* text, const Parameters& parameters, std::int64_t until_ns) {
  Until until(until_ns);
  if (!wire_->send(text, &parameters) || !wire_->sync()) return nullptr;
  auto end = wire_->finish(until);
  if (end.ready != Ready::yes) wire_->give_up();
  return end.error ? nullptr : std::move(end.rows);
}

ResultHandle Sibling::ask(const char* text, const Parameters& parameters, const Wire& like,
                          std::int64_t until_ns) {
  {
    std::unique_lock lock(mutex_);
    const std::chrono::nanoseconds left(until_ns - kit::now_ns());
    if (!left_.wait_until(lock, std::chrono::steady_clock::now() + left, [&] { return !taken_; }))
      return nullptr;
    taken_ = true;
  }
  const Leave leave{*this};
  // After a fail-over the sessions of a source are on another server than before.
  if (wire_ && !same_server(*wire_, like)) wire_.reset();
  // One that has been idle may be dead without our knowing.
  if (wire_ && !wire_->dead())
    if (auto answer = ask_once(text, parameters, until_ns)) return answer;
  if (wire_ && !wire_->dead()) return nullptr;
  wire_.reset();
  Until until(until_ns);
  const char* settings =
      like.settings().empty() ? "" : "-c default_transaction_read_only=on -c statement_timeout=5000";
  auto opened = dialler_.open_like(like, settings, until);
  if (!opened) {
    kit::log(DBMUX_LOG_WARN, "no session for cancels: " + opened.failure()->message);
    return nullptr;
  }
  wire_ = std::move(*opened);
  return ask_once(text, parameters, until_ns);
}

Sibling::Cancelled Sibling::cancel(const Wire& like, std::int64_t until_ns) {
  Parameters pid;
  pid.add(std::to_string(PQbackendPID(like.get())));
  // What it waits for must be seen before it is stopped.
  const auto answer =
      ask("SELECT pg_cancel_backend($1::int), blockers FROM (SELECT "
          "array_to_string(pg_blocking_pids($1::int), ', ')"
          " AS blockers OFFSET 0) b",
          pid, like, until_ns);
  if (!answer || PQntuples(answer.get()) != 1) return {};
  return {PQgetvalue(answer.get(), 0, 0)[0] == 't', PQgetvalue(answer.get(), 0, 1)};
}

Sibling::Cancelled Sibling::cancel_transaction(const std::string& pid, const std::string& began,
                                               const Wire& like, std::int64_t until_ns) {
  Parameters which;
  which.add(pid);
  which.add(began);
  // Looked at last, and then stopped at once: the process may serve somebody else a moment later.
  const auto answer =
      ask("SELECT (SELECT pg_cancel_backend(a.pid) FROM pg_stat_get_activity($1::int) a WHERE"
          " extract(epoch FROM a.xact_start)::numeric = $2::numeric), blockers FROM (SELECT"
          " array_to_string(pg_blocking_pids($1::int), ', ') AS blockers OFFSET 0) b",
          which, like, until_ns);
  if (!answer || PQntuples(answer.get()) != 1 || PQgetisnull(answer.get(), 0, 0)) return {};
  return {PQgetvalue(answer.get(), 0, 0)[0] == 't', PQgetvalue(answer.get(), 0, 1)};
}

std::string Sibling::type_name(Oid type, int modifier, const Wire& like, std::int64_t until_ns) {
  const std::pair key(type, modifier);
  {
    const std::lock_guard lock(names_mutex_);
    if (const auto known = names_.find(key); known != names_.end()) return known->second;
  }
  Parameters parameters;
  parameters.add(std::to_string(type));
  parameters.add(std::to_string(modifier));
  const auto answer = ask("SELECT format_type($1::oid, NULLIF($2::int, -1)) FROM pg_type WHERE oid = $1::oid",
                          parameters, like, until_ns);
  if (!answer || PQntuples(answer.get()) != 1) return {};
  const std::lock_guard lock(names_mutex_);
  return names_[key] = PQgetvalue(answer.get(), 0, 0);
}

}  // namespace dbmux::postgres
