// What a plugin says of its items, checked.
#include "operations/item_descriptions.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace dbmux {
namespace {

ItemDescriptions read(const std::string& json) {
  auto made = read_descriptions(json);
  EXPECT_TRUE(made) << made.error().message;
  return made ? std::move(*made) : ItemDescriptions();
}

TEST(Descriptions, KeepEveryFieldOfATool) {
  const auto made = read(R"({"tools":[{"name":"a.b-c_1","title":"T","description":"D",
    "inputSchema":{"type":"object","properties":{"x":{"type":"integer"}}},
    "outputSchema":{"type":"object"},"annotations":{"readOnlyHint":false},"icons":[{"src":"i"}],
    "_meta":{"dbmux/lease":true,"dbmux/other":1,"own":2}}]})");
  ASSERT_EQ(made.tools.size(), 1U);
  const auto& t = made.tools[0];
  EXPECT_EQ(t.name, "a.b-c_1");
  EXPECT_EQ(t.face.title, "T");
  EXPECT_EQ(t.face.description, "D");
  EXPECT_EQ(t.face.input_schema, R"({"type":"object","properties":{"x":{"type":"integer"}}})");
  EXPECT_EQ(t.face.output_schema, R"({"type":"object"})");
  EXPECT_EQ(t.face.annotations, R"({"readOnlyHint":false})");
  EXPECT_EQ(t.face.icons, R"([{"src":"i"}])");
  EXPECT_EQ(t.face.meta, R"({"own":2})") << "what is the host's stays there";
  EXPECT_TRUE(t.leases && t.writes);
  EXPECT_TRUE(t.has_property("x"));
  EXPECT_FALSE(t.has_property("y"));
  ASSERT_TRUE(t.schema);
  EXPECT_TRUE(made.faults.empty()) << joined(made.faults, "; ");
}

TEST(Descriptions, OfAToolWithoutASchemaTakesNoArguments) {
  const auto made = read(R"({"tools":[{"name":"a"}]})");
  ASSERT_EQ(made.tools.size(), 1U);
  const auto& t = made.tools[0];
  EXPECT_EQ(t.face.input_schema, R"({"type":"object","additionalProperties":false})");
  EXPECT_FALSE(t.leases || t.writes);
  EXPECT_TRUE(t.schema->fault(*parse_json(R"({"x":1})")));
}

TEST(Descriptions, KeepEveryFieldOfResourcesTemplatesAndPrompts) {
  const auto made = read(R"({
    "resources":[{"uri":"a://b","name":"n","title":"t","description":"d","mimeType":"m","_meta":{"dbmux/lease":true}},
                 {"uri":"a://unnamed"}],
    "resourceTemplates":[{"uriTemplate":"a://{x}","name":"n","annotations":{"priority":1}}],
    "prompts":[{"name":"p","title":"t","description":"d","arguments":[{"name":"a","description":"ad","required":true},{"name":"b"}]}]})");
  ASSERT_EQ(made.resources.size(), 2U);
  EXPECT_EQ(made.resources[0].entry.uri, "a://b");
  EXPECT_EQ(made.resources[0].entry.mime_type, "m");
  EXPECT_TRUE(made.resources[0].leases);
  EXPECT_EQ(made.resources[1].entry.name, "a://unnamed");
  ASSERT_EQ(made.templates.size(), 1U);
  EXPECT_EQ(made.templates[0].entry.uri, "a://{x}");
  EXPECT_EQ(made.templates[0].entry.annotations, R"({"priority":1})");
  ASSERT_EQ(made.prompts.size(), 1U);
  const auto& arguments = made.prompts[0].entry.arguments;
  ASSERT_EQ(arguments.size(), 2U);
  EXPECT_TRUE(arguments[0].name == "a" && arguments[0].description == "ad" && arguments[0].required);
  EXPECT_FALSE(arguments[1].required);
  EXPECT_TRUE(made.faults.empty()) << joined(made.faults, "; ");
}

TEST(Descriptions, MayBeEmpty) {
  const auto made = read("{}");
  EXPECT_TRUE(made.tools.empty() && made.resources.empty() && made.templates.empty() && made.prompts.empty());
  EXPECT_TRUE(made.faults.empty());
}

