#include "mcp/asking.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace dbmux::mcp {
namespace {

constexpr std::string_view kElicit = "elicitation/create";
constexpr std::string_view kSample = "sampling/createMessage";
constexpr std::string_view kRoots = "roots/list";

bool is_string(const JsonValue* value) { return value != nullptr && value->IsString(); }

bool fits(std::string_view method, const JsonValue& result) {
  if (method == kElicit) {
    const auto* action = member(result, "action");
    if (!is_string(action)) return false;
    const auto* content = member(result, "content");
    if (content != nullptr && !content->IsObject() && !content->IsNull()) return false;
    return view(*action) == "accept" || view(*action) == "decline" || view(*action) == "cancel";
  }
  if (method == kSample) return is_string(member(result, "role")) && member(result, "content") != nullptr;
  const auto* roots = member(result, "roots");
  return roots != nullptr && roots->IsArray();
}

void add(std::string& object, std::string_view key, std::string_view json) {
  if (object.back() != '{') object += ',';
  object += json_quote(key) + ':';
  object += json;
}

}  // namespace

const Questions::Given* Questions::given(std::string_view key, std::string_view method) const {
  const auto at = std::find_if(given_.begin(), given_.end(),
                               [&](const Given& g) { return g.key == key && g.method == method; });
  return at == given_.end() ? nullptr : &*at;
}

bool Questions::possible(std::string_view method, const JsonValue* params) const {
  const auto& can = terms_.capabilities;
  if (method == kElicit) {
    const auto* mode = params != nullptr ? member(*params, "mode") : nullptr;
    return mode != nullptr && is_string(mode) && view(*mode) == "url" ? can.elicitation_url : can.elicitation;
  }
  if (method == kSample) {
    const bool tools = params != nullptr && member(*params, "tools") != nullptr;
    return can.sampling && (!tools || can.sampling_tools);
  }
  return method == kRoots && can.roots;
}

Asking::Reply Questions::ask(std::string_view key, std::string_view method, std::string_view params,
                             const JsonValue** answer) {
  if (const auto* known = given(key, method); known != nullptr) {
    if (known->none) return Reply::impossible;
    if (answer != nullptr) *answer = &known->value;
    return Reply::answered;
  }
  const auto document = parse_json(params.empty() ? "{}" : params);
  if (!document || !document->IsObject() || !possible(method, &*document)) return Reply::impossible;
  const auto same = [&](const Question& q) { return q.key == key; };
  if (std::none_of(asked_.begin(), asked_.end(), same)) {
    asked_.push_back({std::string(key), std::string(method), params.empty() ? "" : to_json(*document)});
  }
  return Reply::pending;
}

bool Questions::answer(std::string_view key, std::string_view method, const JsonValue& result) {
  if (!fits(method, result)) return false;
  given_.push_back({std::string(key), std::string(method), false, {}});
  auto& value = given_.back().value;
  value.CopyFrom(result, value.GetAllocator());
  return true;
}

void Questions::give_up(std::string_view key, std::string_view method, std::string_view how) {
  given_.push_back({std::string(key), std::string(method), method != kElicit, {}});
  if (method != kElicit) return;
  auto& value = given_.back().value;
  value.SetObject();
  value.AddMember("action",
                  JsonValue(how.data(), static_cast<rapidjson::SizeType>(how.size()), value.GetAllocator()),
                  value.GetAllocator());
}

std::string Questions::state() const {
  std::string waiting = "{";
  for (const auto& q : asked_) add(waiting, q.key, json_quote(q.method));
  std::string answers = "[";
  for (const auto& g : given_) {
    if (answers.size() > 1) answers += ',';
    answers += '[' + json_quote(g.key) + ',' + json_quote(g.method) + ',' + to_json(g.value) + ']';
  }
  std::string json = "{";
  add(json, "kept", json_quote(base64(kept_)));
  add(json, "asked", waiting + '}');
  add(json, "given", answers + ']');
  return json + '}';
}

bool Questions::restore(const JsonValue& state, const JsonValue* responses) {
  const auto* kept = member(state, "kept");
  const auto* waiting = member(state, "asked");
  const auto* answers = member(state, "given");
  if (!is_string(kept) || waiting == nullptr || answers == nullptr) return false;
  kept_ = from_base64(view(*kept)).value_or("");
  for (const auto& one : answers->GetArray()) {
    given_.push_back({std::string(view(one[0])), std::string(view(one[1])), false, {}});
    given_.back().value.CopyFrom(one[2], given_.back().value.GetAllocator());
  }
  if (responses == nullptr) return true;
  for (const auto& q : waiting->GetObject()) {
    if (const auto* result = member(*responses, view(q.name)); result != nullptr)
      answer(view(q.name), view(q.value), *result);
  }
  return true;
}

}  // namespace dbmux::mcp
