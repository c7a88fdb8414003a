// The arguments of an operator's tool: what a model is told, and what is bound.
#include "operations/tool_arguments.hpp"

#include <gtest/gtest.h>

#include "profile/load.hpp"

namespace dbmux {
namespace {

// A tool with these parameters, as the profile reads them.
OperatorTool tool(const std::string& parameters) {
  auto report = parse_profile(
      "dbmux: 1\nconnections: {c: {plugin: p}}\ntools:\n  add:\n    - {name: t, description: d, "
      "statement: s, parameters: [" +
          parameters + "]}\n",
      "t.yaml", [](std::string_view) -> std::optional<std::string> { return std::nullopt; });
  for (const auto& p : report.problems) ADD_FAILURE() << p.text();
  return report.profile ? report.profile->operator_tools.at(0) : OperatorTool();
}

struct Bound {
  const char *name, *parameters, *given, *values;
};
void PrintTo(const Bound& b, std::ostream* out) { *out << b.name; }

class Arguments : public testing::TestWithParam<Bound> {};

TEST_P(Arguments, AreBoundInTheOrderOfTheParameters) {
  const auto of = tool(GetParam().parameters);
  const auto given = parse_json(GetParam().given);
  ASSERT_TRUE(given);
  JsonDocument memory;
  const auto values = bound_arguments(of, *given, memory.GetAllocator());
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(to_json(*values), GetParam().values);
}

INSTANTIATE_TEST_SUITE_P(
    All, Arguments,
    testing::Values(
        Bound{"order", "{name: a}, {name: b}", R"({"b":"2","a":"1"})", R"(["1","2"])"},
        Bound{"absent", "{name: a}, {name: b, default: x}", "{}", R"([null,"x"])"},
        Bound{"null", "{name: a}, {name: b, default: x}", R"({"a":null,"b":null})", R"([null,"x"])"},
        Bound{"integer", "{name: a, type: integer}", R"({"a":9223372036854775807})", "[9223372036854775807]"},
        Bound{"unsigned", "{name: a, type: integer}", R"({"a":18446744073709551615})",
              "[18446744073709551615]"},
        Bound{"whole", "{name: a, type: integer}", R"({"a":5.0})", "[5]"},
        Bound{"number", "{name: a, type: number}", R"({"a":1.5})", "[1.5]"},
        Bound{"defaults",
              "{name: a, type: integer, default: 7}, {name: b, type: boolean, default: true}, "
              "{name: c, type: number, default: 0.5}",
              "{}", "[7,true,0.5]"},
        Bound{"enum_of_numbers", "{name: a, type: number, enum: [1, 2.5]}", R"({"a":1.0})", "[1.0]"},
        Bound{"text_that_looks_like_a_statement", "{name: a}", R"({"a":"'; DROP TABLE t; --"})",
              R"(["'; DROP TABLE t; --"])"}),
    [](const auto& b) { return std::string(b.param.name); });

struct Refused {
  const char *name, *parameters, *given, *message;
};
void PrintTo(const Refused& r, std::ostream* out) { *out << r.name; }

class WrongArguments : public testing::TestWithParam<Refused> {};

TEST_P(WrongArguments, AreRefusedByName) {
  const auto of = tool(GetParam().parameters);
  const auto given = parse_json(GetParam().given);
  ASSERT_TRUE(given);
  JsonDocument memory;
  const auto values = bound_arguments(of, *given, memory.GetAllocator());
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().category, Category::invalid);
  EXPECT_EQ(values.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongArguments,
    testing::Values(Refused{"no_object", "{name: a}", "[]", "arguments must be an object"},
                    Refused{"unknown", "{name: a}", R"({"b":1})",
                            "argument 'b' unknown for t; there are: a."},
                    Refused{"missing", "{name: a, required: true}", "{}", "t needs the argument 'a'."},
                    Refused{"text", "{name: a}", R"({"a":1})", "argument 'a' of t must be a string."},
                    Refused{"fraction", "{name: a, type: integer}", R"({"a":1.5})",
                            "argument 'a' of t must be an integer."},
                    Refused{"boolean", "{name: a, type: boolean}", R"({"a":"true"})",
                            "argument 'a' of t must be true or false."},
                    Refused{"range", "{name: a, type: number, min: 1, max: 2.5}", R"({"a":3})",
                            "argument 'a' of t must be from 1 to 2.5."},
                    Refused{"characters", "{name: a, max: 2}", R"({"a":"ččč"})",
                            "argument 'a' of t must be at most 2 characters."},
                    Refused{"enum", "{name: a, type: integer, enum: [1, 2]}", R"({"a":3})",
                            "argument 'a' of t must be one of: 1,2."}),
    [](const auto& r) { return std::string(r.param.name); });

TEST(ArgumentsOfATool, WithoutAnyAreNone) {
  OperatorTool of;
  of.name = "t";
  EXPECT_EQ(input_schema(of), R"({"type":"object","properties":{}})");
  JsonDocument memory;
  const auto wrong = bound_arguments(of, *parse_json(R"({"a":1})"), memory.GetAllocator());
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "argument 'a' unknown for t; it takes none.");
}

}  // namespace
}  // namespace dbmux
