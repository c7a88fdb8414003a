#include <algorithm>
#include <numeric>
#include <optional>

#include "base/escape.hpp"
#include "base/text.hpp"

namespace dbmux {
namespace {

// Characters, ASCII in lower case; the separators of names count as one letter.
std::u32string letters(std::string_view text) {
  std::u32string out;
  const auto* s = text.data();
  const auto* end = s + text.size();
  while (s != end) {
    const auto lead = static_cast<unsigned char>(*s);
    const auto n = lead < 0x80 ? 1 : utf8_sequence(s, end);
    if (n <= 1) {
      char32_t c = lead;
      if (c >= 'A' && c <= 'Z') c += 32;
      if (c == '-' || c == ' ') c = '_';
      out += c;
      ++s;
      continue;
    }
    char32_t c = lead & (0xFFU >> (n + 1));
    for (std::size_t i = 1; i < n; ++i) c = c << 6 | (static_cast<unsigned char>(s[i]) & 0x3FU);
    out += c;
    s += n;
  }
  return out;
}

// Damerau-Levenshtein with transpositions of neighbours; anything above most comes back as most + 1.
std::size_t distance(std::u32string_view a, std::u32string_view b, std::size_t most) {
  const auto gap = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (gap > most) return most + 1;
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    if (*std::min_element(row.begin(), row.end()) > most) return most + 1;
    std::swap(before, last);
    std::swap(last, row);
  }
  return std::min(last[b.size()], most + 1);
}

// Smaller is nearer: equal, misspelt (by distance), one within the other (by what is left over).
struct Rank {
  int kind;
  std::size_t by;
  auto operator<=>(const Rank&) const = default;
};

constexpr std::size_t kShortestPart = 3;

std::optional<Rank> rank(std::u32string_view word, std::u32string_view candidate) {
  if (word == candidate) return Rank{0, 0};
  const auto most = word.size() / 3;
  if (const auto d = distance(word, candidate, most); d <= most) return Rank{1, d};
  const auto& shorter = word.size() < candidate.size() ? word : candidate;
  const auto& longer = word.size() < candidate.size() ? candidate : word;
  if (shorter.size() < kShortestPart) return {};
  const auto at = longer.find(shorter);
  if (at == std::u32string_view::npos) return {};
  return Rank{at == 0 ? 2 : 3, longer.size() - shorter.size()};
}

// A qualified name is also known by its last part.
std::optional<Rank> best_rank(std::u32string_view word, std::u32string_view candidate) {
  auto best = rank(word, candidate);
  const auto dot = candidate.rfind(U'.');
  if (word.find(U'.') == std::u32string_view::npos && dot != std::u32string_view::npos) {
    const auto part = rank(word, candidate.substr(dot + 1));
    if (part && (!best || *part < *best)) best = part;
  }
  return best;
}

}  // namespace

std::vector<std::string> nearest(std::string_view word, std::span<const std::string> candidates,
                                 std::size_t most) {
  const auto wanted = letters(word);
  if (wanted.empty()) return {};
  std::vector<std::pair<Rank, const std::string*>> found;
  for (const auto& candidate : candidates) {
    if (const auto r = best_rank(wanted, letters(candidate))) found.emplace_back(*r, &candidate);
  }
  std::ranges::stable_sort(found, {}, [](const auto& f) { return f.first; });
  std::vector<std::string> names;
  for (const auto& [r, name] : found) {
    if (names.size() == most) break;
    if (std::ranges::find(names, *name) == names.end()) names.push_back(*name);
  }
  return names;
}

}  // namespace dbmux
