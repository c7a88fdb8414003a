#include "mcp/watch.hpp"

#include <system_error>
#include <utility>

namespace dbmux::mcp {
namespace {

constexpr int kLooksInVain = 20;  // before the thread sleeps until stirred

}  // namespace

Watch::Watch(std::chrono::milliseconds interval, std::function<bool()> look)
    : interval_(interval), look_(std::move(look)) {}

void Watch::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watch::wake() {
  const std::lock_guard lock(mutex_);
  if (ending_ || awake_.exchange(true)) return;
  changed_.notify_all();
  if (thread_.joinable()) return;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    awake_ = false;  // the next call tries again
  }
}

void Watch::run() {
  int in_vain = 0;
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (in_vain == kLooksInVain) {
      awake_ = false;  // before the last look: what starts after it stirs us
      lock.unlock();
      const bool quiet = !look_();
      lock.lock();
      if (quiet) changed_.wait(lock, [&] { return awake_ || ending_; });
      awake_ = true;
      in_vain = 0;
      continue;
    }
    changed_.wait_for(lock, interval_, [&] { return ending_; });
    lock.unlock();
    in_vain = look_() ? 0 : in_vain + 1;
    lock.lock();
  }
}

}  // namespace dbmux::mcp
