#pragma once
// One thread that does things at a time, for deadlines and progress. Started at the first entry.
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/time.hpp"

namespace dbmux {

class Watchdog {
 public:
  using Id = std::pair<Clock::time_point, std::uint64_t>;

  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Runs fn at that time on the watchdog's thread; fn must not block. kNever is not accepted.
  Id at(Clock::time_point when, std::function<void()> fn);
  // After it returns fn has ended or will never run. Not from within fn.
  void forget(Id);
  // Waits for the entry that runs; none will run any more, and what at() is given from now on is dropped. For
  // owners whose entries use what must be destroyed before the watchdog. From one thread.
  void end();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Id, std::function<void()>> entries_;
  std::uint64_t next_ = 0;
  Id running_{};
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace dbmux
