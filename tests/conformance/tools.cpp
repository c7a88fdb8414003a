// Tools that answer by themselves.
#include <array>
#include <chrono>
#include <thread>

#include "source.hpp"

namespace conformance {

namespace {

// The suites want to see reports arrive one after the other.
kit::Status pause(kit::ItemCall call, int ms = 50) {
  const auto until = kit::now_ns() + ms * std::int64_t{1'000'000};
  while (kit::now_ns() < until) {
    if (call.cancelled()) return kit::fail(DBMUX_E_CANCELLED, "cancelled");
    if (call.expired()) return kit::fail(DBMUX_E_TIMEOUT, "ran out of time");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return {};
}

kit::ItemResult embedded() {
  return kit::ItemAnswer(kit::Content().resource("test://embedded-resource", "text/plain",
                                                 "This is an embedded resource content."));
}

kit::ItemResult several_kinds() {
  return kit::ItemAnswer(
      kit::Content()
          .text("Multiple content types test:")
          .image(red_pixel(), "image/png")
          .resource("test://mixed-content-resource", "application/json", R"({"test":"data","value":123})"));
}

kit::ItemResult with_logging(kit::ItemCall call) {
  call.log("info", R"("Tool execution started")");
  if (auto on = pause(call); !on) return on.failure();
  call.log("info", R"("Tool processing data")");
  if (auto on = pause(call); !on) return on.failure();
  call.log("info", R"("Tool execution completed")");
  return one_text("Tool with logging executed successfully");
}

kit::ItemResult with_progress(kit::ItemCall call) {
  for (const int done : {0, 50, 100}) {
    if (done > 0)
      if (auto on = pause(call); !on) return on.failure();
    call.progress(done, 100, "Completed step " + std::to_string(done) + " of 100");
  }
  return one_text("Tool with progress executed successfully");
}

kit::ItemResult reconnection(kit::ItemCall call) {
  call.close_stream(500);
  if (auto on = pause(call, 100); !on) return on.failure();
  return one_text(
      "Reconnection test completed successfully. If you received this, the client properly reconnected after "
      "stream closure.");
}

kit::ItemResult logging(kit::ItemCall call) {
  call.log("info", R"("Diagnostic trace logging activated")");
  return one_text("Logging evaluated");
}

kit::ItemResult streaming(kit::ItemCall call) {
  call.progress(50, 100);
  return one_text("Streaming complete");
}

}  // namespace

std::optional<kit::ItemResult> run_tool(Source& source, kit::ItemCall call, std::string_view name,
                                        const Arguments& given) {
  if (name == "test_simple_text") return one_text("This is a simple text response for testing.");
  if (name == "test_image_content") return kit::ItemAnswer(kit::Content().image(red_pixel(), "image/png"));
  if (name == "test_audio_content") return kit::ItemAnswer(kit::Content().audio(silence(), "audio/wav"));
  if (name == "test_embedded_resource") return embedded();
  if (name == "test_multiple_content_types") return several_kinds();
  if (name == "test_tool_with_logging") return with_logging(call);
  if (name == "test_tool_with_progress") return with_progress(call);
  if (name == "test_error_handling")
    return kit::ItemAnswer(kit::Content().error("This tool intentionally returns an error for testing"));
  if (name == "test_reconnection") return reconnection(call);
  if (name == "json_schema_2020_12_tool")
    return one_text("JSON Schema 2020-12 tool called with: " + json_of(given));
  if (name == "test_streaming_elicitation") return streaming(call);
  if (name == "test_logging_tool") return logging(call);
  if (name == "test_header_parameter") return one_text("Region: " + text_of(given, "region", "none"));
  if (name == "test_changing_tool") return one_text("Still here");
  if (name == "test_trigger_tool_change") {
    source.has_changing_tool = !source.has_changing_tool;
    source.changed(DBMUX_ITEM_TOOL);
    return one_text("Mutation triggered");
  }
  if (name == "test_trigger_prompt_change") {
    source.has_changing_prompt = !source.has_changing_prompt;
    source.changed(DBMUX_ITEM_PROMPT);
    return one_text("Mutation triggered");
  }
  if (name == "test_trigger_resource_change") {
    source.changed(DBMUX_ITEM_RESOURCE, "test://watched-resource");
    return one_text("Mutation triggered");
  }
  return std::nullopt;
}

}  // namespace conformance
