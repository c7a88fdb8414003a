#pragma once
// The requests of one JSON-RPC batch, answered together.
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "transport/stream.hpp"

namespace dbmux::mcp {

class Batch {
 public:
  explicit Batch(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}

  std::size_t add_slot();  // before the first answer
  // Each slot once, any thread; an empty answer leaves it out. The last one sends the array, if there is any
  // answer.
  void answer(std::size_t slot, std::string line);

 private:
  const std::shared_ptr<Stream> stream_;
  std::mutex mutex_;
  std::vector<std::string> answers_;
  std::size_t missing_ = 0;
};

// Where the answer to one request goes: to the client, or into the batch it came with.
struct Reply {
  std::shared_ptr<Stream> stream;
  std::shared_ptr<Batch> batch;  // may be null
  std::size_t slot = 0;

  void send(Output& frame) const;
  void withdraw() const;  // there will be none
};

}  // namespace dbmux::mcp
