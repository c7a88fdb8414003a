#include "interruption.hpp"

#include <algorithm>
#include <thread>

namespace dbmux::sqlite {

namespace {

constexpr int kOpcodesBetweenChecks = 500;  // some 5 to 10 µs
constexpr std::int64_t kFlushAfterNs = 50'000'000;

std::int64_t ns(std::chrono::milliseconds time) { return time.count() * 1'000'000; }

}  // namespace

void Interruption::attach(sqlite3* db, std::chrono::milliseconds busy_timeout) {
  db_ = db;
  busy_timeout_ = busy_timeout;
  sqlite3_progress_handler(db, kOpcodesBetweenChecks, on_progress, this);
  sqlite3_busy_handler(db, on_busy, this);
}

void Interruption::begin(kit::Call call) {
  const std::lock_guard lock(mutex_);
  running_ = call.id();
  cancelled_.store(false, std::memory_order_relaxed);
  call_ = call;
  stop_ = Stop::none;
  lock_wait_failed_ = false;
  deadline_ns_ = call.deadline_ns();
}

void Interruption::end() {
  const std::lock_guard lock(mutex_);
  running_ = 0;
  call_.reset();
}

void Interruption::cancel(std::uint64_t call_id) {
  const std::lock_guard lock(mutex_);
  if (running_ != call_id || call_id == 0) return;
  cancelled_.store(true, std::memory_order_relaxed);
  sqlite3_interrupt(db_);  // for work inside one opcode, which asks no handler
}

void Interruption::set_budget(std::chrono::milliseconds budget) {
  if (!call_) return;
  deadline_ns_ = call_->deadline_ns();
  if (budget.count() > 0) deadline_ns_ = std::min(deadline_ns_, kit::now_ns() + ns(budget));
  if (stop_ == Stop::deadline) stop_ = Stop::none;
}

bool Interruption::due() {
  if (!call_) return false;
  if (stop_ != Stop::none) return true;
  const auto now = deadline_ns_ == INT64_MAX ? 0 : kit::now_ns();
  // The host may also cancel what has run out of time: that is still a timeout.
  if (now >= deadline_ns_) {
    stop_ = Stop::deadline;
  } else if (cancelled_.load(std::memory_order_relaxed) || call_->cancelled()) {
    stop_ = Stop::cancelled;
  }
  return stop_ != Stop::none;
}

int Interruption::on_progress(void* self) {
  auto& s = *static_cast<Interruption*>(self);
  if (!s.flush_due_ && s.call_) {
    const auto now = kit::now_ns();
    if (s.flush_at_ns_ == 0) s.flush_at_ns_ = now + kFlushAfterNs;
    s.flush_due_ = now >= s.flush_at_ns_;
  }
  return s.due() ? 1 : 0;
}

int Interruption::on_busy(void* self, int attempts) {
  auto& s = *static_cast<Interruption*>(self);
  const auto now = kit::now_ns();
  if (attempts == 0) s.busy_since_ns_ = now;
  const auto left = s.busy_since_ns_ + ns(s.busy_timeout_) - now;
  if (s.due() || left <= 0) {
    s.lock_wait_failed_ = true;
    return 0;
  }
  constexpr std::int64_t kSleepsMs[] = {1, 2, 5, 10, 15, 20};
  const auto sleep = attempts < 6 ? kSleepsMs[attempts] : 25;
  std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(left, sleep * 1'000'000)));
  return 1;
}

}  // namespace dbmux::sqlite
