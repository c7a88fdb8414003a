// SPDX-License-Identifier: MIT-0
#include "check/memory.hpp"

#include <dirent.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace dbmux::check {
namespace {

std::size_t page() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

std::size_t entries(const char* folder) {
  struct Close {
    void operator()(DIR* d) const { ::closedir(d); }
  };
  const std::unique_ptr<DIR, Close> open(::opendir(folder));
  std::size_t n = 0;
  while (open && ::readdir(open.get())) ++n;
  return n;
}

std::size_t allocated() {
  // A sanitizer brings an allocator of its own, of which mallinfo2() knows nothing.
  if (__sanitizer_get_current_allocated_bytes) return __sanitizer_get_current_allocated_bytes();
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace

bool readable(const void* at, std::size_t n) {
  static const int scratch = ::memfd_create("scratch", MFD_CLOEXEC);
  constexpr std::size_t kPart = 65536;
  const auto* bytes = static_cast<const char*>(at);
  while (n > 0) {
    const std::size_t part = std::min(n, kPart);
    if (::pwrite(scratch, bytes, part, 0) != static_cast<ssize_t>(part)) return false;
    bytes += part;
    n -= part;
  }
  return true;
}

Lent::Lent(std::size_t size) : size_((size + 64 + page() - 1) / page() * page()) {
  void* region = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  begin_ = region == MAP_FAILED ? nullptr : static_cast<char*>(region);
}

char* Lent::take(std::size_t n, std::size_t alignment) {
  const std::size_t at = (used_ + alignment - 1) / alignment * alignment;
  if (!begin_ || at + n > size_) return nullptr;
  used_ = at + n;
  return begin_ + at;
}

dbmux_str Lent::copy(std::string_view text) {
  char* to = take(text.size(), 1);
  if (to && !text.empty()) std::memcpy(to, text.data(), text.size());
  return {to, to ? text.size() : 0};
}

void Lent::release() {
  if (!begin_) return;
  ::madvise(begin_, size_, MADV_DONTNEED);
  ::mprotect(begin_, size_, PROT_NONE);
}

Footprint footprint() { return {allocated(), entries("/proc/self/task") - 2, entries("/proc/self/fd") - 3}; }

}  // namespace dbmux::check
