#include "interruption.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace dbmux::postgres {

namespace {

// poll()'s result: 0 when the time was over.
int poll_until(pollfd* fds, nfds_t n, std::int64_t until_ns) {
  for (;;) {
    int timeout = -1;
    if (until_ns != INT64_MAX) {
      const auto left = (until_ns - kit::now_ns() + 999'999) / 1'000'000;
      timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
    }
    const int ready = poll(fds, n, timeout);
    if (ready > 0) return ready;
    if (ready == 0 && until_ns != INT64_MAX && kit::now_ns() >= until_ns) return 0;
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
  }
}

}  // namespace

Ready Until::wait(int fd, short events, std::int64_t until_ns) {
  pollfd one{fd, events, 0};
  if (poll_until(&one, 1, std::min(until_ns, until_ns_)) > 0) return Ready::yes;
  return until_ns < until_ns_ ? Ready::later : Ready::deadline;
}

Interruption::Interruption() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Interruption::~Interruption() { close(wake_); }

void Interruption::begin(kit::Call call) {
  const std::lock_guard lock(mutex_);
  running_ = call.id();
  call_ = call;
  stop_ = Ready::yes;
  if (!cancelled_.exchange(false, std::memory_order_relaxed)) return;
  eventfd_t left_over = 0;
  eventfd_read(wake_, &left_over);
}

void Interruption::end() {
  const std::lock_guard lock(mutex_);
  running_ = 0;
  call_.reset();
}

void Interruption::cancel(std::uint64_t call_id) {
  const std::lock_guard lock(mutex_);
  if (running_ != call_id || call_id == 0) return;
  cancelled_.store(true, std::memory_order_relaxed);
  eventfd_write(wake_, 1);
}

Ready Interruption::due() {
  if (!call_ || stop_ != Ready::yes) return stop_;
  // The host may also cancel what has run out of time: that is still a timeout.
  if (call_->expired()) {
    stop_ = Ready::deadline;
  } else if (cancelled_.load(std::memory_order_relaxed) || call_->cancelled()) {
    stop_ = Ready::cancelled;
  }
  return stop_;
}

Ready Interruption::wait(int fd, short events, std::int64_t until_ns) {
  if (const auto now = due(); now != Ready::yes) return now;
  std::array<pollfd, 2> both{pollfd{fd, events, 0}, pollfd{wake_, POLLIN, 0}};
  const int ready = poll_until(both.data(), both.size(), std::min(until_ns, deadline_ns()));
  if (const auto now = due(); now != Ready::yes) return now;
  return ready > 0 ? Ready::yes : Ready::later;
}

}  // namespace dbmux::postgres
