// Tools that ask the client before they answer.
#include <vector>

#include "source.hpp"

namespace conformance {

namespace {

constexpr const char* kAskName =
    R"({"message":"What is your name?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}})";
constexpr const char* kConfirm =
    R"({"message":"Please confirm","requestedSchema":{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"]}})";

constexpr const char* kDefaults = R"form({
"message":"Please review and update the form fields with defaults","requestedSchema":{"type":"object","properties":{
"name":{"type":"string","description":"User name","default":"John Doe"},
"age":{"type":"integer","description":"User age","default":30},
"score":{"type":"number","description":"User score","default":95.5},
"status":{"type":"string","description":"User status","enum":["active","inactive","pending"],"default":"active"},
"verified":{"type":"boolean","description":"Verification status","default":true}},"required":[]}})form";

constexpr const char* kEnums = R"form({
"message":"Please select options from the enum fields","requestedSchema":{"type":"object","properties":{
"untitledSingle":{"type":"string","description":"Select one option","enum":["option1","option2","option3"]},
"titledSingle":{"type":"string","description":"Select one option with titles",
"oneOf":[{"const":"value1","title":"First Option"},{"const":"value2","title":"Second Option"},{"const":"value3","title":"Third Option"}]},
"legacyEnum":{"type":"string","description":"Select one option (legacy)","enum":["opt1","opt2","opt3"],"enumNames":["Option One","Option Two","Option Three"]},
"untitledMulti":{"type":"array","description":"Select multiple options","minItems":1,"maxItems":3,"items":{"type":"string","enum":["option1","option2","option3"]}},
"titledMulti":{"type":"array","description":"Select multiple options with titles","minItems":1,"maxItems":3,
"items":{"anyOf":[{"const":"value1","title":"First Choice"},{"const":"value2","title":"Second Choice"},{"const":"value3","title":"Third Choice"}]}}},
"required":[]}})form";

std::string quoted(std::string_view text) {
  return json_of(rapidjson::Value(text.data(), static_cast<rapidjson::SizeType>(text.size())));
}

std::string sampling(std::string_view question, int tokens) {
  return R"({"messages":[{"role":"user","content":{"type":"text","text":)" + quoted(question) +
         R"(}}],"maxTokens":)" + std::to_string(tokens) + "}";
}

// A field of what a person has filled in.
std::string filled_in(std::string_view answer, const char* field) {
  const auto document = parsed(answer);
  const auto content = document.FindMember("content");
  return content == document.MemberEnd() ? "unknown" : text_of(content->value, field, "unknown");
}

// What a model has said.
std::string said(std::string_view answer, std::string_view otherwise) {
  const auto document = parsed(answer);
  const auto content = document.FindMember("content");
  return content == document.MemberEnd() ? std::string(otherwise)
                                         : text_of(content->value, "text", otherwise);
}

std::size_t count_roots(std::string_view answer) {
  const auto document = parsed(answer);
  const auto roots = document.FindMember("roots");
  return roots != document.MemberEnd() && roots->value.IsArray() ? roots->value.Size() : 0;
}

kit::ItemResult elicited(kit::ItemCall call, std::string_view start, std::string_view params) {
  auto answer = call.ask("form", "elicitation/create", params);
  if (!answer) return answer.failure();
  const auto document = parsed(*answer);
  const auto content = document.FindMember("content");
  return one_text(std::string(start) + ": action=" + text_of(document, "action") +
                  ", content=" + (content == document.MemberEnd() ? "{}" : json_of(content->value)));
}

kit::ItemResult sample(kit::ItemCall call, const Arguments& given) {
  auto answer = call.ask("prompt", "sampling/createMessage", sampling(text_of(given, "prompt"), 100));
  if (!answer) return answer.failure();
  return one_text("LLM response: " + said(*answer, "No response"));
}

kit::ItemResult needs_sampling(kit::ItemCall call) {
  auto asked = call.ask("check", "sampling/createMessage", sampling("Are you there?", 10));
  if (!asked) {
    auto why = asked.failure();
    if (why->category == DBMUX_E_UNSUPPORTED) return why;
  }
  return one_text("Success");  // that it could be asked is enough
}

kit::ItemResult greeting(kit::ItemCall call) {
  auto answer = call.ask("user_name", "elicitation/create", kAskName);
  if (!answer) return answer.failure();
  return one_text("Hello, " + filled_in(*answer, "name") + "!");
}

kit::ItemResult capital(kit::ItemCall call) {
  auto answer =
      call.ask("capital_question", "sampling/createMessage", sampling("What is the capital of France?", 100));
  if (!answer) return answer.failure();
  return one_text("Sampling result: " + said(*answer, "no response"));
}

