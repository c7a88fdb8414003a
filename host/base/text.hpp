#pragma once
// Small text questions that several rooms ask.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dbmux {

bool is_utf8(std::string_view);
// The longest prefix of at most max bytes that ends on a character edge.
std::string_view utf8_prefix(std::string_view, std::size_t max);
std::int64_t utf8_length(std::string_view);   // characters
std::string utf8_replaced(std::string_view);  // invalid sequences become U+FFFD

// The candidates nearest to a misspelt word, best first: equal but for case, a substring, or at most a third
// of its letters away (Damerau-Levenshtein).
std::vector<std::string> nearest(std::string_view word, std::span<const std::string> candidates,
                                 std::size_t most = 3);

std::string thousands(std::int64_t);          // 18,204
std::string human_duration(std::int64_t ms);  // "30 s", "1 min 30 s", "250 ms"
// With the case taken off, letter by letter, in all scripts that have one.
std::string folded(std::string_view);
bool equal_ignoring_case(std::string_view, std::string_view);
std::string joined(std::span<const std::string>, std::string_view separator);
int hex_digit(char);  // 0 to 15, -1 when it is none
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);  // nullopt when it is not base64

}  // namespace dbmux
