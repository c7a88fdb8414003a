#pragma once
// One value of a row as a driver hands it over: 16 bytes, tagged, pointing into the driver's buffer.
// The same layout as dbmux_value (plugin.h); host/driver asserts it, so that batches are read in place.
#include <cstdint>
#include <string_view>

namespace dbmux {

enum class Kind : std::uint8_t {
  null = 0,
  boolean = 1,
  i64 = 2,
  u64 = 3,
  f64 = 4,
  number = 5,  // exact decimal text
  text = 6,
  json = 7,  // one complete JSON value
  bytes = 8,
  f32s = 9,  // packed little-endian float32
};

struct [[gnu::may_alias]] Cell {
  Kind kind = Kind::null;
  std::uint8_t flags = 0;  // kTruncated
  std::uint16_t reserved = 0;
  std::uint32_t len = 0;
  union {
    std::int64_t i64 = 0;
    std::uint64_t u64;
    double f64;
    const char* ptr;
  };

  static constexpr std::uint8_t kTruncated = 1;  // a prefix of the value

  bool truncated() const { return (flags & kTruncated) != 0; }
  std::string_view view() const { return {ptr, len}; }
};
static_assert(sizeof(Cell) == 16);

}  // namespace dbmux