struct Wrong {
  const char *json, *fault;
  bool kept = false;  // it is offered all the same
};
void PrintTo(const Wrong& w, std::ostream* out) { *out << w.json; }

class AWrongEntry : public testing::TestWithParam<Wrong> {};

TEST_P(AWrongEntry, IsLeftOutAndNamed) {
  const auto made = read(GetParam().json);
  ASSERT_EQ(made.faults.size(), 1U) << joined(made.faults, "; ");
  EXPECT_EQ(made.faults[0], GetParam().fault);
  const auto left = made.tools.size() + made.resources.size() + made.templates.size() + made.prompts.size();
  EXPECT_EQ(left, GetParam().kept ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(
    All, AWrongEntry,
    testing::Values(
        Wrong{R"({"tools":5})", "tools: not a list"},
        Wrong{R"({"tools":[5]})", "tools: an entry is not an object"},
        Wrong{R"({"tools":[{}]})", "tool '': a name is 1 to 128 of letters, digits, '_', '.' and '-'"},
        Wrong{R"({"tools":[{"name":"a b"}]})",
              "tool 'a b': a name is 1 to 128 of letters, digits, '_', '.' and '-'"},
        Wrong{R"({"tools":[{"name":"a","inputSchema":5}]})",
              "tool 'a': its inputSchema is not one of an object"},
        Wrong{R"({"tools":[{"name":"a","inputSchema":{"type":"string"}}]})",
              "tool 'a': its inputSchema is not one of an object"},
        Wrong{R"({"tools":[{"name":"a"},{"name":"a"}]})", "tool 'a': described twice", true},
        Wrong{R"({"resources":[{"name":"n"}]})", "resource '': not an address with a scheme"},
        Wrong{R"({"resources":[{"uri":"/etc/passwd"}]})",
              "resource '/etc/passwd': not an address with a scheme"},
        Wrong{R"({"resources":[{"uri":"dbmux://result/r1"}]})",
              "resource 'dbmux://result/r1': an address of the host's own"},
        Wrong{R"({"resources":[{"uri":"database://shop/tables"}]})",
              "resource 'database://shop/tables': an address of the host's own"},
        Wrong{R"({"resources":[{"uri":"a:1"},{"uri":"a:1"}]})", "resource 'a:1': described twice", true},
        Wrong{R"({"resourceTemplates":[{"uriTemplate":"a://{?q}"}]})",
              "template 'a://{?q}': '{?q}' is neither {name} nor {+name}"},
        Wrong{R"({"prompts":[{"name":"p","arguments":[{}]}]})", "prompt 'p': an argument has no name"}));

TEST(Descriptions, OfASchemaThatCannotBeCheckedSaySoAndKeepTheTool) {
  const auto made = read(R"({"tools":[{"name":"a","inputSchema":{"type":"object","properties":7}}]})");
  ASSERT_EQ(made.tools.size(), 1U);
  EXPECT_FALSE(made.tools[0].schema);
  ASSERT_EQ(made.faults.size(), 1U);
  EXPECT_TRUE(made.faults[0].starts_with("tool 'a': its arguments cannot be checked here: "))
      << made.faults[0];
}

TEST(Descriptions, AreCutAtFiveHundredOfAKind) {
  std::string json = R"({"tools":[)";
  for (int i = 0; i < 501; ++i)
    json += (i ? "," : "") + std::string(R"({"name":"t)") + std::to_string(i) + "\"}";
  const auto made = read(json + "]}");
  EXPECT_EQ(made.tools.size(), 500U);
  EXPECT_EQ(made.faults, std::vector<std::string>{"tools: more than 500"});
}

TEST(Descriptions, ThatAreNoneAreAFaultOfThePlugin) {
  for (const char* json : {"", "[]", "{\"tools\":", "5"}) {
    const auto made = read_descriptions(json);
    ASSERT_FALSE(made) << json;
    EXPECT_EQ(made.error().category, Category::internal);
  }
}

}  // namespace
}  // namespace dbmux
