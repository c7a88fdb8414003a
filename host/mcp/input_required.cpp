#include "mcp/input_required.hpp"

#include <utility>

namespace dbmux::mcp {
namespace {

std::int64_t now_ms() { return ms_between(Clock::time_point(), Clock::now()); }

bool is_text(const JsonValue* value, std::string_view text) {
  return value != nullptr && value->IsString() && view(*value) == text;
}

}  // namespace

RpcResult<void> take_answers(const Service& service, Flight& flight, std::string_view method,
                             const JsonValue* params) {
  const auto responses = object_member(params, "inputResponses");
  if (!responses) return tl::unexpected(responses.error());
  const auto* token = params != nullptr ? member(*params, "requestState") : nullptr;
  if (token == nullptr) return {};  // answers alone answer nothing that we asked
  const auto wrong = refuse(RpcError::kInvalidParams,
                            "requestState is not valid for this request, or has expired; send the request "
                            "again without it");
  if (!token->IsString()) return wrong;
  const auto text = service.states.open(view(*token));
  if (!text) return wrong;
  const auto state = parse_json(*text);
  if (!state) return wrong;
  const auto* until = member(*state, "until");
  const auto* questions = member(*state, "questions");
  if (until == nullptr || !until->IsInt64() || until->GetInt64() < now_ms() || questions == nullptr ||
      !is_text(member(*state, "of"), request_digest(method, params)) ||
      !is_text(member(*state, "for"), flight.call().principal().name) ||
      !flight.questions().restore(*questions, *responses)) {
    return wrong;
  }
  return {};
}

void write_input_required(const Service& service, Flight& flight, std::string_view method,
                          const JsonValue* params, Output& out) {
  const auto& questions = flight.questions();
  std::string requests;
  for (const auto& q : questions.asked()) {
    requests += requests.empty() ? R"(,"inputRequests":{)" : ",";
    requests += json_quote(q.key) + R"(:{"method":)" + json_quote(q.method);
    if (!q.params.empty()) requests += R"(,"params":)" + q.params;
    requests += '}';
  }
  if (!requests.empty()) requests += '}';
  const auto until = now_ms() + service.options.answer_within.count();
  const auto state = R"({"until":)" + std::to_string(until) + R"(,"for":)" +
                     json_quote(flight.call().principal().name) + R"(,"of":")" +
                     request_digest(method, params) + R"(","questions":)" + questions.state() + '}';
  write_result(out, flight.id(),
               R"({"resultType":"input_required")" + requests + R"(,"requestState":")" +
                   service.states.seal(state) + R"(","_meta":{")" + std::string(kServerInfoKey) +
                   "\":" + service.identity + "}}");
}

}  // namespace dbmux::mcp
