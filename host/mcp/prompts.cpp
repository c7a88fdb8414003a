#include "mcp/prompts.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "mcp/content.hpp"
#include "mcp/frames.hpp"
#include "mcp/lists.hpp"

namespace dbmux::mcp {
namespace {

constexpr std::size_t kMostValues = 100;

RpcError unknown_prompt(const Service& service, Flight& flight, std::string_view name) {
  std::vector<std::string> names;
  for (auto& prompt : service.catalogue.prompts(flight.call())) names.push_back(std::move(prompt.name));
  auto message = "Unknown prompt '" + std::string(name) + "'";
  if (const auto near = nearest(name, names); !near.empty())
    message += "; did you mean " + joined(near, ", ") + "?";
  return {RpcError::kInvalidParams, std::move(message), {}};
}

RpcError prompt_error(const Error& error) {
  const bool theirs = error.category == Category::invalid || error.category == Category::not_found;
  auto message = error.message;
  if (!error.hint.empty()) message += (message.ends_with('.') ? " " : ". ") + error.hint;
  return {theirs ? RpcError::kInvalidParams : RpcError::kInternal, std::move(message),
          R"({"category":")" + std::string(to_string(error.category)) + "\"}"};
}

std::string prompt_json(const PromptAnswer& answer, Version version) {
  std::string json = "{";
  if (!answer.description.empty()) json += R"("description":)" + json_quote(answer.description) + ',';
  json += R"("messages":[)";
  for (bool first = true; const auto& message : answer.messages) {
    if (!std::exchange(first, false)) json += ',';
    Output content;
    append_item(content, version, message.content);
    json += R"({"role":)" + json_quote(message.role) + R"(,"content":)" + content.take_string() + '}';
  }
  return json + "]}";
}

RpcResult<const JsonValue*> strings_member(const JsonValue* params, std::string_view name) {
  auto object = object_member(params, name);
  if (!object || *object == nullptr) return object;
  for (const auto& m : (*object)->GetObject()) {
    if (!m.value.IsString())
      return refuse(RpcError::kInvalidParams,
                    std::string(name) + "." + std::string(view(m.name)) + " has to be a string");
  }
  return object;
}

RpcResult<CompletionRequest> completion_request(const JsonValue* params) {
  const auto ref = object_member(params, "ref");
  if (!ref) return tl::unexpected(ref.error());
  const auto argument = object_member(params, "argument");
  if (!argument) return tl::unexpected(argument.error());
  if (*ref == nullptr || *argument == nullptr)
    return refuse(RpcError::kInvalidParams, "ref and argument have to be objects");
  const auto type = required_string(*ref, "type");
  if (!type) return tl::unexpected(type.error());
  CompletionRequest request;
  request.prompt = *type == "ref/prompt";
  if (!request.prompt && *type != "ref/resource")
    return refuse(RpcError::kInvalidParams, "ref.type has to be ref/prompt or ref/resource");
  const auto of = required_string(*ref, request.prompt ? "name" : "uri");
  const auto name = required_string(*argument, "name");
  const auto value = required_string(*argument, "value");
  for (const auto* text : {&of, &name, &value}) {
    if (!*text) return tl::unexpected(text->error());
  }
  const auto context = object_member(params, "context");
  if (!context) return tl::unexpected(context.error());
  const auto given = strings_member(*context, "arguments");
  if (!given) return tl::unexpected(given.error());
  request.of = *of;
  request.argument = *name;
  request.value = *value;
  request.context = *given;
  return request;
}

std::string completion_json(const Completion& completion) {
  const auto shown = std::min(completion.values.size(), kMostValues);
  std::string json = R"({"completion":{"values":[)";
  for (std::size_t i = 0; i < shown; ++i) json += (i == 0 ? "" : ",") + json_quote(completion.values[i]);
  json += ']';
  auto total = completion.total;
  if (!total && shown < completion.values.size()) total = static_cast<std::int64_t>(completion.values.size());
  if (total) json += R"(,"total":)" + std::to_string(*total);
  const bool more = completion.has_more || shown < completion.values.size();
  return json + R"(,"hasMore":)" + (more ? "true" : "false") + "}}";
}

}  // namespace

void list_prompts(const Service& service, Flight& flight, const JsonValue* params, Output& out) {
  const auto version = flight.terms().version;
  const auto page =
      prompt_page(service.catalogue.prompts(flight.call()), params, service.options.page_size, version);
  if (!page) return write_error(out, flight.id(), page.error());
  write_result(out, flight.id(), completed(*page, {version, service.identity}, Caching::list));
}

Outcome get_prompt(const Service& service, Flight& flight, const JsonValue* params, Output& out,
                   ProtocolError& refused) {
  const auto write = [&](const RpcError& error) {
    write_error(out, flight.id(), error);
    return Outcome::ok;
  };
  const auto name = required_string(params, "name");
  if (!name) return write(name.error());
  const auto arguments = strings_member(params, "arguments");
  if (!arguments) return write(arguments.error());

  static const JsonValue kNone(rapidjson::kObjectType);
  PromptAnswer answer;
  const auto outcome =
      service.catalogue.prompt(flight.call(), *name, *arguments != nullptr ? **arguments : kNone, answer);
  if (outcome == Outcome::unknown) return write(unknown_prompt(service, flight, *name));
  if (outcome == Outcome::error) return write(prompt_error(answer.error));
  if (outcome == Outcome::refused) refused = std::move(answer.refusal);
  if (outcome != Outcome::ok) return outcome;
  const Style style{flight.terms().version, service.identity};
  write_result(out, flight.id(), completed(prompt_json(answer, style.version), style));
  return outcome;
}

void complete_argument(const Service& service, Flight& flight, const JsonValue* params, Output& out) {
  const auto request = completion_request(params);
  if (!request) return write_error(out, flight.id(), request.error());
  Completion completion;
  if (service.catalogue.complete(flight.call(), *request, completion) == Outcome::unknown) {
    const auto what = request->prompt ? "prompt" : "resource template";
    return write_error(out, flight.id(),
                       {RpcError::kInvalidParams,
                        "No " + std::string(what) + " '" + std::string(request->of) + "' with an argument '" +
                            std::string(request->argument) + "'",
                        {}});
  }
  write_result(out, flight.id(),
               completed(completion_json(completion), {flight.terms().version, service.identity}));
}

}  // namespace dbmux::mcp
