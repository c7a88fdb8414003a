#pragma once
// Ending a call from outside: a cancel for the call that runs, and its deadline. libmongoc lets no second
// thread touch a client, so this is asked by the client's own stream, which waits on descriptor() beside its
// socket.
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>

#include "dbmux/kit.hpp"

namespace dbmux::mongodb {

class Interruption {
 public:
  enum class Stop { none, cancelled, deadline };

  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  // One call at a time, from begin() to end(). Both wait while the server is being asked to end the call
  // before, so that what is killed there is never the next one. [conn]
  void begin(kit::Call);
  void end();
  // For work of our own that no call asks for: it may block until then.
  void begin_until(std::int64_t deadline_ns);

  // True once for the running call when it is waiting for the server: ask the server to end it, then say
  // asked(). Otherwise nothing more is to be done. [any]
  bool cancel(std::uint64_t call_id);
  void asked();

  // Before and after each command; false: the call is over, send nothing. [conn]
  bool start_waiting();
  void stop_waiting();

  bool due();  // whether the running call is to end now; also remembered in stop()
  Stop stop() const { return stop_; }
  std::int64_t deadline_ns() const { return deadline_ns_; }

  // When a wait for the server is broken off: the deadline, or a moment after a cancel, in which the server
  // may still answer that it has ended the command. Any wait also ends at once when closed.
  std::int64_t limit_ns();
  int descriptor() const { return event_; }  // readable when limit_ns() has changed
  void calm();                               // after that was seen

 private:
  void start(std::uint64_t id, std::int64_t deadline_ns);

  const int event_;
  Stop stop_ = Stop::none;                // [conn]
  std::int64_t deadline_ns_ = INT64_MAX;  // [conn]
  const dbmux_call* call_ = nullptr;      // [conn]

  std::mutex mutex_;
  std::condition_variable asked_;
  std::uint64_t running_ = 0;
  std::int64_t cancelled_at_ns_ = 0;  // 0: not cancelled
  bool waiting_ = false;
  bool asking_ = false;
};

using RunningCall = kit::Running<Interruption>;  // ended when this goes

}  // namespace dbmux::mongodb
