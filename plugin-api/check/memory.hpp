// SPDX-License-Identifier: MIT-0
#pragma once
// Memory that a plugin hands over or is lent, and what the process has taken.
#include <dbmux/plugin.h>

#include <cstddef>
#include <string_view>

namespace dbmux::check {

// Whether all of [at, at + n) can be read; asks the kernel, so that a wild pointer does no harm.
bool readable(const void* at, std::size_t n);

// Pages of their own that stay mapped but cannot be touched after release(): a plugin that kept a pointer
// into them dies where it uses it.
class Lent {
 public:
  explicit Lent(std::size_t size);
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  ~Lent() { release(); }

  char* take(std::size_t n, std::size_t alignment);
  dbmux_str copy(std::string_view text);
  void release();

 private:
  char* begin_;
  std::size_t size_, used_ = 0;
};

struct Footprint {
  std::size_t bytes = 0;  // that malloc has given and not got back
  std::size_t threads = 0;
  std::size_t descriptors = 0;
};
Footprint footprint();

}  // namespace dbmux::check
