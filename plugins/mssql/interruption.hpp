#pragma once
// Ending a call from outside: a cancel for the call that runs, and its deadline.
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "dbmux/kit.hpp"

namespace dbmux::mssql {

class Interruption {
 public:
  enum class Stop { none, cancelled, deadline };

  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // One call at a time, from begin() to end(). [conn]
  void begin(kit::Call);
  void end();
  void cancel(std::uint64_t call_id);  // nothing when another call runs. [any]

  // Whether the running call is to end now; once it is, stop() says why and due() stays true.
  bool due();
  Stop stop() const { return stop_; }
  std::int64_t deadline_ns() const { return deadline_ns_; }

  // Waits until the socket can be read (true), or the call is to end (false).
  bool wait_readable(int socket);

 private:
  std::mutex mutex_;  // orders cancel() against begin() and end()
  std::uint64_t running_ = 0;
  std::atomic<bool> cancelled_{false};
  std::int64_t deadline_ns_ = INT64_MAX;
  Stop stop_ = Stop::none;
  int wake_ = -1;  // an eventfd
};

using RunningCall = kit::Running<Interruption>;  // ended when this goes

}  // namespace dbmux::mssql
