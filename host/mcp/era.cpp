#include "mcp/era.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dbmux::mcp {
namespace {

constexpr std::array<std::string_view, 8> kLevelNames{"debug", "info",     "notice", "warning",
                                                      "error", "critical", "alert",  "emergency"};
constexpr std::string_view kPrefix = "io.modelcontextprotocol/";

tl::unexpected<RpcError> refuse_key(std::string_view key, std::string_view what) {
  return refuse(RpcError::kInvalidParams,
                "_meta[\"" + std::string(kPrefix) + std::string(key) + "\"] " + std::string(what));
}

// The keys of the protocol's own among _meta; null where absent.
struct Keys {
  const JsonValue* version = nullptr;
  const JsonValue* capabilities = nullptr;
  const JsonValue* log_level = nullptr;
};

// Stateless requests are the only ones to know these methods.
bool only_stateless(std::string_view method) {
  return method == "server/discover" || method == "subscriptions/listen";
}

RpcResult<Version> version_of(const JsonValue& value) {
  if (!value.IsString()) return refuse_key("protocolVersion", "has to be a string");
  const auto version = version_named(view(value));
  if (version && is_stateless(*version)) return *version;
  auto message = "Unsupported protocol version '" + std::string(view(value)) + "'";
  if (version) message += " for a request of its own: it begins with initialize";
  return tl::unexpected<RpcError>(RpcError{
      RpcError::kUnsupportedVersion, std::move(message),
      R"({"supported":)" + supported_versions() + R"(,"requested":)" + json_quote(view(value)) + '}'});
}

RpcResult<Terms> terms_from(const Keys& keys) {
  const auto version = version_of(*keys.version);
  if (!version) return tl::unexpected(version.error());
  if (keys.capabilities == nullptr) return refuse_key("clientCapabilities", "is missing");
  if (!keys.capabilities->IsObject()) return refuse_key("clientCapabilities", "has to be an object");
  Terms terms{*version, capabilities_from(*keys.capabilities, *version), {}};
  if (keys.log_level == nullptr) return terms;
  if (!keys.log_level->IsString()) return refuse_key("logLevel", "has to be a string");
  terms.log_level = log_level_named(view(*keys.log_level));
  if (!terms.log_level) return tl::unexpected(unknown_log_level(view(*keys.log_level)));
  return terms;
}

}  // namespace

std::optional<LogLevel> log_level_named(std::string_view name) {
  const auto at = std::find(kLevelNames.begin(), kLevelNames.end(), name);
  if (at == kLevelNames.end()) return std::nullopt;
  return static_cast<LogLevel>(at - kLevelNames.begin());
}

LogLevel level_of(Notice notice) {
  switch (notice) {
    case Notice::debug:
      return LogLevel::debug;
    case Notice::info:
      return LogLevel::info;
    case Notice::warning:
      return LogLevel::warning;
    case Notice::error:
      return LogLevel::error;
    case Notice::notice:
      return LogLevel::notice;
    case Notice::critical:
      return LogLevel::critical;
    case Notice::alert:
      return LogLevel::alert;
    case Notice::emergency:
      return LogLevel::emergency;
  }
  return LogLevel::error;
}

std::string_view to_string(Notice notice) { return kLevelNames[static_cast<std::size_t>(level_of(notice))]; }

RpcError unknown_log_level(std::string_view name) {
  return {RpcError::kInvalidParams,
          "Unknown level '" + std::string(name) +
              "'; there are: debug, info, notice, warning, error, critical, alert, emergency",
          {}};
}

Capabilities capabilities_from(const JsonValue& object, Version version) {
  Capabilities can;
  if (const auto* elicitation = member(object, "elicitation");
      elicitation != nullptr && elicitation->IsObject() && has_elicitation(version)) {
    const bool url = member(*elicitation, "url") != nullptr;
    can.elicitation_url = url && has_url_elicitation(version);
    can.elicitation = !url || member(*elicitation, "form") != nullptr;  // an empty object means forms
  }
  if (const auto* sampling = member(object, "sampling"); sampling != nullptr && sampling->IsObject()) {
    can.sampling = true;
    can.sampling_tools = has_sampling_tools(version) && member(*sampling, "tools") != nullptr;
  }
  const auto* roots = member(object, "roots");
  can.roots = roots != nullptr && roots->IsObject();
  return can;
}

RpcResult<Meta> read_meta(std::string_view method, const JsonValue* params) {
  Meta meta;
  const auto* given = params != nullptr ? member(*params, "_meta") : nullptr;
  Keys keys;
  if (given != nullptr) {
    if (!given->IsObject()) return refuse(RpcError::kInvalidParams, "_meta has to be an object");
    for (const auto& m : given->GetObject()) {
      auto name = view(m.name);
      if (name == "progressToken") {
        auto token = token_text(m.value);
        if (!token) return refuse(RpcError::kInvalidParams, "progressToken has to be a string or an integer");
        meta.progress_token = *std::move(token);
      } else if (name.starts_with(kPrefix)) {
        name.remove_prefix(kPrefix.size());
        if (name == "protocolVersion") keys.version = &m.value;
        if (name == "clientCapabilities") keys.capabilities = &m.value;
        if (name == "logLevel") keys.log_level = &m.value;
      }
    }
  }
  if (keys.version == nullptr) {
    if (keys.capabilities != nullptr || only_stateless(method))
      return refuse_key("protocolVersion", "is missing");
    return meta;
  }
  const auto terms = terms_from(keys);
  if (!terms) return tl::unexpected(terms.error());
  meta.stateless = *terms;
  return meta;
}

std::string supported_versions() {
  std::string json = "[";
  for (auto name = kVersionNames.rbegin(); name != kVersionNames.rend(); ++name) {
    if (json.size() > 1) json += ',';
    json += '"' + std::string(*name) + '"';
  }
  return json + ']';
}

}  // namespace dbmux::mcp
