#include "base/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace dbmux {
namespace {

constexpr std::size_t kFirst = 4096;
constexpr std::size_t kSpillPart = std::size_t{1} << 18;
constexpr std::size_t kStreamPart = std::size_t{1} << 16;

std::string spill_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

tl::unexpected<Error> spill_failure(int error, std::size_t size) {
  const auto megabytes = std::to_string((size + 999'999) / 1'000'000);
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return fail(Category::resource,
                "no space left for an answer of " + megabytes + " MB in " + spill_folder());
  }
  return fail(Category::resource, "no file for an answer of " + megabytes + " MB can be made in " +
                                      spill_folder() + ": " + std::strerror(error));
}

tl::unexpected<Error> write_failure(int error) {
  if (error == EPIPE || error == ECONNRESET) return fail(Category::connection, "the reader has gone");
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return fail(Category::resource, "no space left where the answer is written");
  }
  return fail(Category::connection, std::string("the answer cannot be written: ") + std::strerror(error));
}

// Whether the failed call is worth repeating; waits where the descriptor does not block.
bool again(int fd) {
  if (errno == EINTR) return true;
  if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
  pollfd waiting{fd, POLLOUT, 0};
  return ::poll(&waiting, 1, -1) >= 0 || errno == EINTR;
}

Result<void> write_fully(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (!again(fd)) {
      return write_failure(errno);
    }
  }
  return {};
}

bool pwrite_fully(int fd, std::string_view bytes, std::size_t at) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      at += static_cast<std::size_t>(n);
    } else if (n == 0) {
      errno = ENOSPC;
      return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

// Bytes read, fewer than n only at the end of the file or on an error.
std::size_t pread_fully(int fd, char* to, std::size_t n, std::size_t at) {
  std::size_t done = 0;
  while (done < n) {
    const ssize_t got = ::pread(fd, to + done, n - done, static_cast<off_t>(at + done));
    if (got > 0) {
      done += static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      break;
    }
  }
  return done;
}

}  // namespace

Output::Output() = default;

Output Output::streaming(int fd) {
  Output out;
  out.stream_ = fd;
  return out;
}

Output::Output(Output&& other) noexcept { *this = std::move(other); }

Output& Output::operator=(Output&& other) noexcept {
  if (this == &other) return *this;
  if (file_ >= 0) ::close(file_);
  buffer_ = std::move(other.buffer_);
  begin_ = std::exchange(other.begin_, nullptr);
  end_ = std::exchange(other.end_, nullptr);
  limit_ = std::exchange(other.limit_, nullptr);
  flushed_ = std::exchange(other.flushed_, 0);
  file_ = std::exchange(other.file_, -1);
  stream_ = std::exchange(other.stream_, -1);
  status_ = std::exchange(other.status_, {});
  held_ = std::move(other.held_);
  held_from_ = std::exchange(other.held_from_, 0);
  held_to_ = std::exchange(other.held_to_, 0);
  return *this;
}

Output::~Output() {
  if (file_ >= 0) ::close(file_);
}

void Output::reserve(std::size_t capacity) {
  if (static_cast<std::size_t>(limit_ - begin_) >= capacity) return;
  auto bigger = std::make_unique_for_overwrite<char[]>(capacity);
  const auto n = static_cast<std::size_t>(end_ - begin_);
  if (n != 0) std::memcpy(bigger.get(), begin_, n);
  buffer_ = std::move(bigger);
  begin_ = buffer_.get();
  end_ = begin_ + n;
  limit_ = begin_ + capacity;
}

void Output::grow(std::size_t n) {
  if (stream_ >= 0) {
    send();
    return reserve(std::max(kStreamPart, n));
  }
  const auto need = static_cast<std::size_t>(end_ - begin_) + n;
  if (status_ && file_ < 0 && need <= kMemory) return reserve(std::max(kFirst, std::bit_ceil(need)));
  spill();
  reserve(std::max(kSpillPart, n));
}

