#include "observe/log.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <mutex>

#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace dbmux {
namespace {

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warning", "error"};
constexpr std::size_t kLongestText = 4096;

std::atomic<Level> lowest{Level::info};
std::mutex sink_mutex;  // guards what follows, and keeps lines whole
int sink_fd = STDERR_FILENO;
bool readable = ::isatty(STDERR_FILENO) != 0;

std::string clean(std::string_view text) {
  auto safe = utf8_replaced(scrubbed(text));
  if (safe.size() > kLongestText) safe = std::string(utf8_prefix(safe, kLongestText)) + "…";
  return safe;
}

std::string number_text(double number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

struct JsonText {
  std::string operator()(std::string_view text) const { return json_quote(clean(text)); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(bool yes) const { return yes ? "true" : "false"; }
  std::string operator()(double number) const { return std::isfinite(number) ? number_text(number) : "null"; }
};

bool plain_word(std::string_view text) {
  const auto odd = [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == 0x7F;
  };
  for (const char c : text) {
    if (odd(c)) return false;
  }
  return !text.empty();
}

struct ReadableText {
  std::string operator()(std::string_view text) const {
    auto safe = clean(text);
    return plain_word(safe) ? safe : json_quote(safe);
  }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(bool yes) const { return yes ? "true" : "false"; }
  std::string operator()(double number) const { return number_text(number); }
};

std::string json_line(Level level, std::string_view event, std::initializer_list<Field> fields) {
  std::string line = R"({"at":")" + iso8601(Wall::now()) + R"(","level":")";
  line += to_string(level);
  line += R"(","event":)" + json_quote(clean(event));
  for (const auto& field : fields) {
    line += ',' + json_quote(field.key) + ':' + std::visit(JsonText{}, field.value);
  }
  return line + "}\n";
}

// 10:00:00.123 warning  plugin refused: reason="group-writable"
std::string readable_line(Level level, std::string_view event, std::initializer_list<Field> fields) {
  auto line = iso8601(Wall::now()).substr(11, 12) + ' ';
  line += to_string(level);
  line.append(line.size() < 21 ? 21 - line.size() : 1, ' ');
  for (const char c : clean(event)) line += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=' + std::visit(ReadableText{}, field.value);
  }
  return line + '\n';
}

void write_line(std::string_view line) {
  while (!line.empty()) {
    const ssize_t n = ::write(sink_fd, line.data(), line.size());
    if (n > 0) {
      line.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno != EINTR) {
      return;
    }
  }
}

}  // namespace

std::string_view to_string(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

std::optional<Level> level_named(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == name) return static_cast<Level>(i);
  }
  return {};
}

void configure(Level level, int fd) {
  const std::lock_guard lock(sink_mutex);
  lowest.store(level, std::memory_order_relaxed);
  sink_fd = fd;
  readable = ::isatty(fd) != 0;
}

bool logs(Level level) { return level >= lowest.load(std::memory_order_relaxed); }

void log(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (!logs(level)) return;
  const std::lock_guard lock(sink_mutex);
  write_line(readable ? readable_line(level, event, fields) : json_line(level, event, fields));
}

}  // namespace dbmux
