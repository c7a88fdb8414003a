#pragma once
// A thread that looks at what is under way at regular intervals while there is anything, and sleeps
// otherwise.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace dbmux::mcp {

// Cheaper than a timer for each call: starting a short call costs one load, no lock and no wake-up, because
// the thread only goes to sleep after having found nothing for some time.
class Watch {
 public:
  // look: whether anything is under way; on the watch's thread, must not throw.
  Watch(std::chrono::milliseconds interval, std::function<bool()> look);
  ~Watch() { end(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void end();  // look() is not called any more once it returned
  // Something is under way that look() can see. Any thread.
  void stir() {
    if (!awake_.load()) wake();
  }

 private:
  void wake();
  void run();

  const std::chrono::milliseconds interval_;
  const std::function<bool()> look_;
  std::atomic<bool> awake_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace dbmux::mcp
