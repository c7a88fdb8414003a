#pragma once
#include <atomic>
#include <thread>
#include <vector>

namespace bench {

// Keeps the processors from sleeping while it lives: on each a thread computes whenever nobody else would
// (SCHED_IDLE, sched(7)). A call makes every process wait for the next; where the processor then goes to
// sleep, it comes back late and with empty caches, which costs a program by its size and a virtual machine by
// its host.
class Awake {
 public:
  explicit Awake(bool wanted);
  ~Awake();
  Awake(const Awake&) = delete;
  Awake& operator=(const Awake&) = delete;

 private:
  std::atomic<bool> over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace bench
