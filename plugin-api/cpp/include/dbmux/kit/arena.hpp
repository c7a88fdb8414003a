// SPDX-License-Identifier: MIT-0
#pragma once
// Memory of one batch: what was handed out stays where it is until clear(), and the blocks are used again.
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace dbmux::kit {

class Arena {
 public:
  // Unaligned room for n bytes, valid until clear().
  char* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(end_ - at_)) take_block(n);
    char* p = at_;
    at_ += n;
    used_ += n;
    return p;
  }
  std::string_view copy(std::string_view s) {
    if (s.empty()) return {"", 0};
    char* p = allocate(s.size());
    std::memcpy(p, s.data(), s.size());
    return {p, s.size()};
  }
  std::size_t used() const { return used_; }

  // Forgets everything that was handed out; keeps up to 1 MiB for the next batch.
  void clear() {
    std::size_t kept = 0;
    std::erase_if(blocks_, [&](const Block& b) { return (kept += b.size) > kKept; });
    next_ = 0;
    used_ = 0;
    at_ = end_ = nullptr;
  }

 private:
  static constexpr std::size_t kBlock = std::size_t{64} << 10;
  static constexpr std::size_t kKept = std::size_t{1} << 20;
  struct Block {
    std::unique_ptr<char[]> memory;
    std::size_t size;
  };

  void take_block(std::size_t n) {
    while (next_ < blocks_.size() && blocks_[next_].size < n) ++next_;
    if (next_ == blocks_.size()) {
      const std::size_t size = n > kBlock ? n : kBlock;
      blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    }
    at_ = blocks_[next_].memory.get();
    end_ = at_ + blocks_[next_].size;
    ++next_;
  }

  std::vector<Block> blocks_;
  std::size_t next_ = 0;
  std::size_t used_ = 0;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace dbmux::kit
