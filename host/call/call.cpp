#include "call/call.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace dbmux {
namespace {

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

const Principal& local_user() {
  static const Principal user = [] {
    std::array<char, 4096> memory{};
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(geteuid(), &entry, memory.data(), memory.size(), &found) == 0 && found)
      return Principal{found->pw_name};
    return Principal{"uid:" + std::to_string(geteuid())};
  }();
  return user;
}

Call::Call(Principal principal, Clock::time_point deadline, Sink* sink)
    : id_(next_id()),
      principal_(std::move(principal)),
      started_(Clock::now()),
      deadline_(deadline),
      sink_(sink) {}

void Call::cancel(Stop why) {
  auto expected = Stop::no;
  if (!stop_.compare_exchange_strong(expected, why, std::memory_order_acq_rel)) return;
  const std::lock_guard lock(hooks_mutex_);
  for (const auto& hook : hooks_) hook();
}

Call::Hook::Hook(Call& call, std::function<void()> fn) : call_(call), at_(call.hooks_.end()) {
  {
    const std::lock_guard lock(call_.hooks_mutex_);
    if (!call_.cancelled()) {
      at_ = call_.hooks_.insert(call_.hooks_.end(), std::move(fn));
      return;
    }
  }
  fn();
}

Call::Hook::~Hook() {
  const std::lock_guard lock(call_.hooks_mutex_);
  if (at_ != call_.hooks_.end()) call_.hooks_.erase(at_);
}

}  // namespace dbmux