// Moves what is in memory to the end of the file.
void Output::spill() {
  const auto n = static_cast<std::size_t>(end_ - begin_);
  if (status_) {
    if (file_ < 0) status_ = open_file();
    if (status_ && !pwrite_fully(file_, {begin_, n}, flushed_)) status_ = spill_failure(errno, size());
    if (!status_) {
      held_ = std::move(buffer_);
      held_from_ = flushed_;
      held_to_ = flushed_ + n;
      begin_ = end_ = limit_ = nullptr;
    } else if (static_cast<std::size_t>(limit_ - begin_) > kSpillPart) {
      buffer_.reset();
      begin_ = end_ = limit_ = nullptr;
    }
  }
  flushed_ += n;
  end_ = begin_;
}

Result<void> Output::open_file() {
  const auto folder = spill_folder();
  file_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file_ < 0) {
    auto path = folder + "/dbmux.XXXXXX";
    file_ = ::mkostemp(path.data(), O_CLOEXEC);
    if (file_ < 0) return spill_failure(errno, size());
    ::unlink(path.c_str());
  }
  return {};
}

void Output::send() {
  const auto n = static_cast<std::size_t>(end_ - begin_);
  if (status_) status_ = write_fully(stream_, {begin_, n});
  flushed_ += n;
  end_ = begin_;
}

void Output::append_pieces(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kPiece);
    append(piece);
    bytes.remove_prefix(piece.size());
  }
}

void Output::truncate(std::size_t size) {
  if (!status_ && stream_ < 0 && size <= held_to_) {
    buffer_ = std::move(held_);
    begin_ = buffer_.get();
    end_ = limit_ = begin_ + (held_to_ - held_from_);
    flushed_ = held_from_;
    status_ = {};
  }
  if (size >= this->size()) return;
  if (size >= flushed_) {
    end_ = begin_ + (size - flushed_);
  } else {
    flushed_ = size;
    end_ = begin_;
  }
}

Result<void> Output::write_to(int fd) {
  if (!status_) return status_;
  if (file_ >= 0 && flushed_ != 0) {
    if (auto copied = copy_file_to(fd); !copied) return copied;
  }
  return write_fully(fd, {begin_, static_cast<std::size_t>(end_ - begin_)});
}

std::optional<std::string_view> Output::in_memory() const {
  if (!status_ || flushed_ != 0) return std::nullopt;
  return std::string_view(begin_, static_cast<std::size_t>(end_ - begin_));
}

Result<void> Output::copy_file_to(int fd) const {
  off_t at = 0;
  const auto size = static_cast<off_t>(flushed_);
  while (at < size) {
    const ssize_t n = ::sendfile(fd, file_, &at, static_cast<std::size_t>(size - at));
    if (n > 0) continue;
    if (n == 0) return fail(Category::internal, "an answer's temporary file is shorter than the answer");
    if (errno == EINVAL || errno == ENOSYS || errno == EOVERFLOW) break;
    if (!again(fd)) return write_failure(errno);
  }
  const auto part = std::make_unique_for_overwrite<char[]>(at < size ? kStreamPart : 1);
  while (at < size) {
    const auto wanted = std::min(kStreamPart, static_cast<std::size_t>(size - at));
    if (pread_fully(file_, part.get(), wanted, static_cast<std::size_t>(at)) != wanted) {
      return fail(Category::internal, "an answer's temporary file cannot be read back");
    }
    if (auto written = write_fully(fd, {part.get(), wanted}); !written) return written;
    at += static_cast<off_t>(wanted);
  }
  return {};
}

Result<void> Output::flush() {
  if (stream_ >= 0) send();
  return status_;
}

std::string Output::take_string() {
  std::string text;
  if (status_ && stream_ < 0) {
    text.resize(size());
    if (flushed_ != 0) pread_fully(file_, text.data(), flushed_, 0);
    std::copy(begin_, end_, text.data() + flushed_);
    truncate(0);
  }
  return text;
}

}  // namespace dbmux
