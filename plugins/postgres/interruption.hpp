#pragma once
// Waiting for the server, and ending a wait from outside.
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "dbmux/kit.hpp"

namespace dbmux::postgres {

enum class Ready { yes, later, cancelled, deadline, lost };  // lost: the connection is

class Waiter {
 public:
  virtual ~Waiter() = default;
  // Until the descriptor is ready for the poll() events; later: not by until_ns. Never lost.
  virtual Ready wait(int fd, short events, std::int64_t until_ns = INT64_MAX) = 0;
  // When it ends by itself.
  virtual std::int64_t deadline_ns() const = 0;
};

// Ends by the clock alone.
class Until final : public Waiter {
 public:
  explicit Until(std::int64_t until_ns) : until_ns_(until_ns) {}
  Ready wait(int fd, short events, std::int64_t until_ns) override;
  std::int64_t deadline_ns() const override { return until_ns_; }

 private:
  std::int64_t until_ns_;
};

// Of the call that runs on a connection: its deadline and its cancels.
class Interruption final : public Waiter {
 public:
  Interruption();
  ~Interruption() override;

  // One call at a time, from begin() to end(). [conn]
  void begin(kit::Call);
  void end();
  void cancel(std::uint64_t call_id);  // nothing when another call runs. Never blocks. [any]

  // Whether the running call is to end now; also remembered in stop(). Ready::yes: go on.
  Ready due();
  Ready stop() const { return stop_; }
  std::int64_t deadline_ns() const override { return call_ ? call_->deadline_ns() : INT64_MAX; }
  const std::optional<kit::Call>& call() const { return call_; }

  Ready wait(int fd, short events, std::int64_t until_ns) override;

 private:
  std::optional<kit::Call> call_;
  Ready stop_ = Ready::yes;
  int wake_ = -1;     // an eventfd
  std::mutex mutex_;  // orders cancel() against begin() and end()
  std::uint64_t running_ = 0;
  std::atomic<bool> cancelled_{false};
};

using RunningCall = kit::Running<Interruption>;  // ended when this goes

}  // namespace dbmux::postgres