kit::ItemResult roots(kit::ItemCall call) {
  auto answer = call.ask("client_roots", "roots/list", "{}");
  if (!answer) return answer.failure();
  return one_text("Found " + std::to_string(count_roots(*answer)) + " root(s)");
}

// Answers when what it kept has come back as it was.
kit::ItemResult confirmed(kit::ItemCall call, std::string_view state, std::string_view text) {
  auto answer = call.ask("confirm", "elicitation/create", kConfirm);
  if (answer && call.kept() == state) return one_text(text);
  if (auto kept = call.keep(state); !kept) return kept.failure();
  if (!answer) return answer.failure();
  return kit::fail(DBMUX_E_INVALID, "the state did not come back");
}

kit::ItemResult several(kit::ItemCall call) {
  auto name = call.ask("user_name", "elicitation/create", kAskName);
  auto greeting = call.ask("greeting", "sampling/createMessage", sampling("Generate a greeting", 50));
  auto roots = call.ask("client_roots", "roots/list", "{}");
  if (auto kept = call.keep("multiple-inputs"); !kept) return kept.failure();
  for (auto* answer : {&name, &greeting, &roots})
    if (!*answer) return answer->failure();
  return one_text("Name: " + filled_in(*name, "name") + "; Greeting: " + said(*greeting, "Hello there!") +
                  "; Roots: " + std::to_string(count_roots(*roots)));
}

kit::ItemResult in_rounds(kit::ItemCall call) {
  auto name = call.ask(
      "step1", "elicitation/create",
      R"({"message":"Step 1: What is your name?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}})");
  if (!name) {
    if (auto kept = call.keep(R"({"round":1})"); !kept) return kept.failure();
    return name.failure();
  }
  auto color = call.ask(
      "step2", "elicitation/create",
      R"({"message":"Step 2: What is your favorite color?","requestedSchema":{"type":"object","properties":{"color":{"type":"string"}},"required":["color"]}})");
  if (!color) {
    if (auto kept = call.keep(R"({"round":2})"); !kept) return kept.failure();
    return color.failure();
  }
  return one_text("Multi-round complete for " + filled_in(*name, "name") + " who likes " +
                  filled_in(*color, "color"));
}

kit::ItemResult whatever_is_possible(kit::ItemCall call) {
  auto form = call.ask(
      "elicit_input", "elicitation/create",
      R"({"message":"Elicitation input","requestedSchema":{"type":"object","properties":{"value":{"type":"string"}},"required":["value"]}})");
  auto sampled = call.ask("sample_input", "sampling/createMessage", sampling("Sample request", 50));
  std::string received;
  for (const auto& [answer, key] : {std::pair(&form, "elicit_input"), std::pair(&sampled, "sample_input")}) {
    if (*answer) {
      received += (received.empty() ? "" : ",") + std::string(key);
      continue;
    }
    auto why = answer->failure();
    if (why->category == DBMUX_E_NEED_INPUT) return why;
  }
  return one_text(received.empty() ? "No supported capabilities declared"
                                   : "capabilities-ok: received " + received);
}

}  // namespace

std::optional<kit::ItemResult> run_asking_tool(kit::ItemCall call, std::string_view name,
                                               const Arguments& given) {
  if (name == "test_sampling") return sample(call, given);
  if (name == "test_elicitation")
    return elicited(
        call, "User response",
        R"({"message":)" + quoted(text_of(given, "message")) +
            R"(,"requestedSchema":{"type":"object","properties":{"username":{"type":"string","description":"User's response"},"email":{"type":"string","description":"User's email address"}},"required":["username","email"]}})");
  if (name == "test_elicitation_sep1034_defaults") return elicited(call, "Elicitation completed", kDefaults);
  if (name == "test_elicitation_sep1330_enums") return elicited(call, "Elicitation completed", kEnums);
  if (name == "test_missing_capability") return needs_sampling(call);
  constexpr std::string_view kRequired = "test_input_required_result_";
  if (!name.starts_with(kRequired)) return std::nullopt;
  name.remove_prefix(kRequired.size());
  if (name == "elicitation") return greeting(call);
  if (name == "sampling") return capital(call);
  if (name == "list_roots") return roots(call);
  if (name == "request_state") return confirmed(call, "request-state", "state-ok: requestState validated");
  if (name == "multiple_inputs") return several(call);
  if (name == "multi_round") return in_rounds(call);
  if (name == "tampered_state") return confirmed(call, "tamper-test", "integrity-ok: state verified");
  if (name == "capabilities") return whatever_is_possible(call);
  return std::nullopt;
}

}  // namespace conformance
