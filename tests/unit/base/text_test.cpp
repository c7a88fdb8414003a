#include "base/text.hpp"

#include <gtest/gtest.h>

#include <limits>

using namespace dbmux;
using namespace std::literals;

namespace {

const std::vector<std::string> kWellFormed{"",           "abc",
                                           "é",          "€",
                                           "𝄞",          "\u0080",
                                           "\u07ff",     "\u0800",
                                           "\uD7FF",     "\uE000",
                                           "\uffff",     "\U00010000",
                                           "\U0010ffff", "a long text with an é and then some more €",
                                           "a\0b"s};
const std::vector<std::string> kBroken{"\x80",
                                       "\xbf",
                                       "\xc0\x80",
                                       "\xc1\xbf",
                                       "\xc3",
                                       "\xc3\x28",
                                       "\xe0\x80\x80",
                                       "\xe0\x9f\xbf",
                                       "\xe2\x82",
                                       "\xed\xa0\x80",
                                       "\xed\xbf\xbf",
                                       "\xf0\x80\x80\x80",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xf0\x9d\x84",
                                       "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80",
                                       "\xfe",
                                       "\xff",
                                       "twelve bytes and then \xff",
                                       "é\xa9"};

}  // namespace

TEST(Utf8, KnowsWellFormedText) {
  for (const auto& text : kWellFormed) EXPECT_TRUE(is_utf8(text)) << text;
  for (const auto& text : kBroken) EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, FindsABreakAtEveryPlace) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text[at] = '\x80';
    EXPECT_FALSE(is_utf8(text)) << at;
    EXPECT_EQ(utf8_replaced(text), std::string(at, 'a') + "\uFFFD" + std::string(39 - at, 'a'));
  }
}

TEST(Utf8, ReplacesWhatIsBroken) {
  for (const auto& text : kWellFormed) EXPECT_EQ(utf8_replaced(text), text);
  for (const auto& text : kBroken) EXPECT_TRUE(is_utf8(utf8_replaced(text))) << text;
  EXPECT_EQ(utf8_replaced("a\xff"
                          "b\xe2\x82"),
            "a\uFFFDb\uFFFD");
}

TEST(Utf8, CutsOnACharacterEdge) {
  EXPECT_EQ(utf8_prefix("abc", 5), "abc");
  EXPECT_EQ(utf8_prefix("abc", 3), "abc");
  EXPECT_EQ(utf8_prefix("abc", 2), "ab");
  EXPECT_EQ(utf8_prefix("aé", 2), "a");
  EXPECT_EQ(utf8_prefix("a€b", 3), "a");
  EXPECT_EQ(utf8_prefix("a€b", 4), "a€");
  EXPECT_EQ(utf8_prefix("𝄞", 3), "");
  EXPECT_EQ(utf8_prefix("abc", 0), "");
  EXPECT_EQ(utf8_prefix(std::string(10, '\x80'), 6).size(), 6U);  // no edge is near
}

TEST(Utf8, CountsCharacters) {
  EXPECT_EQ(utf8_length(""), 0);
  EXPECT_EQ(utf8_length("abc"), 3);
  EXPECT_EQ(utf8_length("aé€𝄞"), 4);
}

TEST(Thousands, AreSeparatedByCommas) {
  EXPECT_EQ(thousands(0), "0");
  EXPECT_EQ(thousands(999), "999");
  EXPECT_EQ(thousands(1000), "1,000");
  EXPECT_EQ(thousands(18'204), "18,204");
  EXPECT_EQ(thousands(1'234'567), "1,234,567");
  EXPECT_EQ(thousands(-999), "-999");
  EXPECT_EQ(thousands(-1000), "-1,000");
  EXPECT_EQ(thousands(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(HumanDuration, NamesTheTwoLargestUnits) {
  EXPECT_EQ(human_duration(0), "0 ms");
  EXPECT_EQ(human_duration(250), "250 ms");
  EXPECT_EQ(human_duration(1000), "1 s");
  EXPECT_EQ(human_duration(1500), "1.5 s");
  EXPECT_EQ(human_duration(1040), "1 s");
  EXPECT_EQ(human_duration(30'000), "30 s");
  EXPECT_EQ(human_duration(30'900), "30 s");
  EXPECT_EQ(human_duration(60'000), "1 min");
  EXPECT_EQ(human_duration(90'000), "1 min 30 s");
  EXPECT_EQ(human_duration(3'600'000), "1 h");
  EXPECT_EQ(human_duration(3'605'000), "1 h");
  EXPECT_EQ(human_duration(5'400'000), "1 h 30 min");
  EXPECT_EQ(human_duration(90'000'000), "1 d 1 h");
}

TEST(EqualIgnoringCase, ComparesAsciiLetters) {
  EXPECT_TRUE(equal_ignoring_case("SELECT", "select"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
}

TEST(Joined, PutsTheSeparatorBetween) {
  EXPECT_EQ(joined({}, ", "), "");
  const std::vector<std::string> parts{"a", "b", "c"};
  EXPECT_EQ(joined({parts.data(), 1}, ", "), "a");
  EXPECT_EQ(joined(parts, ", "), "a, b, c");
}

TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xfb\xef\xff"), "++//");
}

TEST(FromBase64, DecodesBothAlphabetsWithOrWithoutPadding) {
  for (const auto& bytes : {""s, "f"s, "fo"s, "foo"s, "foob"s, "\xfb\xef\xff"s, "\0\0"s})
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
  EXPECT_EQ(from_base64("Zg"), "f");
  EXPECT_EQ(from_base64("--__"), from_base64("++//"));
}

TEST(FromBase64, RefusesWhatIsNotBase64) {
  for (const auto* text : {"Z", "Zm9vY", "Zm 9", "Zm9v\n", "Zm=v", "é"})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}
