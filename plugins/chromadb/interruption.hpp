#pragma once
// Ending a call from outside: a cancel for the call that runs, and its deadline.
#include <cstdint>
#include <functional>
#include <mutex>

#include "dbmux/kit.hpp"

namespace dbmux::chromadb {

class Interruption {
 public:
  enum class Stop { none, cancelled, deadline };

  // Ends the wait of the thread that runs the call; [any], quick.
  explicit Interruption(std::function<void()> wake) : wake_(std::move(wake)) {}

  // One call at a time, from begin() to end(). [conn]
  void begin(kit::Call);
  void end();
  void cancel(std::uint64_t call_id);  // nothing when another call runs. [any]

  bool due();  // whether the running call is to end now; also remembered in stop()
  Stop stop() const { return stop_; }
  std::int64_t deadline_ns() const { return deadline_ns_; }
  kit::Failure stopped() const;

 private:
  const std::function<void()> wake_;
  const dbmux_call* call_ = nullptr;
  Stop stop_ = Stop::none;
  std::int64_t deadline_ns_ = INT64_MAX;
  std::mutex mutex_;  // orders cancel() against begin() and end()
  std::uint64_t running_ = 0;
  bool cancelled_ = false;
};

using RunningCall = kit::Running<Interruption>;  // ended when this goes

}  // namespace dbmux::chromadb
