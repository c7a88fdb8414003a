#pragma once
// JSON-RPC 2.0: what one message says, and the errors that answer it.
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"

namespace dbmux::mcp {

struct RpcError {
  static constexpr int kParse = -32700;
  static constexpr int kInvalidRequest = -32600;
  static constexpr int kNoMethod = -32601;
  static constexpr int kInvalidParams = -32602;
  static constexpr int kInternal = -32603;
  static constexpr int kNoResource = -32002;              // before 2026-07-28
  static constexpr int kUrlElicitationRequired = -32042;  // of 2025-11-25
  static constexpr int kNoCapability = -32021;            // from 2026-07-28 on
  static constexpr int kUnsupportedVersion = -32022;      // from 2026-07-28 on

  int code = kInternal;
  std::string message;
  std::string data;  // JSON, or empty
};

template <class T>
using RpcResult = tl::expected<T, RpcError>;

inline tl::unexpected<RpcError> refuse(int code, std::string message) {
  return tl::unexpected<RpcError>(RpcError{code, std::move(message), {}});
}

struct Message {
  enum class Kind { request, notification, response, bad };
  Kind kind = Kind::bad;
  std::string id = "null";            // as JSON text, ready to be echoed
  std::string_view method;            // points into the document
  const JsonValue* params = nullptr;  // an object, or absent
  const JsonValue* result = nullptr;  // of a response; absent: it is an error
  RpcError error;                     // of kind bad, to be answered under id
};

// A string or integer as JSON text: ids and progress tokens. Nothing for any other value.
std::optional<std::string> token_text(const JsonValue&);

Message read_message(const JsonValue&);

// An optional member of params that has to be an object; wrong types are refused with its name.
RpcResult<const JsonValue*> object_member(const JsonValue* params, std::string_view name);
// The same for a string that has to be there.
RpcResult<std::string_view> required_string(const JsonValue* params, std::string_view name);

}  // namespace dbmux::mcp
