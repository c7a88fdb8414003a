#include "call/watchdog.hpp"

#include <utility>

namespace dbmux {

Watchdog::~Watchdog() { end(); }

void Watchdog::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Watchdog::Id Watchdog::at(Clock::time_point when, std::function<void()> fn) {
  const std::lock_guard lock(mutex_);
  const Id id{when, ++next_};
  if (ending_) return id;
  const auto entry = entries_.emplace(id, std::move(fn)).first;
  if (!thread_.joinable()) {
    thread_ = std::thread(&Watchdog::run, this);
  } else if (entry == entries_.begin()) {
    changed_.notify_all();
  }
  return id;
}

void Watchdog::forget(Id id) {
  std::unique_lock lock(mutex_);
  if (entries_.erase(id) != 0) return;
  changed_.wait(lock, [&] { return running_ != id; });
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (entries_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = entries_.begin();
    if (const auto when = first->first.first; Clock::now() < when) {
      changed_.wait_until(lock, when);
      continue;
    }
    running_ = first->first;
    auto fn = std::move(first->second);
    entries_.erase(first);
    lock.unlock();
    fn();
    fn = nullptr;  // what it captured must be gone before forget() returns
    lock.lock();
    running_ = {};
    changed_.notify_all();
  }
}

}  // namespace dbmux
