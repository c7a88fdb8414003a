#pragma once
// The two threads that read a client's lines. Internal to transport/.
#include <memory>
#include <thread>

#include "transport/fd_stream.hpp"
#include "transport/lines.hpp"

namespace dbmux {

// A client that asks one thing after another is read by a thread that also does what it reads (the *worker*),
// so that no call pays for waking another one. Meanwhile the thread of serve_stdio (the *watcher*) sees what
// comes: the kernel wakes it for input only while the worker is not waiting for any. It then reads, and hands
// on to the handler's own threads, until nothing is under way any more.
class Readers {
 public:
  // out_fd is watched for nobody reading it, stop_fd for becoming readable. They and the handler outlive
  // this.
  Readers(int in_fd, int out_fd, int stop_fd, Handler&, std::shared_ptr<FdStream>, std::size_t max_message);
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // Reads on the calling thread until there is nothing to read any more.
  Result<Closing> read();
  // Reads no more. The worker is waited for, but not for one that does not come back from its call.
  ~Readers();

 private:
  struct Shared;
  enum class Reader { worker, watcher, nobody };

  Result<Closing> read_on();
  Reader take_turn();
  void gather();

  const int out_fd_;
  const int stop_fd_;
  Handler& handler_;
  const std::shared_ptr<FdStream> stream_;
  const std::shared_ptr<Shared> shared_;  // with a worker that stays away
  std::thread worker_;
};

}  // namespace dbmux
