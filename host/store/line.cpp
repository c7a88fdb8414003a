#include "store/line.hpp"

#include <array>
#include <charconv>

namespace dbmux {
namespace {

constexpr std::size_t kDigits = 8;

constexpr std::array<std::uint32_t, 256> table() {
  std::array<std::uint32_t, 256> made{};
  for (std::uint32_t i = 0; i < made.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
    made[i] = value;
  }
  return made;
}

constexpr auto kTable = table();

std::string digits(std::uint32_t sum) {
  std::array<char, kDigits> made{};
  const auto end = std::to_chars(made.data(), made.data() + made.size(), sum, 16).ptr;
  const auto n = static_cast<std::size_t>(end - made.data());
  return std::string(kDigits - n, '0').append(made.data(), n);
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t value = ~0U;
  for (const char c : bytes) value = kTable[(value ^ static_cast<unsigned char>(c)) & 0xFF] ^ (value >> 8);
  return ~value;
}

std::string framed(std::string_view json) {
  std::string line;
  line.reserve(kDigits + json.size() + 2);
  line.append(digits(crc32(json))).append(1, ' ').append(json).append(1, '\n');
  return line;
}

std::string_view unframed(std::string_view line) {
  if (line.size() < kDigits + 2 || line[kDigits] != ' ') return {};
  const auto json = line.substr(kDigits + 1);
  return line.starts_with(digits(crc32(json))) ? json : std::string_view();
}

}  // namespace dbmux
