#include "base/json_scan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace dbmux;
using namespace std::literals;

TEST(JsonScan, AcceptsOneCompleteValue) {
  for (const std::string text : {"null",
                                 "true",
                                 "false",
                                 "0",
                                 "-0",
                                 "1.5",
                                 "1e5",
                                 "-1.5E-10",
                                 "1E+2",
                                 R"("")",
                                 R"("a")",
                                 R"("\"\\\/\b\f\n\r\t\u00e9")",
                                 R"("\ud834\udd1e")",
                                 "[]",
                                 "{}",
                                 "[ ]",
                                 "{ }",
                                 "[1]",
                                 "[1,2]",
                                 "[[],[[]]]",
                                 R"({"a":1})",
                                 R"({"a":{"b":[{}]},"c":[]})",
                                 " \t\n\r[ 1 , 2 ] ",
                                 R"({ "a" : 1 , "b" : [ ] })",
                                 "\"a string longer than one word of the scan\"",
                                 "\"日本語\""}) {
    EXPECT_TRUE(scan_json(text).complete) << text;
  }
}

TEST(JsonScan, RefusesEverythingElse) {
  for (const std::string text : {"",
                                 " ",
                                 "nul",
                                 "nulls",
                                 "True",
                                 "01",
                                 "+1",
                                 "1.",
                                 ".5",
                                 "-",
                                 "1e",
                                 "1e+",
                                 "0x1",
                                 "NaN",
                                 "Infinity",
                                 "\"",
                                 "\"a",
                                 "\"\\\"",
                                 "\"\\x\"",
                                 "\"\\u12g4\"",
                                 "\"\\u12",
                                 "\"\\ud834\"",
                                 "\"\\udd1e\"",
                                 "\"\\ud834\\u0041\"",
                                 "\"\\ud834x\"",
                                 "'a'",
                                 "[",
                                 "]",
                                 "[1",
                                 "[1,",
                                 "[1,]",
                                 "[,1]",
                                 "[1 2]",
                                 "[1]]",
                                 "{",
                                 "}",
                                 "{1:2}",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{\"a\":1,}",
                                 "{,}",
                                 "{\"a\":1 \"b\":2}",
                                 "[1}",
                                 "{\"a\":1]",
                                 "1 2",
                                 "{}{}",
                                 "[] x",
                                 "\"a\nb\"",
                                 "\"a\tb\"",
                                 "// c\n1",
                                 "\v1",
                                 "[\f]"}) {
    EXPECT_FALSE(scan_json(text).complete) << text;
  }
  EXPECT_FALSE(scan_json({"1\0", 2}).complete);
  EXPECT_FALSE(scan_json({"\"\0\"", 3}).complete);
}

TEST(JsonScan, SeesLineBreaksBetweenTokensOnly) {
  EXPECT_FALSE(scan_json(R"({"a": "x\ny"})").lines);
  EXPECT_TRUE(scan_json("{\"a\":\n1}").lines);
  EXPECT_TRUE(scan_json("[]\r").lines);
  EXPECT_FALSE(scan_json("\t[ 1 ]").lines);
}

TEST(JsonScan, CapsTheDepth) {
  const auto nested = [](unsigned n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(scan_json(nested(kJsonCellDepth)).complete);
  EXPECT_FALSE(scan_json(nested(kJsonCellDepth + 1)).complete);
}

TEST(JsonScan, FindsNumbersBeyondADouble) {
  const std::string digits(309, '9');
  for (const auto& text :
       {"1e400"s, "[-1E+309]"s, "{\"a\":1.8e308}"s, digits, digits + ".5", "9e" + digits}) {
    EXPECT_TRUE(scan_json(text).huge) << text;
    EXPECT_TRUE(scan_json(text).complete) << text;
  }
  for (const auto& text :
       {"1e308"s, "1e-400"s, "\"1e400\""s, digits.substr(1), "0." + digits, "1e-" + digits})
    EXPECT_FALSE(scan_json(text).huge) << text;
}
