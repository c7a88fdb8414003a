#pragma once
// Escaping for JSON at the speed of copying: one pass finds the bytes that need an escape, checks the UTF-8
// of the others and copies, 16 bytes at a time. Internal to base/.
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace dbmux {

static_assert(std::endian::native == std::endian::little,
              "the scan takes the first byte from the low end of a word");

inline std::uint64_t load8(const char* from) {
  std::uint64_t word;
  std::memcpy(&word, from, 8);
  return word;
}
inline std::uint32_t load4(const char* from) {
  std::uint32_t word;
  std::memcpy(&word, from, 4);
  return word;
}

// Index of the first byte that is a control character, a quote, a backslash or not ASCII; 8 if there is none.
// A borrow can only reach bytes behind a true hit, so the first one is exact.
inline unsigned first_special(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const auto quote = (word ^ (kOnes * '"')) - kOnes;
  const auto backslash = (word ^ (kOnes * '\\')) - kOnes;
  const auto control = word - kOnes * 0x20;
  const auto hits = (word | quote | backslash | control) & (kOnes * 0x80);
  return static_cast<unsigned>(std::countr_zero(hits)) / 8;
}

// The same for 16 bytes, copying them on the way; 16 if there is none.
inline unsigned copy16(char* to, const char* from) {
#if defined(__SSE2__)
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  const auto low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));  // signed: non-ASCII too
  const auto quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const auto backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const auto hits = _mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, backslash)));
  return static_cast<unsigned>(std::countr_zero(static_cast<unsigned>(hits) | 0x10000U));
#else
  const auto first = load8(from);
  const auto second = load8(from + 8);
  std::memcpy(to, &first, 8);
  std::memcpy(to + 8, &second, 8);
  const auto hit = first_special(first);
  return hit < 8 ? hit : 8 + first_special(second);
#endif
}

// Length of the well-formed UTF-8 sequence of two to four bytes at s, 0 if there is none.
inline std::size_t utf8_sequence(const char* s, const char* end) {
  const auto byte = [s](int i) { return static_cast<unsigned char>(s[i]); };
  const auto tail = [&](int i) { return (byte(i) & 0xC0) == 0x80; };
  const auto left = end - s;
  const auto lead = byte(0);
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return left >= 2 && tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (lead > 0xF4 || left < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return 4;
}

struct Escape {
  std::array<char, 7> bytes{};
  std::uint8_t length : 4 = 1;
  std::uint8_t extra : 4 = 0;  // of these, how many only the surrounding string adds
};
static_assert(sizeof(Escape) == 8);
using EscapeTable = std::array<Escape, 128>;

// What the bytes become. value: characters of a JSON string. nested: the same, when the JSON stands in a JSON
// string. document: a JSON text on one line. nested_document: the same within a JSON string.
enum class Escaping { value, nested, document, nested_document };

namespace escape_tables {

constexpr void add(Escape& to, char c) { to.bytes[to.length++] = c; }

// A JSON string's content as it must stand in another JSON string.
constexpr Escape nest(const Escape& inner) {
  Escape outer;
  outer.length = 0;
  for (unsigned i = 0; i < inner.length; ++i) {
    if (inner.bytes[i] == '"' || inner.bytes[i] == '\\') add(outer, '\\');
    add(outer, inner.bytes[i]);
  }
  outer.extra = (outer.length - inner.length) & 15;
  return outer;
}

constexpr Escape value(char c) {
  Escape e;
  e.length = 0;
  const auto pair = [&e](char second) {
    add(e, '\\');
    add(e, second);
  };
  switch (c) {
    case '"':
      pair('"');
      break;
    case '\\':
      pair('\\');
      break;
    case '\n':
      pair('n');
      break;
    case '\r':
      pair('r');
      break;
    case '\t':
      pair('t');
      break;
    default:
      if (c >= 0x20) {
        add(e, c);
        break;
      }
      pair('u');
      add(e, '0');
      add(e, '0');
      add(e, static_cast<char>('0' + c / 16));
      add(e, "0123456789abcdef"[c % 16]);
  }
  return e;
}

constexpr Escape literal(char c) {
  Escape e;
  e.bytes[0] = c == '\n' || c == '\r' ? ' ' : c;
  return e;
}

constexpr EscapeTable make(Escaping how) {
  EscapeTable table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto c = static_cast<char>(i);
    switch (how) {
      case Escaping::value:
        table[i] = value(c);
        break;
      case Escaping::nested:
        table[i] = nest(value(c));
        break;
      case Escaping::document:
        table[i] = literal(c);
        break;
      case Escaping::nested_document:
        table[i] = value(literal(c).bytes[0]);
        table[i].extra = (table[i].length - 1) & 15;
        break;
    }
  }
  return table;
}

template <Escaping how>
inline constexpr EscapeTable kTable = make(how);

}  // namespace escape_tables

// Most bytes that escaping n bytes writes or touches.
constexpr std::size_t escape_room(std::size_t n) { return 7 * n + 16; }

// Writes [s, end) to `to`, where there is room for escape_room(end - s), and adds to `extra`. Returns the end
// of what was written, or nullptr if the bytes are not UTF-8.
template <Escaping how>
char* escape(char* to, const char* s, const char* end, std::size_t& extra) {
  const auto& table = escape_tables::kTable<how>;
  for (;;) {
    const auto left = end - s;
    std::ptrdiff_t hit;
    if (left >= 16) {
      hit = copy16(to, s);
      if (hit == 16) {
        to += 16;
        s += 16;
        continue;
      }
    } else if (left >= 8) {  // two words that overlap
      const auto first = load8(s);
      const auto last = load8(end - 8);
      std::memcpy(to, &first, 8);
      std::memcpy(to + left - 8, &last, 8);
      hit = first_special(first);
      if (hit == 8) hit = left - 8 + first_special(last);
      if (hit == left) return to + left;
    } else if (left >= 4) {
      const auto first = load4(s);
      const auto last = load4(end - 4);
      std::memcpy(to, &first, 4);
      std::memcpy(to + left - 4, &last, 4);
      hit = first_special(first | static_cast<std::uint64_t>(last) << 32);
      if (hit == 8) return to + left;
      if (hit >= 4) hit += left - 8;
    } else if (left == 0) {
      return to;
    } else {
      hit = 0;
    }
    s += hit;
    to += hit;
    if (const auto c = static_cast<unsigned char>(*s); c < 0x80) {
      const auto& e = table[c];
      std::memcpy(to, &e, 8);
      to += e.length;
      extra += e.extra;
      ++s;
      continue;
    }
    do {
      const auto n = utf8_sequence(s, end);
      if (n == 0) return nullptr;
      to[0] = s[0];
      to[1] = s[1];
      if (n > 2) to[2] = s[2];
      if (n > 3) to[3] = s[3];
      to += n;
      s += n;
    } while (s != end && static_cast<unsigned char>(*s) >= 0x80);
  }
}

}  // namespace dbmux
