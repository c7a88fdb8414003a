#include "interruption.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

namespace dbmux::mssql {

Interruption::Interruption() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::bad_alloc();
}

Interruption::~Interruption() { close(wake_); }

void Interruption::begin(kit::Call call) {
  {
    const std::lock_guard lock(mutex_);
    std::uint64_t old = 0;
    while (read(wake_, &old, sizeof old) > 0) {
    }
    running_ = call.id();
    cancelled_ = false;
    stop_ = Stop::none;
    deadline_ns_ = call.deadline_ns();
  }
  if (call.cancelled()) cancelled_ = true;
}

void Interruption::end() {
  const std::lock_guard lock(mutex_);
  running_ = 0;
}

void Interruption::cancel(std::uint64_t call_id) {
  const std::lock_guard lock(mutex_);
  if (running_ != call_id || call_id == 0) return;
  cancelled_ = true;
  const std::uint64_t one = 1;
  static_cast<void>(write(wake_, &one, sizeof one) == sizeof one);  // full means awake already
}

bool Interruption::due() {
  if (stop_ != Stop::none) return true;
  // The host may also cancel what has run out of time: that is still a timeout.
  if (deadline_ns_ != INT64_MAX && kit::now_ns() >= deadline_ns_) {
    stop_ = Stop::deadline;
  } else if (cancelled_) {
    stop_ = Stop::cancelled;
  }
  return stop_ != Stop::none;
}

bool Interruption::wait_readable(int socket) {
  constexpr std::int64_t kMillisecond = 1'000'000, kLongest = 60'000;
  while (!due()) {
    std::int64_t ms = kLongest;
    if (deadline_ns_ != INT64_MAX) ms = std::min(kLongest, (deadline_ns_ - kit::now_ns()) / kMillisecond + 1);
    std::array<pollfd, 2> files{pollfd{socket, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
    const int ready = poll(files.data(), files.size(), static_cast<int>(std::max<std::int64_t>(ms, 0)));
    if (ready < 0 && errno != EINTR) return true;  // the library says what is wrong with the socket
    if (ready > 0 && files[1].revents == 0) return true;
    if (ready > 0 && !cancelled_) return true;
  }
  return false;
}

}  // namespace dbmux::mssql
