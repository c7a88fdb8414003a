#include "session.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "answer.hpp"
#include "failure.hpp"

namespace bench {
namespace {

constexpr std::size_t kRoom = std::size_t{2} << 30;
constexpr std::size_t kLargestRead = std::size_t{1} << 20;

}  // namespace

AnswerBuffer::AnswerBuffer() {
  void* room =
      ::mmap(nullptr, kRoom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) fail("no address space for the answers");
  bytes_ = static_cast<char*>(room);
}

AnswerBuffer::~AnswerBuffer() { ::munmap(bytes_, kRoom); }

void AnswerBuffer::read_more(int descriptor) {
  if (filled_ == kRoom) fail("an answer is larger than 2 GiB");
  ssize_t got = 0;
  do {
    got = ::read(descriptor, bytes_ + filled_, std::min(kLargestRead, kRoom - filled_));
  } while (got < 0 && errno == EINTR);
  if (got <= 0) fail("a server closed its stdout before it had answered; see its stderr.log");
  filled_ += static_cast<std::size_t>(got);
}

std::optional<char*> AnswerBuffer::next_line() {
  void* newline = std::memchr(bytes_ + searched_, '\n', filled_ - searched_);
  if (newline == nullptr) {
    searched_ = filled_;
    return std::nullopt;
  }
  char* line = bytes_ + taken_;
  *static_cast<char*>(newline) = '\0';
  taken_ = searched_ = static_cast<std::size_t>(static_cast<char*>(newline) - bytes_) + 1;
  return line;
}

void Session::send(std::string_view lines) {
  while (!lines.empty()) {
    ssize_t sent = ::write(process_.input(), lines.data(), lines.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("a server does not read its stdin; see its stderr.log");
    lines.remove_prefix(static_cast<std::size_t>(sent));
  }
}

char* Session::receive() {
  for (;;) {
    if (auto line = buffer_.next_line()) return *line;
    read_more();
  }
}

double Session::handshake() {
  buffer_.rewind();
  send(
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},)"
      R"("clientInfo":{"name":"bench","version":"0"}}})"
      "\n");
  char* line = receive();
  double seconds = seconds_since(process_.started());
  check_success(line);
  send(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
       "\n");
  return seconds;
}

}  // namespace bench
