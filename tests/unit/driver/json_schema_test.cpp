// Schemas of what plugins offer, and the arguments of clients against them.
#include "driver/json_schema.hpp"

#include <gtest/gtest.h>

namespace dbmux {
namespace {

// What is wrong, "" where it fits.
std::string fault(const char* schema, const std::string& value) {
  const auto document = parse_json(schema);
  EXPECT_TRUE(document) << schema;
  const auto ready = JsonSchema::of(*document);
  EXPECT_TRUE(ready) << schema;
  const auto given = parse_json(value);
  EXPECT_TRUE(given) << value;
  return ready ? ready->fault(*given).value_or("") : "no schema";
}

struct Fit {
  const char *name, *schema, *value;
  bool fits;
};
void PrintTo(const Fit& f, std::ostream* out) { *out << f.name; }

class ASchema : public testing::TestWithParam<Fit> {};

TEST_P(ASchema, TakesWhatFitsAndNothingElse) {
  const auto& f = GetParam();
  EXPECT_EQ(fault(f.schema, f.value).empty(), f.fits) << fault(f.schema, f.value);
}

INSTANTIATE_TEST_SUITE_P(
    All, ASchema,
    testing::Values(
        Fit{"required", R"({"type":"object","required":["a"]})", R"({"b":1})", false},
        Fit{"additional", R"({"type":"object","properties":{"a":{}},"additionalProperties":false})",
            R"({"b":1})", false},
        Fit{"integer_of_double", R"({"properties":{"a":{"type":"integer"}}})", R"({"a":1.5})", false},
        Fit{"range", R"({"properties":{"a":{"maximum":10}}})", R"({"a":11})", false},
        Fit{"enum", R"({"properties":{"a":{"enum":["x",null]}}})", R"({"a":null})", true},
        Fit{"one_of", R"({"oneOf":[{"required":["a"]},{"required":["b"]}]})", R"({"a":1,"b":1})", false},
        Fit{"own_reference", R"({"properties":{"a":{"$ref":"#/$defs/n"}},"$defs":{"n":{"type":"number"}}})",
            R"({"a":"x"})", false},
        Fit{"recursion", R"({"properties":{"a":{"$ref":"#"}},"additionalProperties":false})",
            R"({"a":{"a":{"b":1}}})", false},
        Fit{"keyword_of_a_later_draft", R"({"type":"object","unevaluatedProperties":false,"x-new":1})",
            R"({"a":1})", true},
        Fit{"pattern_is_the_plugins", R"({"properties":{"a":{"pattern":"^b$"}}})", R"({"a":"c"})", true},
        Fit{"property_named_pattern", R"({"properties":{"pattern":{"type":"integer"}}})",
            R"({"pattern":"x"})", false},
        Fit{"property_named_format", R"({"properties":{"format":{"enum":["a"]}}})", R"({"format":"b"})",
            false},
        Fit{"pattern_properties",
            R"({"patternProperties":{"^x":{"type":"integer"}},"additionalProperties":false})",
            R"({"xa":"any"})", true},
        Fit{"pattern_deep_within", R"({"allOf":[{"properties":{"a":{"items":{"pattern":"^b$"}}}}]})",
            R"({"a":["c"]})", true}),
    [](const auto& f) { return std::string(f.param.name); });

TEST(ASchema, SaysWhereTheValueIsWrong) {
  const auto said = fault(R"({"properties":{"address":{"type":"array","items":{"type":"integer"}}}})",
                          R"({"address":[1,2,"x"]})");
  EXPECT_TRUE(said.starts_with("address.2: ")) << said;
}

TEST(ASchema, TakesTextsOfAnyLengthForAPattern) {
  const std::string schema = R"({"properties":{"a":{"pattern":"^(a|b)*$"},"d":{"format":"date"}}})";
  const std::string value =
      R"({"a":")" + std::string(1'000'000, 'a') + R"(","d":")" + std::string(1'000'000, '1') + "\"}";
  EXPECT_EQ(fault(schema.c_str(), value), "");
}

class NoSchema : public testing::TestWithParam<const char*> {};

TEST_P(NoSchema, IsRefusedWithAReason) {
  const auto document = parse_json(GetParam());
  ASSERT_TRUE(document);
  const auto ready = JsonSchema::of(*document);
  ASSERT_FALSE(ready) << GetParam();
  EXPECT_EQ(ready.error().category, Category::unsupported);
  EXPECT_FALSE(ready.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(All, NoSchema,
                         testing::Values(R"({"properties":5})", R"({"$ref":"https://example.com/schema"})",
                                         R"({"properties":{"a":{"$ref":"#/nowhere"}}})",
                                         R"({"properties":{"a":{"$ref":7}}})", R"({"required":"a"})",
                                         R"({"properties":{"a":{"$ref":"other.json#/a"}}})"));

}  // namespace
}  // namespace dbmux
