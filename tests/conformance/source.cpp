#include "source.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>

namespace conformance {

namespace {

// A session that has nothing to say: the items need none.
class Connection final : public kit::Connection {
 public:
  kit::Result<kit::Info> info(kit::Call) override {
    return kit::Info{.product = "Conformance", .version = "1", .dialect = "none"};
  }
  kit::Status ping(kit::Call) override { return {}; }
  kit::Status reset(kit::Call) override { return {}; }
  void cancel(std::uint64_t) override {}
  kit::CursorResult execute(kit::Call, const dbmux_request&) override {
    return kit::fail(DBMUX_E_UNSUPPORTED, "there is nothing to query here");
  }
};

std::string from_base64(std::string_view text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto value = kLetters.find(c);
    if (value == std::string_view::npos) break;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> held) & 0xFF);
  }
  return bytes;
}

constexpr const char* kLanguages[] = {"none", nullptr};

}  // namespace

Arguments parsed(std::string_view json) {
  Arguments document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) document.SetObject();
  return document;
}

std::string text_of(const rapidjson::Value& object, const char* key, std::string_view otherwise) {
  if (!object.IsObject()) return std::string(otherwise);
  const auto at = object.FindMember(key);
  if (at == object.MemberEnd() || !at->value.IsString()) return std::string(otherwise);
  return {at->value.GetString(), at->value.GetStringLength()};
}

std::string json_of(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

kit::ItemResult one_text(std::string_view text) { return kit::ItemAnswer(kit::Content().text(text)); }

const std::string& red_pixel() {
  static const std::string bytes = from_base64(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==");
  return bytes;
}

const std::string& silence() {
  static const std::string bytes =
      from_base64("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=");
  return bytes;
}

kit::Result<std::unique_ptr<kit::Connection>> Source::connect(kit::Call, std::uint32_t) {
  return std::make_unique<Connection>();
}

kit::Result<std::string> Source::describe(kit::Call) {
  std::string json = R"({"tools":[)" + std::string(tool_descriptions());
  if (has_changing_tool)
    json +=
        R"(,{"name":"test_changing_tool","description":"Comes and goes","inputSchema":{"type":"object"}})";
  json += "]," + std::string(other_descriptions());
  if (has_changing_prompt) json += R"(,{"name":"test_changing_prompt","description":"Comes and goes"})";
  return json + "]}";
}

kit::ItemResult Source::call_tool(kit::ItemCall call, kit::Connection*, std::string_view name,
                                  std::string_view arguments) {
  const auto given = parsed(arguments);
  if (auto done = run_tool(*this, call, name, given)) return std::move(*done);
  if (auto done = run_asking_tool(call, name, given)) return std::move(*done);
  return Items::call_tool(call, nullptr, name, arguments);
}

}  // namespace conformance

const dbmux_plugin* dbmux_plugin_v1() noexcept {
  using conformance::Connection;
  using conformance::Source;
  return dbmux::kit::plugin<Source, Connection>({"conformance", "Conformance", "dbmux tests", "1.0",
                                                 conformance::kLanguages, nullptr,
                                                 R"({"type":"object","additionalProperties":false})"});
}
