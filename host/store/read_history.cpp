#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <system_error>

#include "base/json.hpp"
#include "base/owned_fd.hpp"
#include "store/history_folder.hpp"
#include "store/line.hpp"
#include "store/segments.hpp"

namespace dbmux {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostLast = 1'000'000;

std::string text_of(const JsonValue& object, std::string_view name) {
  const auto* value = member(object, name);
  return value && value->IsString() ? std::string(view(*value)) : std::string();
}

std::int64_t number_of(const JsonValue& object, std::string_view name, std::int64_t otherwise) {
  const auto* value = member(object, name);
  return value && value->IsInt64() ? value->GetInt64() : otherwise;
}

// The whole file as it is now; what is appended meanwhile belongs to the next look.
std::string content(int fd) {
  std::string bytes;
  struct stat status{};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return bytes;
  bytes.resize(static_cast<std::size_t>(status.st_size));
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t n = ::pread(fd, bytes.data() + size, bytes.size() - size, static_cast<off_t>(size));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  bytes.resize(size);
  return bytes;
}

class Reader {
 public:
  Reader(std::size_t last, std::string_view connection)
      : last_(std::min(last, kMostLast)), connection_(connection) {}

  bool full() const { return found_.size() >= last_; }

  // Segments come newest first, so that old ones need not be read.
  void segment(std::string_view bytes) {
    std::deque<KeptCall> here;
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      line(bytes.substr(0, end), here);
      if (here.size() > last_) here.pop_front();
      bytes = end == std::string_view::npos ? std::string_view() : bytes.substr(end + 1);
    }
    found_.insert(found_.begin(), std::make_move_iterator(here.begin()), std::make_move_iterator(here.end()));
  }

  History take() {
    // Processes append batches: within a second their records are not in order.
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    while (found_.size() > last_) found_.pop_front();
    history_.calls.assign(std::make_move_iterator(found_.begin()), std::make_move_iterator(found_.end()));
    return std::move(history_);
  }

 private:
  void line(std::string_view text, std::deque<KeptCall>& here) {
    if (text.empty()) return;
    const auto json = unframed(text);
    auto document = json.empty() ? Result<JsonDocument>(fail(Category::invalid, {})) : parse_json(json);
    if (!document || !document->IsObject()) {
      ++history_.damaged;
      return;
    }
    if (const auto n = number_of(*document, "not_kept", 0); n > 0) {
      history_.not_kept += n;
      return;
    }
    KeptCall call;
    call.at = text_of(*document, "at");
    call.operation = text_of(*document, "operation");
    call.connection = text_of(*document, "connection");
    if (!connection_.empty() && call.connection != connection_) return;
    call.statement = text_of(*document, "statement");
    call.error = text_of(*document, "error");
    call.who = text_of(*document, "who");
    call.ms = number_of(*document, "ms", 0);
    call.rows = number_of(*document, "rows", -1);
    call.pid = number_of(*document, "pid", 0);
    here.push_back(std::move(call));
  }

  const std::size_t last_;
  const std::string_view connection_;
  std::deque<KeptCall> found_;
  History history_;
};

}  // namespace

Result<History> read_history(const fs::path& folder, std::size_t last, std::string_view connection) {
  const OwnedFd at(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (at.get() < 0) {
    if (errno == ENOENT) return History{};
    return fail(Category::denied, folder.string() + ": " + std::generic_category().message(errno));
  }
  struct stat status{};
  if (::fstat(at.get(), &status) != 0 || (status.st_uid != ::geteuid() && ::geteuid() != 0))
    return fail(Category::denied, folder.string() + " belongs to another user");
  auto segments = segments_in(at.get());
  Reader reader(last, connection);
  for (auto s = segments.rbegin(); s != segments.rend() && !reader.full(); ++s) {
    const auto name = segment_name(s->day, s->number);
    const OwnedFd file(::openat(at.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0 && errno == ENOENT) continue;  // pruned just now
    if (file.get() < 0)
      return fail(Category::denied, (folder / name).string() + ": " + std::generic_category().message(errno));
    reader.segment(content(file.get()));
  }
  return reader.take();
}

}  // namespace dbmux
