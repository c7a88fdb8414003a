#pragma once
// Cuts what was read into lines, and hands them to a handler. Internal to transport/.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "transport/stream.hpp"

namespace dbmux {

// One thread at a time.
class Lines {
 public:
  Lines(std::size_t max, Handler& handler, std::shared_ptr<Stream> stream)
      : max_(max), handler_(handler), stream_(std::move(stream)) {}

  // What was read next. spare: of the thread, see Handler::frame; true: the handler kept the last line.
  bool feed(std::string_view bytes, bool spare);
  // The input has ended: so has its last line.
  void end() { static_cast<void>(end_line(false)); }

 private:
  bool end_line(bool spare);
  void keep(std::string_view bytes);
  void drop() { std::string().swap(line_); }

  const std::size_t max_;
  Handler& handler_;
  const std::shared_ptr<Stream> stream_;
  std::string line_;  // at most max_ + 1 bytes
  bool skipping_ = false;
};

}  // namespace dbmux
