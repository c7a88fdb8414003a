#pragma once
// The files of a history: YYYY-MM-DD.N.log, in the order in which they were written.
#include <cstdint>
#include <string>
#include <vector>

namespace dbmux {

struct Segment {
  std::string day;  // 2026-11-21
  std::uint32_t number = 0;
  std::int64_t bytes = 0;
};

std::string segment_name(const std::string& day, std::uint32_t number);
// Regular files of that form, oldest first; what else lies there is left alone.
std::vector<Segment> segments_in(int folder_fd);
// The day so many days before.
std::string day_before(const std::string& day, int days);

}  // namespace dbmux
