#include "transport/fd_stream.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

namespace dbmux {
namespace {

constexpr timespec kNextTry{0, 50'000};
constexpr std::size_t kMostHeld = std::size_t{64} << 10;

// False: stop_fd became readable first.
bool wait_for_room(int fd, int stop_fd) {
  std::array<pollfd, 2> fds{{{fd, POLLOUT, 0}, {stop_fd, POLLIN, 0}}};
  while (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) {
  }
  return fds[1].revents == 0;
}

}  // namespace

bool readable(int fd, const timespec& within) {
  pollfd p{fd, POLLIN, 0};
  return ::ppoll(&p, 1, &within, nullptr) > 0;
}

bool FdStream::send(Output& frame) {
  const std::lock_guard lock(mutex_);
  if (gone_) return false;
  if (const auto bytes = frame.in_memory(); holding_ && bytes && bytes->size() + held_.size() <= kMostHeld) {
    held_.append(*bytes);
    return true;
  }
  write_held();
  gone_ = gone_ || !frame.write_to(fd_);  // a half-written line cannot be mended either
  return !gone_;
}

void FdStream::release(int stop_fd) {
  holding_ = false;
  std::unique_lock lock(mutex_, std::try_to_lock);
  while (!lock.owns_lock()) {
    if (readable(stop_fd, kNextTry)) return;  // whoever sends next, sends what was held before
    lock.try_lock();
  }
  while (!held_.empty() && !gone_ && wait_for_room(fd_, stop_fd)) {
    const auto n = std::min<std::size_t>(held_.size(), PIPE_BUF);  // does not block
    write(std::string_view(held_).substr(0, n));
    held_.erase(0, n);
  }
}

void FdStream::write(std::string_view bytes) {
  Output part;
  part.append(bytes);
  gone_ = !part.write_to(fd_);
}

void FdStream::write_held() {
  if (!held_.empty()) write(std::exchange(held_, {}));
}

}  // namespace dbmux
