#include "mcp/state_token.hpp"

#include <sodium.h>
#include <sys/random.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "describe/sha256.hpp"

namespace dbmux::mcp {
namespace {

void replace(std::string& text, char from, char to) { std::replace(text.begin(), text.end(), from, to); }

std::string base64url(std::string_view text) {
  auto encoded = base64(text);
  while (encoded.ends_with('=')) encoded.pop_back();
  replace(encoded, '+', '-');
  replace(encoded, '/', '_');
  return encoded;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string encoded(text);
  replace(encoded, '-', '+');
  replace(encoded, '_', '/');
  while (encoded.size() % 4 != 0) encoded += '=';
  return from_base64(encoded);
}

void write_in_order(const JsonValue& value, std::string& to) {
  if (value.IsArray()) {
    char separator = '[';
    for (const auto& one : value.GetArray()) {
      to += std::exchange(separator, ',');
      write_in_order(one, to);
    }
    to += value.Empty() ? "[]" : "]";
  } else if (value.IsObject()) {
    std::vector<std::pair<std::string_view, const JsonValue*>> members;
    for (const auto& m : value.GetObject()) members.emplace_back(view(m.name), &m.value);
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    to += '{';
    for (const auto& [name, one] : members) {
      to += json_quote(name) + ':';
      write_in_order(*one, to);
      to += ',';
    }
    to += '}';
  } else {
    to += to_json(value);
  }
}

}  // namespace

StateTokens::StateTokens() {
  for (std::size_t drawn = 0; drawn < key_.size();) {
    const auto got = ::getrandom(key_.data() + drawn, key_.size() - drawn, 0);
    if (got > 0) drawn += static_cast<std::size_t>(got);
  }
}

StateTokens::~StateTokens() { sodium_memzero(key_.data(), key_.size()); }

std::string StateTokens::mac(std::string_view text) const {
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> bytes;
  crypto_auth_hmacsha256(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         key_.data());
  std::array<char, 2 * bytes.size() + 1> digits;
  return sodium_bin2hex(digits.data(), digits.size(), bytes.data(), bytes.size());
}

std::string StateTokens::seal(std::string_view text) const {
  const auto encoded = base64url(text);
  return encoded + '.' + mac(encoded);
}

std::optional<std::string> StateTokens::open(std::string_view token) const {
  const auto dot = token.find('.');
  if (dot == token.npos) return std::nullopt;
  const auto encoded = token.substr(0, dot);
  const auto given = token.substr(dot + 1);
  const auto right = mac(encoded);
  if (given.size() != right.size() || sodium_memcmp(given.data(), right.data(), right.size()) != 0)
    return std::nullopt;
  return from_base64url(encoded);
}

std::string request_digest(std::string_view method, const JsonValue* params) {
  std::string text(method);
  if (params != nullptr) {
    std::vector<std::pair<std::string_view, const JsonValue*>> members;
    for (const auto& m : params->GetObject()) {
      const auto name = view(m.name);
      if (name != "_meta" && name != "inputResponses" && name != "requestState")
        members.emplace_back(name, &m.value);
    }
    std::stable_sort(members.begin(), members.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [name, value] : members) {
      text += json_quote(name);
      write_in_order(*value, text);
    }
  }
  return sha256_hex(text);
}

}  // namespace dbmux::mcp
