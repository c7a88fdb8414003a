#include "store/history_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/json.hpp"
#include "base/text.hpp"
#include "store/line.hpp"
#include "store/segments.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

constexpr mode_t kFolderMode = 0700, kFileMode = 0600;
constexpr std::int64_t kSmallestSegment = 64 << 10;

Error from_errno(const std::string& what, int number) {
  Error e;
  e.category =
      number == ENOSPC || number == EFBIG || number == EDQUOT ? Category::resource : Category::denied;
  e.message = what + ": " + std::generic_category().message(number);
  return e;
}

void append_or_null(std::string& json, std::string_view text) {
  if (text.empty())
    json += "null";
  else
    append_quoted(json, text);
}

// Ours alone, whoever made it: tightened where it is ours, refused where it is not.
Result<void> claim(int fd, const std::string& path, mode_t mode, bool folder) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return fail(from_errno(path, errno));
  if (folder ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode))
    return fail(Category::denied, path + " is not a regular " + (folder ? "folder" : "file"));
  if (status.st_uid != ::geteuid()) return fail(Category::denied, path + " belongs to another user");
  if ((status.st_mode & 077) != 0 && ::fchmod(fd, mode) != 0) return fail(from_errno(path, errno));
  return {};
}

}  // namespace

fs::path history_folder(const Environment& environment) {
  return fs::path(dbmux_home(environment)) / "history";
}

HistorySettings history_settings(const Profile& profile, const Environment& environment) {
  auto settings = profile.history;
  const auto word = environment("DBMUX_HISTORY");
  for (const std::string_view no : {"off", "0", "false", "no"})
    if (word && equal_ignoring_case(*word, no)) settings.keep = false;
  return settings;
}

std::string history_json(const CallRecord& record) {
  std::string json = "{\"at\":";
  json.reserve(256 + record.statement.size());
  append_quoted(json, iso8601(record.at));
  json += ",\"operation\":";
  append_quoted(json, record.operation);
  append_or_null(json += ",\"connection\":", record.connection);
  append_or_null(json += ",\"statement\":", record.statement);
  (json += ",\"ms\":") += std::to_string(record.elapsed_ms);
  (json += ",\"rows\":") += record.rows < 0 ? "null" : std::to_string(record.rows);
  append_or_null(json += ",\"error\":", record.error ? to_string(*record.error) : std::string_view());
  if (!record.principal.empty()) append_quoted(json += ",\"who\":", record.principal);
  (json += ",\"pid\":") += std::to_string(::getpid());
  json += '}';
  return json;
}

std::string not_kept_json(std::uint64_t calls, std::string_view why, Wall::time_point at) {
  return "{\"at\":" + json_quote(iso8601(at)) + ",\"not_kept\":" + std::to_string(calls) +
         ",\"why\":" + json_quote(why) + "}";
}

HistoryFolder::HistoryFolder(fs::path folder, HistorySettings settings, std::int64_t segment_bytes)
    : folder_(std::move(folder)),
      settings_(settings),
      segment_bytes_(settings.bytes > 0
                         ? std::min(segment_bytes, std::max(settings.bytes / 4, kSmallestSegment))
                         : segment_bytes) {}

HistoryFolder::~HistoryFolder() { close(); }

void HistoryFolder::close() {
  for (int* fd : {&file_, &folder_fd_})
    if (*fd >= 0) {
      ::close(*fd);
      *fd = -1;
    }
}

Result<void> HistoryFolder::open_folder() {
  std::error_code ec;
  const auto home = folder_.parent_path();
  fs::create_directories(home.parent_path(), ec);
  static_cast<void>(::mkdir(home.c_str(), kFolderMode));
  if (::mkdir(folder_.c_str(), kFolderMode) != 0 && errno != EEXIST)
    return fail(from_errno(folder_.string(), errno));
  folder_fd_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder_fd_ < 0) return fail(from_errno(folder_.string(), errno));
  return claim(folder_fd_, folder_.string(), kFolderMode, true);
}

Result<void> HistoryFolder::open_segment(const std::string& day) {
  auto segments = segments_in(folder_fd_);
  std::uint32_t number = 0;
  if (!segments.empty() && segments.back().day >= day) {
    // A clock that goes back must not put new records before older ones.
    number = segments.back().number + (segments.back().bytes >= segment_bytes_ ? 1 : 0);
    day_ = segments.back().day;
  } else {
    day_ = day;
  }
  const auto name = segment_name(day_, number);
  file_ = ::openat(folder_fd_, name.c_str(),
                   O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, kFileMode);
  const auto path = (folder_ / name).string();
  if (file_ < 0) return fail(from_errno(path, errno));
  return claim(file_, path, kFileMode, false);
}

// The segment that is to be appended to now.
Result<void> HistoryFolder::open(Wall::time_point now) {
  const auto today = iso8601(now).substr(0, 10);
  if (file_ >= 0) {
    struct stat status{};
    const bool there = ::fstat(file_, &status) == 0 && status.st_nlink > 0;
    if (there && status.st_size < segment_bytes_ && day_ >= today) return {};
  }
  close();
  auto opened = open_folder();
  if (opened) opened = open_segment(today);
  if (opened)
    prune(today);
  else
    close();
  return opened;
}

void HistoryFolder::prune(const std::string& today) {
  auto segments = segments_in(folder_fd_);
  std::int64_t bytes = 0;
  for (const auto& s : segments) bytes += s.bytes;
  const auto oldest = day_before(today, settings_.days);
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    const auto& s = segments[i];
    const bool old = settings_.days > 0 && s.day < oldest;
    // Room for the segment that is being filled.
    const bool much =
        settings_.bytes > 0 && bytes > std::max<std::int64_t>(settings_.bytes - segment_bytes_, 0);
    if (!old && !much) break;
    if (::unlinkat(folder_fd_, segment_name(s.day, s.number).c_str(), 0) == 0) bytes -= s.bytes;
  }
}

HistoryFolder::Kept HistoryFolder::append(std::span<const std::string> json, Wall::time_point now) {
  if (json.empty()) return {};
  if (auto opened = open(now); !opened) return {0, opened.error()};
  std::string bytes = "\n";  // ends what a killed process, or a full disk, left behind
  std::vector<std::size_t> ends;
  for (const auto& one : json) {
    bytes += framed(one);
    ends.push_back(bytes.size());
  }
  ssize_t n = -1;
  do n = ::write(file_, bytes.data(), bytes.size());
  while (n < 0 && errno == EINTR);
  const int number = n < 0 ? errno : ENOSPC;
  const auto written = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  Kept kept;
  kept.lines = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), written) - ends.begin());
  if (kept.lines < json.size()) {
    kept.error = from_errno(folder_.string(), number);
    close();
  }
  return kept;
}

void HistoryFolder::sync() {
  if (file_ >= 0) static_cast<void>(::fdatasync(file_));
}

}  // namespace dbmux
