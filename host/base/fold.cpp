#include <locale.h>
#include <wctype.h>

#include <memory>

#include "base/text.hpp"

namespace dbmux {

namespace {

struct FreeLocale {
  using pointer = locale_t;
  void operator()(locale_t l) const { freelocale(l); }
};

locale_t unicode() {
  static const std::unique_ptr<locale_t, FreeLocale> locale(newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{}));
  return locale.get();
}

void append_utf8(std::string& out, char32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Of valid UTF-8.
char32_t take_character(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  char32_t c = first & (0x3Fu >> more);
  for (int i = 0; i < more; ++i) c = c << 6 | (static_cast<unsigned char>(text[at++]) & 0x3Fu);
  return c;
}

char32_t lower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  const auto locale = unicode();
  // By way of the capital, which letters with two small forms share.
  return locale ? static_cast<char32_t>(towlower_l(towupper_l(static_cast<wint_t>(c), locale), locale)) : c;
}

}  // namespace

std::string folded(std::string_view text) {
  const auto valid = is_utf8(text) ? std::string(text) : utf8_replaced(text);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t at = 0; at < valid.size();) append_utf8(out, lower(take_character(valid, at)));
  return out;
}

}  // namespace dbmux
