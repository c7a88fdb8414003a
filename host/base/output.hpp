#pragma once
// The bytes of one answer while it is being made: in memory up to 256 KiB, beyond that in an unlinked
// temporary file, so that an answer of any size costs the same memory and can still be taken back and become
// an error. One thread at a time.
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dbmux {

class Output {
 public:
  static constexpr std::size_t kMemory = std::size_t{256} << 10;

  Output();                         // kept until write_to(); allocates nothing before the first byte
  static Output streaming(int fd);  // goes to fd as it comes, in chunks of 64 KiB; truncate() is not allowed
  Output(Output&&) noexcept;
  Output& operator=(Output&&) noexcept;
  ~Output();

  void append(std::string_view bytes) {
    if (bytes.size() > kPiece) return append_pieces(bytes);
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    used(bytes.size());
  }
  void append(char c) {
    *room(1) = c;
    used(1);
  }
  // At least n writable bytes at the end; then used(k), k <= n. The pointer is valid until the next call.
  char* room(std::size_t n) {
    if (static_cast<std::size_t>(limit_ - end_) < n) grow(n);
    return end_;
  }
  void used(std::size_t n) { end_ += n; }

  // What was appended, dropped bytes included.
  bool streams() const { return stream_ >= 0; }  // what was sent cannot be taken back
  std::size_t size() const { return flushed_ + static_cast<std::size_t>(end_ - begin_); }
  // Back to an earlier size(). Clears a failure that only hit what is now gone.
  void truncate(std::size_t size);

  // The first failure (a full disk: resource; a closed pipe: connection) is kept here; bytes after it are
  // dropped.
  const Result<void>& status() const { return status_; }

  // The whole content to a descriptor, blocking; a file goes by sendfile where the kernel can. Writes nothing
  // when status() is an error, and returns it. The content stays.
  Result<void> write_to(int fd);
  // The whole content where it is in memory; valid until the next call.
  std::optional<std::string_view> in_memory() const;
  Result<void> flush();       // streaming: what is still in memory
  std::string take_string();  // the whole content, which is then gone; for small answers and tests

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 16;

  void grow(std::size_t n);
  void reserve(std::size_t capacity);
  void spill();
  void send();
  void append_pieces(std::string_view);
  Result<void> open_file();
  Result<void> copy_file_to(int fd) const;

  std::unique_ptr<char[]> buffer_;
  char* begin_ = nullptr;
  char* end_ = nullptr;
  char* limit_ = nullptr;
  std::size_t flushed_ = 0;  // bytes before begin_: in the file, already sent, or dropped
  int file_ = -1;
  int stream_ = -1;
  Result<void> status_;
  std::unique_ptr<char[]> held_;  // what could not be spilled, for a truncate() to before the failure
  std::size_t held_from_ = 0;
  std::size_t held_to_ = 0;
};

}  // namespace dbmux
