#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace dbmux {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, the clock of deadlines
using Wall = std::chrono::system_clock;

inline constexpr Clock::time_point kNever = Clock::time_point::max();

std::string iso8601(Wall::time_point);  // 2026-11-21T10:00:00.123Z
inline std::int64_t ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

}  // namespace dbmux
