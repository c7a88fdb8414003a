#include "operations/arguments.hpp"

#include <gtest/gtest.h>

#include <array>

namespace dbmux {
namespace {

using Type = Argument::Type;

constexpr std::array kKnown{Argument{.name = "query", .required = true},
                            Argument{.name = "params", .type = Type::list_or_object},
                            Argument{.name = "limit", .type = Type::integer},
                            Argument{.name = "connectionId"},
                            Argument{.name = "format", .listed = false, .one_of = "json,csv"},
                            Argument{.name = "timeout", .type = Type::duration, .listed = false}};

std::string refusal(std::string_view json, std::string_view face = "execute_query") {
  const auto document = parse_json(json);
  const auto checked = Arguments::check(face, kKnown, *document);
  return checked ? "accepted" : checked.error().message;
}

TEST(Arguments, AcceptTheWordsThatModelsUse) {
  const auto document = parse_json(R"({"sql":"SELECT 1","parameters":[1],"max_rows":"7","connection":"a"})");
  const auto a = Arguments::check("execute_query", kKnown, *document);
  ASSERT_TRUE(a) << a.error().message;
  EXPECT_EQ(a->text("query"), "SELECT 1");
  EXPECT_EQ(a->integer("limit"), 7);
  EXPECT_EQ(a->text("connectionId"), "a");
  EXPECT_TRUE(a->get("params")->IsArray());
}

TEST(Arguments, AreRefusedWithTheReason) {
  struct Case {
    const char* json;
    const char* message;
  };
  for (const auto& c : {
           Case{"[]", "arguments must be an object"},
           Case{"{}", "execute_query needs the argument 'query'."},
           Case{R"({"query":null})", "execute_query needs the argument 'query'."},
           Case{R"({"query":5})", "argument 'query' of execute_query must be a string."},
           Case{R"({"query":"x","limit":"ten"})", "argument 'limit' of execute_query must be an integer."},
           Case{R"({"query":"x","limit":1.5})", "argument 'limit' of execute_query must be an integer."},
           Case{R"({"query":"x","limit":1e30})", "argument 'limit' of execute_query must be an integer."},
           Case{R"({"query":"x","limit":-7777777777777777777777})",
                "argument 'limit' of execute_query must be an integer."},
           Case{R"({"query":"x","params":"1"})",
                "argument 'params' of execute_query must be a list, or an object of named values."},
           Case{R"({"query":"x","sql":"y"})", "argument 'query' was given twice, once as 'sql'."},
           Case{R"({"query":"x","format":"xml"})", "argument 'format' must be one of: json, csv."},
           Case{R"({"query":"x","timeout":"soon"})",
                "argument 'timeout' of execute_query must be a time such as \"45s\"."},
           Case{R"({"query":"x","wibble":1})",
                "argument 'wibble' unknown for execute_query; there are: query, params, limit, connectionId, "
                "format, "
                "timeout."},
       })
    EXPECT_EQ(refusal(c.json), c.message) << c.json;
}

TEST(Arguments, NameTheNearestForAnUnknownOne) {
  const auto document = parse_json(R"({"query":"x","limits":5})");
  const auto a = Arguments::check("execute_query", kKnown, *document);
  ASSERT_FALSE(a);
  EXPECT_EQ(a.error().did_you_mean.at(0), "limit");
}

TEST(Arguments, SendFiltersToExecuteQuery) {
  constexpr std::array known{Argument{.name = "table_name", .required = true}};
  const auto document = parse_json(R"({"table_name":"t","where":"x = 1"})");
  const auto a = Arguments::check("read_table", known, *document);
  ASSERT_FALSE(a);
  EXPECT_EQ(a.error().message, "argument 'where' unknown for read_table; use execute_query for filters.");
}

TEST(Arguments, ReadDurations) {
  struct Case {
    const char* text;
    std::int64_t ms;  // 0: none
  };
  for (const auto& c : {Case{"45", 45'000}, Case{"45s", 45'000}, Case{"500ms", 500}, Case{"2min", 120'000},
                        Case{"1.5 s", 1500}, Case{"-1s", 0}, Case{"0", 0}, Case{"5h", 0}, Case{"nan", 0},
                        Case{"inf s", 0}, Case{"", 0}, Case{"s", 0}}) {
    const auto parsed = parse_duration(c.text);
    EXPECT_EQ(parsed ? parsed->count() : 0, c.ms) << c.text;
  }
}

TEST(InputSchema, SaysTypesEnumsDescriptionsAndWhatIsRequired) {
  const std::vector<ListedArgument> listed{
      {&kKnown[0], "", {}}, {&kKnown[2], "rows", {}}, {&kKnown[3], "", {"a", "b"}}};
  EXPECT_EQ(
      input_schema(listed),
      R"({"type":"object","properties":{"query":{"type":"string"},"limit":{"type":"integer","description":"rows"},)"
      R"("connectionId":{"type":"string","enum":["a","b"]}},"required":["query"]})");
}

TEST(Params, KeepTheTypeOfEachValue) {
  const auto document = parse_json(
      R"([null,true,-5,18446744073709551615,1.5,"x",[1,{"a":2}],{"type":"numeric","value":"1.50"},)"
      R"({"type":"bytes","value":"AAH/"}])");
  const auto params = params_from(&*document);
  ASSERT_TRUE(params);
  const auto& p = *params;
  ASSERT_EQ(p.size(), 9u);
  EXPECT_EQ(p[0].kind, Kind::null);
  EXPECT_EQ(p[1].kind, Kind::boolean);
  EXPECT_EQ(p[2].i64, -5);
  EXPECT_EQ(p[3].kind, Kind::u64);
  EXPECT_EQ(static_cast<std::uint64_t>(p[3].i64), 18446744073709551615u);
  EXPECT_EQ(p[4].f64, 1.5);
  EXPECT_EQ(p[5].text, "x");
  EXPECT_EQ(p[6].kind, Kind::json);
  EXPECT_EQ(p[6].text, R"([1,{"a":2}])");
  EXPECT_EQ(p[7].type, "numeric");
  EXPECT_EQ(p[7].text, "1.50");
  EXPECT_EQ(p[8].kind, Kind::bytes);
  EXPECT_EQ(p[8].text, std::string("\0\1\xff", 3));
}

TEST(Params, AreNamedWhenGivenAsAnObject) {
  const auto document = parse_json(R"({"id":7,"name":"x"})");
  const auto params = params_from(&*document);
  ASSERT_TRUE(params);
  EXPECT_EQ((*params)[0].name, "id");
  EXPECT_EQ((*params)[1].text, "x");
}

TEST(Params, RefuseBytesThatAreNotBase64) {
  const auto document = parse_json(R"([{"type":"bytes","value":"?"}])");
  EXPECT_FALSE(params_from(&*document));
}

}  // namespace
}  // namespace dbmux
