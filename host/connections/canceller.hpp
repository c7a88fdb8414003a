#pragma once
// The threads kept for cancels, resets and closes: all may block on a socket, and whoever calls a request
// off, gives a session back or finds it idle for too long must not wait for that. Started when there is work.
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "driver/plugin.hpp"

namespace dbmux {

class Canceller {
 public:
  Canceller() = default;
  ~Canceller();  // does what is still queued
  Canceller(const Canceller&) = delete;
  Canceller& operator=(const Canceller&) = delete;

  // Asks conn to end that call. conn must stay alive until wait_for(conn) has returned.
  void cancel(Conn& conn, std::uint64_t call_id);
  // Returns when no cancel of conn is queued or running: the next lease must not be hit by a late one.
  void wait_for(const Conn& conn);
  // Work on a session that nobody uses any more. Jobs begin in the order in which they came.
  void run(std::function<void()>);

 private:
  static constexpr std::size_t kMostThreads = 4;  // so many servers may be dead at the same time

  struct Job {
    const Conn* cancels;  // nullptr: something else
    std::function<void()> work;
  };
  void add(Job);
  void serve();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::vector<const Conn*> being_cancelled_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace dbmux
