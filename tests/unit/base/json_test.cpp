#include "base/json.hpp"

#include <gtest/gtest.h>

using namespace dbmux;
using namespace std::literals;

TEST(ParseJson, ReadsEveryKindOfValue) {
  for (const auto* text : {"null", "true", "-0.5", "\"a\\u00e9\"", "[]", "{\"a\":[1,{}]}", " [1 , 2] \n"}) {
    EXPECT_TRUE(parse_json(text).has_value()) << text;
  }
  EXPECT_EQ(view(*parse_json("\"a\\u0000b\"")), "a\0b"s);
}

TEST(ParseJson, ReadsNumbersExactly) {
  EXPECT_EQ(parse_json("12345678901234567")->GetInt64(), 12345678901234567);
  EXPECT_EQ(parse_json("-9223372036854775808")->GetInt64(), INT64_MIN);
  EXPECT_EQ(parse_json("18446744073709551615")->GetUint64(), UINT64_MAX);
  EXPECT_FALSE(parse_json("18446744073709551616")->IsUint64());
  EXPECT_TRUE(parse_json("-0")->IsInt());
  EXPECT_FALSE(parse_json("1.0")->IsInt64());
  const std::pair<std::string, double> reals[] = {
      {"0.1", 0.1},
      {"-2.5E-3", -2.5e-3},
      {"18446744073709551616", 18446744073709551616.0},
      {"1.7976931348623157e308", 1.7976931348623157e308},
      {"5e-324", 5e-324},
      {"1e-400", 0},
      {"9." + std::string(200, '1') + "e-508", 0},
      {"0." + std::string(800, '0') + "1e801", 1},
      {"0e9999999", 0},
      {"-0.0E+99999999999999999999", 0},
      {"1" + std::string(400, '0') + "e-399", 10},
  };
  for (const auto& [text, value] : reals) EXPECT_EQ(parse_json(text)->GetDouble(), value) << text;
  for (const auto* text : {"1e400", "-1e400", "1.8e308"})
    EXPECT_NE(parse_json(text).error().message.find("Number too big"), std::string::npos) << text;
}

TEST(ParseJson, LeavesWhatStandsBesideANumberOfAGreatExponent) {
  const auto document = parse_json("{\"0e999\\\\\":[\"a\\\" 0e999\",0e999,18446744073709551615, 0e999]}");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(to_json(*document), "{\"0e999\\\\\":[\"a\\\" 0e999\",0.0,18446744073709551615,0.0]}");
  for (const auto* text :
       {"[0e999, 00e999]", "[0e999, 1.e999]", "[0e999,]", "0e999 0", "0e999 \"", "[0e999, 1e999]"})
    EXPECT_FALSE(parse_json(text)) << text;
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const auto& text :
       {""s, " "s, "{"s, "[1,]"s, "{\"a\"}"s, "nul"s, "1 2"s, "{} x"s, "'a'"s, "\"\xff\""s, "\"\xc0\x80\""s,
        "01"s, "\"a\nb\""s, "NaN"s, "{}\0"s, "\0"s, "[1]\0garbage"s, "// comment\n1"s}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().category, Category::invalid);
  }
}

TEST(ParseJson, RefusesHalfOfASurrogatePair) {
  EXPECT_EQ(view(*parse_json(R"("\ud834\udd1e")")), "\U0001D11E");
  EXPECT_EQ(view(*parse_json(R"("\\udd1e")")), R"(\udd1e)");
  for (const auto* text :
       {R"("\udd1e")", R"("\uDEEE")", R"({"a\udc00":1})", R"("\ud834")", R"("\ud834\ud834")"})
    EXPECT_NE(parse_json(text).error().message.find("surrogate"), std::string::npos) << text;
}

TEST(ParseJson, SaysWhereItFailed) {
  EXPECT_NE(parse_json("[1,]").error().message.find("at byte 4"), std::string::npos)
      << parse_json("[1,]").error().message;
}

TEST(ParseJson, CapsTheDepth) {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(parse_json(nested(64)).has_value());
  EXPECT_FALSE(parse_json(nested(65)).has_value());
  EXPECT_NE(parse_json(nested(65)).error().message.find("64"), std::string::npos);
  EXPECT_FALSE(parse_json(nested(1'000'000)).has_value());
  EXPECT_TRUE(parse_json("[[],[],[{}]]", 3).has_value());
  EXPECT_FALSE(parse_json("[[],[],[{\"a\":[]}]]", 3).has_value());
}

TEST(JsonQuote, EscapesAndRepairs) {
  EXPECT_EQ(json_quote(""), R"("")");
  EXPECT_EQ(json_quote("a\"b\\c\n\x01é"), R"("a\"b\\c\n\u0001é")");
  EXPECT_EQ(json_quote("a\xff"), "\"a\uFFFD\"");
}

TEST(ToJson, IsCompact) {
  EXPECT_EQ(to_json(*parse_json(R"( {"a" : [1, true, "x\n"]} )")), R"({"a":[1,true,"x\n"]})");
}

TEST(Member, IsFoundByName) {
  const auto object = *parse_json(R"({"a":1,"":2,"a\u0000":3})");
  EXPECT_EQ(member(object, "a")->GetInt(), 1);
  EXPECT_EQ(member(object, "")->GetInt(), 2);
  EXPECT_EQ(member(object, "a\0"sv)->GetInt(), 3);
  EXPECT_EQ(member(object, "b"), nullptr);
  EXPECT_EQ(member(*parse_json("[1]"), "a"), nullptr);
}
