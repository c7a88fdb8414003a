#include "transport/lines.hpp"

#include <cstring>

namespace dbmux {

bool Lines::feed(std::string_view bytes, bool spare) {
  bool alone = spare;
  while (!bytes.empty()) {
    const auto* newline = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
    if (newline == nullptr) {
      keep(bytes);
      return false;
    }
    const auto length = static_cast<std::size_t>(newline - bytes.data());
    keep(bytes.substr(0, length));
    bytes.remove_prefix(length + 1);
    if (end_line(alone && bytes.empty())) return true;
    alone = false;
  }
  return false;
}

// Whether the handler kept it.
bool Lines::end_line(bool spare) {
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  if (skipping_ || line_.size() > max_) {
    drop();
    skipping_ = false;
    handler_.oversized(max_, stream_);
    return false;
  }
  return !line_.empty() && handler_.frame(std::exchange(line_, {}), stream_, spare);
}

void Lines::keep(std::string_view bytes) {
  if (skipping_) return;
  if (bytes.size() > max_ + 1 - line_.size()) {  // one more than max_, which may be the CR
    skipping_ = true;
    drop();
  } else {
    line_.append(bytes);
  }
}

}  // namespace dbmux
