#pragma once
// The conformance plugin: no database, only items. Their names and words are those of the official suites.
#include <rapidjson/document.h>

#include <atomic>
#include <dbmux/kit.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace conformance {

namespace kit = dbmux::kit;

class Source final : public kit::Source, public kit::Items {
 public:
  static kit::Result<std::unique_ptr<kit::Source>> open(kit::Call, std::span<const dbmux_param>) {
    return std::make_unique<Source>();
  }
  kit::Result<std::unique_ptr<kit::Connection>> connect(kit::Call, std::uint32_t) override;

  kit::Result<std::string> describe(kit::Call) override;
  kit::ItemResult call_tool(kit::ItemCall, kit::Connection*, std::string_view name,
                            std::string_view arguments) override;
  kit::ItemResult read_resource(kit::ItemCall, kit::Connection*, std::string_view uri,
                                std::string_view variables) override;
  kit::ItemResult get_prompt(kit::ItemCall, kit::Connection*, std::string_view name,
                             std::string_view arguments) override;
  kit::ItemResult complete(kit::ItemCall, kit::Connection*, std::string_view of,
                           std::string_view request) override;

  // The tool and the prompt that come and go.
  std::atomic<bool> has_changing_tool{false}, has_changing_prompt{false};
};

// Tools that answer by themselves, and those that ask first; nullopt: not one of these.
using Arguments = rapidjson::Document;
std::optional<kit::ItemResult> run_tool(Source&, kit::ItemCall, std::string_view name, const Arguments&);
std::optional<kit::ItemResult> run_asking_tool(kit::ItemCall, std::string_view name, const Arguments&);

// From descriptions.cpp: lists of JSON objects, without brackets.
std::string_view tool_descriptions();
std::string_view other_descriptions();

Arguments parsed(std::string_view json);
std::string text_of(const rapidjson::Value& object, const char* key, std::string_view otherwise = {});
std::string json_of(const rapidjson::Value&);
kit::ItemResult one_text(std::string_view text);

// The picture and the sound of the suites, as bytes.
const std::string& red_pixel();
const std::string& silence();

}  // namespace conformance
