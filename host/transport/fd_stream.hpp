#pragma once
// Frames written to a descriptor. Internal to transport/.
#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>

#include "transport/stream.hpp"

namespace dbmux {

// Whether there is something to read, or becomes so within the time.
bool readable(int fd, const timespec& within);

class FdStream final : public Stream {
 public:
  explicit FdStream(int fd) : fd_(fd) {}

  bool send(Output& frame) override;

  // From hold() to release() small frames are kept, to go in one write. Both are for the thread that also
  // watches stop_fd: a client that does not read must not keep it from that.
  void hold() { holding_ = true; }
  void release(int stop_fd);

 private:
  void write(std::string_view bytes);
  void write_held();

  const int fd_;
  std::mutex mutex_;
  std::string held_;
  std::atomic<bool> holding_ = false;
  bool gone_ = false;
};

}  // namespace dbmux
