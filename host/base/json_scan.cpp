#include "base/json_scan.hpp"

#include <bitset>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/escape.hpp"

namespace dbmux {
namespace {

constexpr std::size_t kDoubleDigits = 308;  // as many fit whatever they are

bool digit(char c) { return c >= '0' && c <= '9'; }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : s_(text.data()), end_(s_ + text.size()) {}

  JsonScan run() {
    const bool complete = document() && s_ == end_;
    return {complete, lines_, huge_};
  }

 private:
  bool at(char c) const { return s_ != end_ && *s_ == c; }
  bool eat(char c) {
    if (!at(c)) return false;
    ++s_;
    return true;
  }

  void space() {
    while (s_ != end_ && static_cast<unsigned char>(*s_) <= ' ') {
      if (*s_ == '\n' || *s_ == '\r') {
        lines_ = true;
      } else if (*s_ != ' ' && *s_ != '\t') {
        return;
      }
      ++s_;
    }
  }

  bool document() {
    space();
    for (;;) {
      if (eat('[')) {
        if (!enter(false)) return false;
        space();
        if (!at(']')) continue;
      } else if (eat('{')) {
        if (!enter(true)) return false;
        space();
        if (!at('}')) {
          if (!key()) return false;
          continue;
        }
      } else if (!scalar()) {
        return false;
      }
      if (!close_containers()) return false;
      if (depth_ == 0) return true;
    }
  }

  // Behind a value: leaves what ends here and moves to the next value, if there is one.
  bool close_containers() {
    for (;;) {
      space();
      if (depth_ == 0) return true;
      const bool object = objects_[depth_ - 1];
      if (eat(',')) {
        space();
        return !object || key();
      }
      if (!eat(object ? '}' : ']')) return false;
      --depth_;
    }
  }

  bool enter(bool object) {
    if (depth_ == kJsonCellDepth) return false;
    objects_[depth_++] = object;
    return true;
  }

  bool key() {
    if (!string()) return false;
    space();
    if (!eat(':')) return false;
    space();
    return true;
  }

  bool scalar() {
    if (s_ == end_) return false;
    switch (*s_) {
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

  bool literal(std::string_view word) {
    if (!std::string_view(s_, static_cast<std::size_t>(end_ - s_)).starts_with(word)) return false;
    s_ += word.size();
    return true;
  }

  bool digits() {
    if (s_ == end_ || !digit(*s_)) return false;
    while (s_ != end_ && digit(*s_)) ++s_;
    return true;
  }

  bool number() {
    const char* const begin = s_;
    eat('-');
    if (!eat('0') && !digits()) return false;
    if (eat('.') && !digits()) return false;
    const bool exponent = eat('e') || eat('E');
    if (exponent) {
      if (!eat('+')) eat('-');
      if (!digits()) return false;
    }
    const std::string_view whole(begin, static_cast<std::size_t>(s_ - begin));
    if ((exponent || whole.size() > kDoubleDigits) && !nearest_double(whole)) huge_ = true;
    return true;
  }

  bool string() {
    if (!eat('"')) return false;
    for (;;) {
      if (end_ - s_ >= 8) {
        const auto hit = first_special(load8(s_));
        s_ += hit;
        if (hit == 8) continue;
      }
      if (s_ == end_) return false;
      const char c = *s_++;
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !escaped()) return false;
    }
  }

  bool escaped() {
    if (s_ == end_) return false;
    const char c = *s_++;
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    const int first = hex4();
    if (first < 0 || (first >= 0xDC00 && first <= 0xDFFF)) return false;
    if (first < 0xD800 || first > 0xDBFF) return true;
    if (!eat('\\') || !eat('u')) return false;
    const int second = hex4();
    return second >= 0xDC00 && second <= 0xDFFF;
  }

  int hex4() {
    if (end_ - s_ < 4) return -1;
    int value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = *s_++;
      const char lower = static_cast<char>(c | 0x20);
      if (!digit(c) && (lower < 'a' || lower > 'f')) return -1;
      value = value * 16 + (digit(c) ? c - '0' : lower - 'a' + 10);
    }
    return value;
  }

  const char* s_;
  const char* end_;
  bool lines_ = false;
  bool huge_ = false;
  unsigned depth_ = 0;
  std::bitset<kJsonCellDepth> objects_;
};

}  // namespace

JsonScan scan_json(std::string_view text) { return Scanner(text).run(); }

std::optional<double> nearest_double(std::string_view number) {
  double value = 0;
  if (std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc()) return value;
  value = std::strtod(std::string(number).c_str(), nullptr);
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace dbmux
