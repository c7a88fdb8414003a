#include "mcp/calls.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "mcp/input_required.hpp"
#include "mcp/lists.hpp"
#include "mcp/prompts.hpp"

namespace dbmux::mcp {
namespace {

std::string error_text(std::string_view category, std::string_view message, std::string_view further = {}) {
  return R"({"error":{"category":")" + std::string(category) + R"(","message":)" + json_quote(message) +
         std::string(further) + "}}";
}

Style style_of(const Service& service, const Flight& flight) {
  return {flight.terms().version, service.identity};
}

RpcError unknown_tool(const Catalogue& catalogue, std::string_view name) {
  std::vector<std::string> names;
  const auto faces = catalogue.faces();
  std::transform(faces->begin(), faces->end(), std::back_inserter(names),
                 [](const Face& face) { return face.name; });
  auto message = "Unknown tool '" + std::string(name) + "'";
  if (const auto near = nearest(name, names); !near.empty())
    message += "; did you mean " + joined(near, ", ") + "?";
  return {RpcError::kInvalidParams, std::move(message), {}};
}

// No code that the version does not know.
RpcError refusal(const ProtocolError& why, Version version) {
  int code = why.code;
  if (is_stateless(version) && code == RpcError::kNoResource) code = RpcError::kInvalidParams;
  if (!is_stateless(version) && code == RpcError::kNoCapability) code = RpcError::kInvalidRequest;
  const bool knows_urls = has_url_elicitation(version) && !is_stateless(version);
  if (code == RpcError::kUrlElicitationRequired && !knows_urls) code = RpcError::kInternal;
  return {code, why.message, why.data};
}

void write_refusal(const Service& service, const Flight& flight, const ProtocolError& why, Output& out) {
  const auto version = flight.terms().version;
  if (why.code == RpcError::kNoCapability && !is_stateless(version) && flight.kind() == Flight::Kind::tool) {
    return write_tool_error(out, flight.id(), error_text(to_string(Category::unsupported), why.message),
                            style_of(service, flight));
  }
  write_error(out, flight.id(), refusal(why, version));
}

Outcome call_tool(const Service& service, Flight& flight, const JsonValue* params, Answer& answer,
                  Output& out) {
  const auto write = [&](const RpcError& error) {
    out.truncate(0);
    write_error(out, flight.id(), error);
    return Outcome::ok;
  };
  const auto name = required_string(params, "name");
  if (!name) return write(name.error());
  const auto arguments = object_member(params, "arguments");
  if (!arguments) return write(arguments.error());

  static const JsonValue kNone(rapidjson::kObjectType);
  const auto outcome =
      service.catalogue.run(flight.call(), *name, *arguments != nullptr ? **arguments : kNone, answer);
  if (outcome == Outcome::unknown) return write(unknown_tool(service.catalogue, *name));
  if (outcome == Outcome::needs_input || outcome == Outcome::refused) return outcome;
  end_tool_result(out, answer, outcome == Outcome::error, style_of(service, flight));
  if (out.status()) return outcome;
  const auto failure = out.status().error();
  out.truncate(0);
  write_tool_error(out, flight.id(), error_text(to_string(failure.category), failure.message),
                   style_of(service, flight));
  return Outcome::ok;
}

void write_failure(const Service& service, const Flight& flight, std::string_view category,
                   const std::string& message, std::string_view further, Output& out) {
  if (flight.kind() == Flight::Kind::tool) {
    return write_tool_error(out, flight.id(), error_text(category, message, further),
                            style_of(service, flight));
  }
  write_error(out, flight.id(), {RpcError::kInternal, message, {}});
}

int no_resource(Version version) {
  return is_stateless(version) ? RpcError::kInvalidParams : RpcError::kNoResource;
}

// text: what the catalogue wrote, escaped once. A resource has no place for an error's text but the message.
RpcError resource_error(std::string_view text, Version version) {
  RpcError error{RpcError::kInternal, "The resource cannot be read", {}};
  const auto plain = parse_json('"' + std::string(text) + '"');
  if (!plain || !plain->IsString()) return error;
  error.message = view(*plain);
  const auto document = parse_json(view(*plain));
  if (!document) return error;
  const auto* inner = member(*document, "error");
  const auto* message = inner != nullptr ? member(*inner, "message") : nullptr;
  if (message == nullptr || !message->IsString()) return error;
  const auto* category = member(*inner, "category");
  if (category != nullptr && category->IsString() && view(*category) == "not_found")
    error.code = no_resource(version);
  error.message = view(*message);
  error.data = to_json(*inner);
  return error;
}

Outcome read_resource(const Service& service, Flight& flight, std::string_view uri, Answer& answer,
                      Output& out) {
  const auto version = flight.terms().version;
  const auto outcome = service.catalogue.read(flight.call(), uri, answer);
  if (outcome == Outcome::needs_input || outcome == Outcome::refused) return outcome;
  if (outcome == Outcome::ok) {
    end_contents(out, flight.id(), answer, style_of(service, flight));
    if (out.status()) return outcome;
    const RpcError failure{RpcError::kInternal, out.status().error().message, {}};
    out.truncate(0);
    write_error(out, flight.id(), failure);
    return outcome;
  }
  const auto written = out.take_string();
  out.truncate(0);
  if (outcome == Outcome::error) {
    const auto text = std::string_view(written).substr(std::min(answer.start(), written.size()));
    write_error(out, flight.id(), resource_error(text, version));
  } else {
    write_error(out, flight.id(),
                {no_resource(version), "Resource not found: " + std::string(uri),
                 R"({"uri":)" + json_quote(uri) + '}'});
  }
  return Outcome::ok;
}

void list_resources(const Service& service, Flight& flight, const JsonValue* params, Output& out) {
  const auto page = resource_page(service.catalogue.resources(flight.call()), "resources", "uri", params,
                                  service.options.page_size, flight.terms().version);
  if (!page) return write_error(out, flight.id(), page.error());
  write_result(out, flight.id(), completed(*page, style_of(service, flight), Caching::fresh));
}

// Those that may ask the client.
Outcome run_asking(const Service& service, Flight& flight, std::string_view method, const JsonValue* params,
                   Output& out, ProtocolError& refused) {
  const auto ended = [&](Outcome outcome, const Answer& answer) {
    if (outcome == Outcome::refused) refused = answer.refusal();
    return outcome;
  };
  if (method == "tools/call") {
    begin_tool_result(out, flight.id());
    Answer answer(out, Depth::in_string);
    return ended(call_tool(service, flight, params, answer, out), answer);
  }
  if (method == "resources/read") {
    const auto uri = required_string(params, "uri");
    if (!uri) {
      write_error(out, flight.id(), uri.error());
      return Outcome::ok;
    }
    begin_contents(out, flight.id(), *uri);
    Answer answer(out, Depth::in_string);
    return ended(read_resource(service, flight, *uri, answer, out), answer);
  }
  return get_prompt(service, flight, params, out, refused);
}

}  // namespace

bool is_call(std::string_view method) {
  return method == "tools/call" || method == "resources/read" || method == "resources/list" ||
         method == "prompts/get" || method == "prompts/list" || method == "completion/complete";
}

Flight::Kind kind_of_call(std::string_view method) {
  return method == "tools/call" ? Flight::Kind::tool : Flight::Kind::other;
}

Ran run_call(const Service& service, Flight& flight, std::string_view method, const JsonValue* params,
             Output& out) {
  if (method == "resources/list") return list_resources(service, flight, params, out), Ran::answered;
  if (method == "prompts/list") return list_prompts(service, flight, params, out), Ran::answered;
  if (method == "completion/complete") return complete_argument(service, flight, params, out), Ran::answered;

  const bool stateless = flight.terms().stateless();
  flight.questions().begin();
  if (stateless) {
    if (const auto taken = take_answers(service, flight, method, params); !taken) {
      write_error(out, flight.id(), taken.error());
      return Ran::answered;
    }
  }
  ProtocolError refused;
  const auto outcome = run_asking(service, flight, method, params, out, refused);
  if (outcome != Outcome::refused && outcome != Outcome::needs_input) return Ran::answered;
  out.truncate(0);
  if (outcome == Outcome::refused) {
    write_refusal(service, flight, refused, out);
  } else if (stateless) {
    write_input_required(service, flight, method, params, out);
  } else if (flight.questions().asked().empty()) {
    write_error(out, flight.id(),
                {RpcError::kInternal, "The call waits for input that it did not ask for", {}});
  } else {
    return Ran::asks;
  }
  return Ran::answered;
}

void write_not_begun(const Service& service, Flight& flight, Output& out) {
  write_failure(service, flight, "cancelled", "Called off before it began, because dbmux is ending.", {},
                out);
}

void write_unanswered(const Service& service, Flight& flight, Output& out) {
  write_failure(service, flight, "cancelled",
                "Called off while it waited for an answer, because dbmux is ending.", {}, out);
}

void write_given_up(const Service& service, Flight& flight, Clock::time_point now, Output& out) {
  const auto elapsed = ms_between(flight.call().started(), now);
  const bool late = flight.call().stopped() == Call::Stop::deadline;
  const auto rounded = elapsed >= 1000 ? elapsed / 1000 * 1000 : elapsed;
  write_failure(service, flight, late ? "timeout" : "cancelled",
                "Stopped after " + human_duration(rounded) +
                    "; the engine did not react to the cancellation, its connection was given up.",
                R"(,"waited_for":"execution","elapsed_ms":)" + std::to_string(elapsed), out);
}

}  // namespace dbmux::mcp
