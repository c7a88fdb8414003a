#include "mcp/methods.hpp"

#include <algorithm>
#include <utility>

#include "mcp/frames.hpp"
#include "mcp/lists.hpp"

namespace dbmux::mcp {
namespace {

constexpr std::chrono::seconds kToLook{5};  // what there is to offer

void add(std::string& json, std::string_view key, std::string_view value) {
  if (json.back() != '{') json += ',';
  json += '"';
  json += key;
  json += "\":";
  json += value;
}

tl::unexpected<RpcError> no_method(std::string_view method) {
  return refuse(RpcError::kNoMethod, "Method not found: " + std::string(method));
}

// Only what the catalogue has something for.
std::string capabilities(Catalogue& catalogue, Version version) {
  Call call({}, Clock::now() + kToLook);
  const auto faces = catalogue.faces();
  const auto prompts = catalogue.prompts(call);
  const bool templates = !catalogue.templates().empty();
  std::string json = "{";
  if (std::any_of(faces->begin(), faces->end(), [](const Face& f) { return f.listed; }))
    add(json, "tools", R"({"listChanged":true})");
  if (templates || !catalogue.resources(call).empty())
    add(json, "resources", R"({"subscribe":true,"listChanged":true})");
  if (!prompts.empty()) add(json, "prompts", R"({"listChanged":true})");
  const bool arguments =
      std::any_of(prompts.begin(), prompts.end(), [](const PromptEntry& p) { return !p.arguments.empty(); });
  if ((templates || arguments) && has_completions(version)) add(json, "completions", "{}");
  add(json, "logging", "{}");
  return json + '}';
}

RpcResult<std::string> initialize(const Service& service, Session& session, const JsonValue* params) {
  const auto asked = required_string(params, "protocolVersion");
  if (!asked) return tl::unexpected(asked.error());
  const auto client = object_member(params, "capabilities");
  if (!client) return tl::unexpected(client.error());
  if (const auto info = object_member(params, "clientInfo"); !info) return tl::unexpected(info.error());
  auto version = version_named(*asked).value_or(kNewestHandshake);
  if (is_stateless(version)) version = kNewestHandshake;
  session.agree_on(version, *client != nullptr ? capabilities_from(**client, version) : Capabilities{});
  const auto& options = service.options;
  std::string json = "{";
  add(json, "protocolVersion", json_quote(to_string(version)));
  add(json, "capabilities", capabilities(service.catalogue, version));
  add(json, "serverInfo",
      implementation(options.name, has_titles(version) ? options.title : "", options.version));
  if (const auto text = service.catalogue.instructions(); !text.empty())
    add(json, "instructions", json_quote(text));
  return json + '}';
}

std::string discover(const Service& service, Version version) {
  std::string json = "{";
  add(json, "supportedVersions", supported_versions());
  add(json, "capabilities", capabilities(service.catalogue, version));
  if (const auto text = service.catalogue.instructions(); !text.empty())
    add(json, "instructions", json_quote(text));
  return json + '}';
}

RpcResult<std::string> set_level(Session& session, const JsonValue* params) {
  const auto name = required_string(params, "level");
  if (!name) return tl::unexpected(name.error());
  const auto level = log_level_named(*name);
  if (!level) return tl::unexpected(unknown_log_level(*name));
  session.set_log_level(*level);
  return "{}";
}

RpcResult<std::string> subscribe(const Service& service, const std::shared_ptr<Session>& session, bool on,
                                 const JsonValue* params) {
  const auto uri = required_string(params, "uri");
  if (!uri) return tl::unexpected(uri.error());
  if (!on) return service.subscriptions.unsubscribe(*session, *uri), "{}";
  if (const auto done = service.subscriptions.subscribe(session, *uri); !done)
    return tl::unexpected(done.error());
  return "{}";
}

// Those of both eras.
RpcResult<std::string> answer_list(const Service& service, Version version, std::string_view method,
                                   const JsonValue* params) {
  const auto size = service.options.page_size;
  if (method == "tools/list") return tool_page(*service.catalogue.faces(), params, size, version);
  if (method == "resources/templates/list") {
    return resource_page(service.catalogue.templates(), "resourceTemplates", "uriTemplate", params, size,
                         version);
  }
  return no_method(method);
}

}  // namespace

RpcResult<std::string> answer_session(const Service& service, const std::shared_ptr<Session>& session,
                                      std::string_view method, const JsonValue* params) {
  if (method == "ping") return "{}";
  if (method == "initialize") return initialize(service, *session, params);
  if (method == "logging/setLevel") return set_level(*session, params);
  if (method == "resources/subscribe") return subscribe(service, session, true, params);
  if (method == "resources/unsubscribe") return subscribe(service, session, false, params);
  return answer_list(service, session->version(), method, params);
}

RpcResult<std::string> answer_stateless(const Service& service, const Terms& terms, std::string_view method,
                                        const JsonValue* params) {
  auto result = method == "server/discover" ? RpcResult<std::string>(discover(service, terms.version))
                                            : answer_list(service, terms.version, method, params);
  if (!result) return result;
  return completed(*std::move(result), {terms.version, service.identity}, Caching::list);
}

}  // namespace dbmux::mcp
