#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "process.hpp"

namespace bench {

// Room for the answers of one measured step, kept until rewind(), so that parsing and hashing them costs no
// measured time. Virtual memory only until it is used. One for the whole run: pages touched once stay.
class AnswerBuffer {
 public:
  AnswerBuffer();
  ~AnswerBuffer();
  AnswerBuffer(const AnswerBuffer&) = delete;
  AnswerBuffer& operator=(const AnswerBuffer&) = delete;

  void rewind() { filled_ = taken_ = searched_ = 0; }
  // One read(2) of at most a mebibyte; fails the run at the end of the stream or of the room.
  void read_more(int descriptor);
  // The next complete line without its newline, which a zero byte replaces; may be written to until rewind().
  std::optional<char*> next_line();
  // Bytes read since rewind().
  std::size_t filled() const { return filled_; }

 private:
  char* bytes_;
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;     // where the next line begins
  std::size_t searched_ = 0;  // no newline between taken_ and here
};

// An MCP client's side of the pipes of one process.
class Session {
 public:
  Session(Process& process, AnswerBuffer& buffer) : process_(process), buffer_(buffer) {}

  // The whole of it; `lines` end with a newline each.
  void send(std::string_view lines);
  // Waits for the next line.
  char* receive();
  // Waits for some bytes, which AnswerBuffer::next_line() then cuts into lines.
  void read_more() { buffer_.read_more(process_.output()); }
  AnswerBuffer& buffer() { return buffer_; }

  // initialize, its answer, notifications/initialized. Gives the seconds from the start of the process to the
  // answer.
  double handshake();

 private:
  Process& process_;
  AnswerBuffer& buffer_;
};

}  // namespace bench
