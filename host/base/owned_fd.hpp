#pragma once
// A file descriptor that is closed with its owner.
#include <unistd.h>

#include <utility>

namespace dbmux {

class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}  // -1: none
  ~OwnedFd() {
    if (fd_ >= 0) ::close(fd_);
  }
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&&) = delete;
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  int get() const { return fd_; }
  int close() { return ::close(std::exchange(fd_, -1)); }  // what close(2) says

 private:
  int fd_;
};

}  // namespace dbmux
