// Resources, prompts and their completion.
#include "source.hpp"

namespace conformance {

kit::ItemResult Source::read_resource(kit::ItemCall call, kit::Connection*, std::string_view uri,
                                      std::string_view variables) {
  const auto text = [&](std::string_view mime_type, std::string_view content) {
    return kit::ItemResult(kit::ItemAnswer(kit::Content().resource(uri, mime_type, content)));
  };
  if (uri == "test://static-text")
    return text("text/plain", "This is the content of the static text resource.");
  if (uri == "test://static-binary")
    return kit::ItemAnswer(kit::Content().binary_resource(uri, "image/png", red_pixel()));
  if (uri == "test://watched-resource") return text("text/plain", "Watched resource content");
  const auto given = parsed(variables);
  if (!given.HasMember("id")) return Items::read_resource(call, nullptr, uri, variables);
  rapidjson::Document json(rapidjson::kObjectType);
  auto& memory = json.GetAllocator();
  const auto id = text_of(given, "id"), data = "Data for ID: " + id;
  json.AddMember("id", rapidjson::Value(id.c_str(), memory), memory);
  json.AddMember("templateTest", true, memory);
  json.AddMember("data", rapidjson::Value(data.c_str(), memory), memory);
  return text("application/json", json_of(json));
}

namespace {

kit::ItemResult with_context(kit::ItemCall call) {
  auto answer = call.ask(
      "user_context", "elicitation/create",
      R"({"message":"What context should the prompt use?","requestedSchema":{"type":"object","properties":{"context":{"type":"string"}},"required":["context"]}})");
  if (!answer) return answer.failure();
  const auto document = parsed(*answer);
  const auto content = document.FindMember("content");
  return one_text("Prompt with context: " + (content == document.MemberEnd()
                                                 ? std::string("unknown")
                                                 : text_of(content->value, "context", "unknown")));
}

}  // namespace

kit::ItemResult Source::get_prompt(kit::ItemCall call, kit::Connection*, std::string_view name,
                                   std::string_view arguments) {
  const auto given = parsed(arguments);
  if (name == "test_simple_prompt") return one_text("This is a simple prompt for testing.");
  if (name == "test_changing_prompt") return one_text("Still here");
  if (name == "test_prompt_with_arguments")
    return one_text("Prompt with arguments: arg1='" + text_of(given, "arg1") + "', arg2='" +
                    text_of(given, "arg2") + "'");
  if (name == "test_prompt_with_embedded_resource")
    return kit::ItemAnswer(
        kit::Content()
            .resource(text_of(given, "resourceUri"), "text/plain", "Embedded resource content for testing.")
            .text("Please process the embedded resource above."));
  if (name == "test_prompt_with_image")
    return kit::ItemAnswer(
        kit::Content().image(red_pixel(), "image/png").text("Please analyze the image above."));
  if (name == "test_input_required_result_prompt") return with_context(call);
  return Items::get_prompt(call, nullptr, name, arguments);
}

kit::ItemResult Source::complete(kit::ItemCall, kit::Connection*, std::string_view,
                                 std::string_view request) {
  const auto given = parsed(request);
  const auto argument = text_of(given, "argument"), typed = text_of(given, "value");
  const std::string_view known = argument == "arg1" ? "hello" : argument == "arg2" ? "world" : "123";
  if (argument != "resourceUri" && known.starts_with(typed))
    return kit::ItemAnswer(kit::Content().value(known, R"({"total":1,"hasMore":false})"));
  return kit::ItemAnswer(kit::Content());
}

}  // namespace conformance
