#include "mcp/message.hpp"

#include <utility>

namespace dbmux::mcp {
namespace {

Message bad(std::string id, int code, std::string what) {
  Message message;
  message.id = std::move(id);
  message.error = {code, std::move(what), {}};
  return message;
}

}  // namespace

std::optional<std::string> token_text(const JsonValue& value) {
  if (value.IsString()) return json_quote(view(value));
  if (value.IsInt64()) return std::to_string(value.GetInt64());
  if (value.IsUint64()) return std::to_string(value.GetUint64());
  return std::nullopt;
}

Message read_message(const JsonValue& value) {
  if (!value.IsObject()) return bad("null", RpcError::kInvalidRequest, "Invalid request: not an object");
  const auto* id = member(value, "id");
  const auto id_text = id != nullptr ? token_text(*id) : std::nullopt;
  const auto echo = id_text.value_or("null");
  const auto* version = member(value, "jsonrpc");
  if (version == nullptr || !version->IsString() || view(*version) != "2.0") {
    return bad(echo, RpcError::kInvalidRequest, "Invalid request: jsonrpc has to be \"2.0\"");
  }
  Message message;
  const auto* method = member(value, "method");
  if (method == nullptr && (member(value, "result") != nullptr || member(value, "error") != nullptr)) {
    message.kind = Message::Kind::response;
    message.id = echo;
    message.result = member(value, "result");
    return message;
  }
  if (method == nullptr || !method->IsString()) {
    return bad(echo, RpcError::kInvalidRequest, "Invalid request: method has to be a string");
  }
  if (id != nullptr && !id_text) {
    return bad(echo, RpcError::kInvalidRequest, "Invalid request: id has to be a string or an integer");
  }
  message.method = view(*method);
  message.kind = id != nullptr ? Message::Kind::request : Message::Kind::notification;
  message.id = echo;
  message.params = member(value, "params");
  if (message.params != nullptr && !message.params->IsObject()) {
    message.params = nullptr;
    if (id != nullptr) return bad(echo, RpcError::kInvalidParams, "params has to be an object");
  }
  return message;
}

RpcResult<const JsonValue*> object_member(const JsonValue* params, std::string_view name) {
  const auto* value = params != nullptr ? member(*params, name) : nullptr;
  if (value == nullptr || value->IsObject()) return value;
  return refuse(RpcError::kInvalidParams, std::string(name) + " has to be an object");
}

RpcResult<std::string_view> required_string(const JsonValue* params, std::string_view name) {
  const auto* value = params != nullptr ? member(*params, name) : nullptr;
  if (value != nullptr && value->IsString()) return view(*value);
  return refuse(RpcError::kInvalidParams, std::string(name) + " has to be a string");
}

}  // namespace dbmux::mcp
