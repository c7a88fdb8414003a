#include "store/segments.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>

namespace dbmux {
namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kDay = 10;

bool is_day(std::string_view text) {
  if (text.size() != kDay) return false;
  for (std::size_t i = 0; i < kDay; ++i)
    if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  return true;
}

int part(std::string_view text, std::size_t at, std::size_t n) {
  int value = 0;
  std::from_chars(text.data() + at, text.data() + at + n, value);
  return value;
}

std::optional<Segment> parsed(std::string_view name) {
  if (name.size() < kDay + 2 + kSuffix.size() || !name.ends_with(kSuffix) || name[kDay] != '.') return {};
  if (!is_day(name.substr(0, kDay))) return {};
  const auto digits = name.substr(kDay + 1, name.size() - kDay - 1 - kSuffix.size());
  Segment s{std::string(name.substr(0, kDay)), 0, 0};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), s.number);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return {};
  if (name != segment_name(s.day, s.number)) return {};
  return s;
}

}  // namespace

std::string segment_name(const std::string& day, std::uint32_t number) {
  return day + '.' + std::to_string(number) + std::string(kSuffix);
}

std::vector<Segment> segments_in(int folder_fd) {
  std::vector<Segment> found;
  const int fd = ::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return found;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(fd), ::closedir);
  if (!folder) {
    ::close(fd);
    return found;
  }
  while (const dirent* entry = ::readdir(folder.get())) {
    auto segment = parsed(entry->d_name);
    struct stat status{};
    if (!segment || ::fstatat(folder_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode))
      continue;
    segment->bytes = status.st_size;
    found.push_back(*std::move(segment));
  }
  std::sort(found.begin(), found.end(), [](const Segment& a, const Segment& b) {
    return std::tie(a.day, a.number) < std::tie(b.day, b.number);
  });
  return found;
}

std::string day_before(const std::string& day, int days) {
  using namespace std::chrono;
  if (!is_day(day)) return day;
  const sys_days at = year_month_day{year{part(day, 0, 4)}, month{static_cast<unsigned>(part(day, 5, 2))},
                                     std::chrono::day{static_cast<unsigned>(part(day, 8, 2))}};
  const year_month_day before{at - std::chrono::days{days}};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(before.year()),
                static_cast<unsigned>(before.month()), static_cast<unsigned>(before.day()));
  return text;
}

}  // namespace dbmux
