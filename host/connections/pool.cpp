#include "connections/pool.hpp"

#include "base/text.hpp"
#include "observe/log.hpp"

namespace dbmux {

namespace {

constexpr auto kResetBudget = std::chrono::seconds(2);
constexpr auto kPingBudget = std::chrono::seconds(2);
constexpr auto kOpenAheadBudget = std::chrono::seconds(3);  // the end of the process may wait for it

Error no_lease(const std::string& name, const PoolLimits& limits, const Call& call) {
  Error e;
  e.category = Category::timeout;
  e.waited_for = WaitedFor::lease;
  e.elapsed_ms = ms_between(call.started(), Clock::now());
  const auto which = limits.max == 1
                         ? std::string("The only session of '") + name + "' was busy for "
                         : "All " + std::to_string(limits.max) + " sessions of '" + name + "' were busy for ";
  e.message = which + human_duration(e.elapsed_ms) + "; nothing was run.";
  e.limit = "pool_size max " + std::to_string(limits.max) + " of connection '" + name + "'";
  e.hint = "Try again in a moment, or with fewer calls at once.";
  e.retryable = true;
  return e;
}

// Nothing was sent yet: unless the driver knows of a lock, the call ran out of time on the way to the server.
Error not_connected_in_time(Error e, const std::string& name, const Call& call) {
  if (e.waited_for == WaitedFor::lock) return e;
  e.waited_for = WaitedFor::network;
  e.elapsed_ms = ms_between(call.started(), Clock::now());
  e.detail = e.message;
  e.message = "No session of '" + name + "' could be opened within " + human_duration(e.elapsed_ms) +
              "; nothing was run";
  return e;
}

Error called_off() {
  Error e;
  e.category = Category::cancelled;
  e.message = "Cancelled before it ran.";
  return e;
}

}  // namespace

// ---- Lease

Lease::Lease(std::unique_ptr<Held> held) : held_(std::move(held)) {}
Lease::Lease(Lease&&) noexcept = default;

Lease::~Lease() {
  if (!held_) return;
  auto& h = *held_;
  if (h.at_deadline) h.pool->watchdog_.forget(*h.at_deadline);
  h.on_cancel.reset();
  const bool cancelled = h.call->cancelled();
  if (!h.pool->read_only_) h.pool->last_end_.store(Clock::now(), std::memory_order_relaxed);
  if (h.conn->dead()) h.pool->one_has_died(false);
  if (!cancelled && !h.dirty && !h.broken && !h.conn->dead()) {
    h.pool->give_back(std::move(h.conn), h.opened);
    return;
  }
  h.pool->canceller_.run(
      [held = std::shared_ptr<Held>(std::move(held_)), cancelled] { held->pool->restore(*held, cancelled); });
}

// ---- Pool

Pool::Pool(std::string name, std::shared_ptr<Source> source, bool read_only, PoolLimits limits,
           Canceller& canceller, Watchdog& watchdog)
    : name_(std::move(name)),
      source_(std::move(source)),
      read_only_(read_only),
      limits_(limits),
      canceller_(canceller),
      watchdog_(watchdog) {}

Pool::~Pool() = default;

Pool::Use Pool::use() const {
  const std::lock_guard lock(mutex_);
  return {open_, open_ - idle_.size(), waiting_};
}

// Waits until a session is free or may be opened; false when the call's time was up or it was cancelled.
bool Pool::wait_for_room(Call& call) {
  // The hook takes mutex_, so it must neither be made nor destroyed while this thread holds it.
  const Call::Hook wake(call, [this] {
    const std::lock_guard lock(mutex_);
    freed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  const auto room = [&] { return call.cancelled() || !idle_.empty() || open_ < limits_.max; };
  ++waiting_;
  bool in_time = true;
  if (call.deadline() == kNever)
    freed_.wait(lock, room);
  else
    in_time = freed_.wait_until(lock, call.deadline(), room);
  --waiting_;
  const bool goes_on = in_time && !call.cancelled();
  if (!goes_on) freed_.notify_one();  // a wake that was meant for somebody who can use it
  return goes_on;
}

std::optional<Pool::Session> Pool::take_idle() {
  const std::lock_guard lock(mutex_);
  last_lent_ = Clock::now();
  if (idle_.empty()) return std::nullopt;
  auto session = std::move(idle_.back());
  idle_.pop_back();
  return session;
}

// A server may have ended a session, or vanished, while nobody used it.
bool Pool::fit_to_lend(Session& session, Call& call) {
  const auto now = Clock::now();
  if (now - session.opened > limits_.life) return false;
  const bool suspect = session.unused_since <= last_death_.load(std::memory_order_relaxed);
  if (!suspect && now - session.unused_since < limits_.check_after) return true;
  Call ping({}, std::min(call.deadline(), now + kPingBudget));
  const Call::Hook stop(call, [&] { ping.cancel(Call::Stop::client); });
  const auto pong = session.conn->ping(ping);
  if (!pong && !call.cancelled()) one_has_died(ping.expired());
  return pong.has_value();
}

// What ended one session (a restart, a fail-over, a network) has often ended the others. Those that are
// silent would each cost a call the time of a ping, so they are not asked.
void Pool::one_has_died(bool in_silence) {
  std::vector<Session> others;
  {
    const std::lock_guard lock(mutex_);
    last_death_.store(Clock::now(), std::memory_order_relaxed);
    if (in_silence) others.swap(idle_);
  }
  close(std::move(others));
}

Result<Pool::Session> Pool::open(Call& call) {
  auto conn = source_->connect(call, read_only_);
  if (conn) return Session{std::move(*conn), Clock::now(), {}};
  const std::lock_guard lock(mutex_);
  --open_;
  freed_.notify_one();
  if (conn.error().category == Category::timeout)
    return fail(not_connected_in_time(std::move(conn.error()), name_, call));
  return fail(std::move(conn.error()));
}

Result<Pool::Session> Pool::take(Call& call) {
  while (true) {
    while (auto session = take_idle()) {
      if (fit_to_lend(*session, call)) return *std::move(session);
      std::vector<Session> unfit;
      unfit.push_back(*std::move(session));
      close(std::move(unfit));
    }
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty() && open_ < limits_.max) {
        ++open_;
        break;
      }
      if (!idle_.empty()) continue;
    }
    if (!wait_for_room(call)) {
      if (call.stopped() == Call::Stop::client || call.stopped() == Call::Stop::shutdown)
        return fail(called_off());
      return fail(no_lease(name_, limits_, call));
    }
  }
  return open(call);
}

Result<Lease> Pool::lease(Call& call) {
  if (call.cancelled()) return fail(called_off());
  auto session = take(call);
  if (!session) return fail(session.error());
  if (limits_.min > 0) hold_minimum();
  auto held = std::make_unique<Lease::Held>();
  held->pool = shared_from_this();
  held->conn = std::move(session->conn);
  held->opened = session->opened;
  held->call = &call;
  Conn* raw = held->conn.get();
  held->on_cancel.emplace(call, [this, raw, id = call.id()] { canceller_.cancel(*raw, id); });
  if (call.deadline() != kNever)
    held->at_deadline = watchdog_.at(call.deadline(), [&call] { call.cancel(Call::Stop::deadline); });
  Lease lease(std::move(held));
  if (call.cancelled()) return fail(called_off());  // a cancel before the statement would pass the driver by
  return lease;
}

void Pool::give_back(std::unique_ptr<Conn> conn, Clock::time_point opened) {
  const std::lock_guard lock(mutex_);
  idle_.push_back({std::move(conn), opened, Clock::now()});
  if (!idle_watched_) watch_idle();
  freed_.notify_one();
}

// Closing may block, and whoever takes or gives back a session must not wait for it. Until it is done the
// session counts.
void Pool::close(std::vector<Session> sessions) {
  if (sessions.empty()) return;
  canceller_.run(
      [pool = shared_from_this(), closing = std::make_shared<std::vector<Session>>(std::move(sessions))] {
        const auto count = closing->size();
        closing->clear();
        const std::lock_guard lock(pool->mutex_);
        pool->open_ -= count;
        pool->freed_.notify_all();
      });
}

void Pool::hold_minimum() {
  {
    const std::lock_guard lock(mutex_);
    if (opening_one_more_ || open_ >= limits_.min) return;
    opening_one_more_ = true;
    ++open_;
  }
  canceller_.run([weak = weak_from_this()] {
    if (const auto pool = weak.lock()) pool->open_one_more();
  });
}

// On a thread of the canceller. What fails is tried again at the next lease.
void Pool::open_one_more() {
  Call call({}, Clock::now() + kOpenAheadBudget);
  auto session = open(call);
  if (session) give_back(std::move(session->conn), session->opened);
  {
    const std::lock_guard lock(mutex_);
    opening_one_more_ = false;
  }
  if (session) hold_minimum();
}

// On a thread of the canceller: the session of a lease that did not end well is reset, or closed.
void Pool::restore(Lease::Held& held, bool cancelled) {
  auto conn = std::move(held.conn);
  if (cancelled) canceller_.wait_for(*conn);
  if (!held.broken && !conn->dead()) {
    Call call({}, Clock::now() + kResetBudget);
    const auto done = conn->reset(call);
    if (done) return give_back(std::move(conn), held.opened);
    if (done.error().category != Category::unsupported)
      log(Level::warning, "session could not be reset",
          {{"connection", name_}, {"error", done.error().message}});
  }
  conn.reset();
  const std::lock_guard lock(mutex_);
  --open_;
  freed_.notify_one();
}

// With mutex_ held.
void Pool::watch_idle() {
  idle_watched_ = true;
  watchdog_.at(Clock::now() + limits_.idle, [weak = weak_from_this()] {
    if (const auto pool = weak.lock()) pool->close_idle();
  });
}

void Pool::close_idle() {
  std::vector<Session> old;
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const auto held = now - last_lent_ >= limits_.idle ? 0 : limits_.min;
    auto first_kept = idle_.begin();
    for (auto open = open_; first_kept != idle_.end() && open > held; ++first_kept, --open)
      if (now - first_kept->unused_since < limits_.idle) break;
    std::move(idle_.begin(), first_kept, std::back_inserter(old));
    idle_.erase(idle_.begin(), first_kept);
    idle_watched_ = false;
    if (!idle_.empty()) watch_idle();
  }
  close(std::move(old));
}

}  // namespace dbmux
