#pragma once
// Ending a statement from outside: a cancel for the call that runs, its deadline, and the end of a wait for a
// lock.
#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

#include "dbmux/kit.hpp"

namespace dbmux::sqlite {

class Interruption {
 public:
  enum class Stop { none, cancelled, deadline };

  // Installs the handlers; this must outlive the database handle's last statement.
  void attach(sqlite3* db, std::chrono::milliseconds busy_timeout);

  // One call at a time, from begin() to end(). [conn]
  void begin(kit::Call);
  void end();
  void cancel(std::uint64_t call_id);  // nothing when another call runs. [any]

  // Whether the running call is to end now; also remembered in stop().
  bool due();
  Stop stop() const { return stop_; }
  bool lock_wait_failed() const { return lock_wait_failed_; }
  std::chrono::milliseconds busy_timeout() const { return busy_timeout_; }

  // Within the running call: ends work earlier than its deadline, with Stop::deadline. Removed by end() or 0.
  void set_budget(std::chrono::milliseconds budget);

  // True from some 50 ms after start_batch() on, so that slow results are handed over in small pieces.
  void start_batch() { flush_at_ns_ = 0, flush_due_ = false; }
  bool flush_due() const { return flush_due_; }

 private:
  static int on_progress(void* self);
  static int on_busy(void* self, int attempts);

  sqlite3* db_ = nullptr;
  std::chrono::milliseconds busy_timeout_{0};
  std::optional<kit::Call> call_;
  Stop stop_ = Stop::none;
  std::int64_t deadline_ns_ = INT64_MAX;
  std::int64_t busy_since_ns_ = 0;
  std::int64_t flush_at_ns_ = 0;
  bool flush_due_ = false;
  bool lock_wait_failed_ = false;
  std::mutex mutex_;  // orders cancel() against begin() and end()
  std::uint64_t running_ = 0;
  std::atomic<bool> cancelled_{false};
};

using RunningCall = kit::Running<Interruption>;  // ended when this goes

}  // namespace dbmux::sqlite
