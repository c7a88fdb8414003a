#pragma once
// Text that a client keeps for us and gives back: it can be read, but not changed, and is worth nothing once
// this process has ended. What it is good for has to stand in the text itself.
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace dbmux::mcp {

// Any thread.
class StateTokens {
 public:
  StateTokens();  // the key is drawn at random
  ~StateTokens();
  StateTokens(const StateTokens&) = delete;
  StateTokens& operator=(const StateTokens&) = delete;

  // base64url of the text, a dot, its HMAC-SHA-256 in hexadecimal digits.
  std::string seal(std::string_view text) const;
  // Nothing for what seal() did not give.
  std::optional<std::string> open(std::string_view token) const;

 private:
  std::string mac(std::string_view text) const;

  std::array<unsigned char, 32> key_;
};

// SHA-256 of what a request asks for, in hexadecimal digits: of its method and parameters, in any order of
// keys, but for what differs when it is sent again. params may be null.
std::string request_digest(std::string_view method, const JsonValue* params);

}  // namespace dbmux::mcp
