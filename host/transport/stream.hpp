#pragma once
// Bytes between a client and a Handler. A transport frames; it knows nothing of what a frame says.
#include <cstddef>
#include <memory>
#include <string>

#include "base/output.hpp"

namespace dbmux {

// The way back to one client. Any thread; frames are written whole, one after another.
class Stream {
 public:
  virtual ~Stream() = default;
  // frame ends in a newline. Blocks while the client does not read; false when the client is gone.
  virtual bool send(Output& frame) = 0;
};

enum class Closing {
  end_of_input,  // what was asked may still be answered, for a moment
  stopped,       // a signal, or nobody reads the answers any more
};

class Handler {
 public:
  virtual ~Handler() = default;
  // One frame without its newline. On a thread that reads: hands it on and returns false. Only where this
  // thread is spare (nothing came with the frame, another thread can read on) it may be kept: true, and
  // work_on_kept() follows on the same thread, once others can read. One thread at most is ever spare.
  virtual bool frame(std::string bytes, const std::shared_ptr<Stream>&, bool spare) = 0;
  virtual void work_on_kept() {}
  // Frames that wait for their turn, and that are being worked on: with many that wait, nobody gains by
  // reading further ones at once.
  struct Load {
    std::size_t waiting = 0;
    std::size_t under_way = 0;
    bool none() const { return waiting == 0 && under_way == 0; }
  };
  virtual Load load() { return {}; }
  // A frame longer than the limit was read past and thrown away.
  virtual void oversized(std::size_t limit, const std::shared_ptr<Stream>&) = 0;
  // No more frames will come. Returns when the handler is done with the stream (answers in flight sent or
  // called off), and soon even if it is not.
  virtual void closed(const std::shared_ptr<Stream>&, Closing) = 0;
};

}  // namespace dbmux
