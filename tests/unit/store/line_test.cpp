#include "store/line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

using namespace dbmux;

TEST(Line, HasTheChecksumOfZlib) {
  EXPECT_EQ(crc32(""), 0U);
  EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
}

TEST(Line, ComesBackAsItWas) {
  for (const std::string json : {R"({})", R"({"a":"\n"})", R"({"statement":"é"})"}) {
    const auto line = framed(json);
    ASSERT_TRUE(line.ends_with('\n'));
    EXPECT_EQ(unframed(std::string_view(line).substr(0, line.size() - 1)), json);
  }
}

TEST(Line, IsRefusedWhereAnyByteIsMissingOrAnother) {
  const auto whole = framed(R"({"statement":"SELECT 1"})");
  const std::string_view line = std::string_view(whole).substr(0, whole.size() - 1);
  for (std::size_t n = 0; n < line.size(); ++n) EXPECT_EQ(unframed(line.substr(0, n)), "") << n;
  for (std::size_t n = 1; n < line.size(); ++n) EXPECT_EQ(unframed(line.substr(n)), "") << n;
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string changed(line);
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(unframed(changed), "") << i;
  }
}

TEST(Line, OfAnotherFormIsNoRecord) {
  for (const char* text :
       {"", " ", "{}", "00000000", "00000000 ", "0000000 {}", "+0000000 {}", "zzzzzzzz {}"})
    EXPECT_EQ(unframed(text), "") << text;
}

TEST(Line, WithItsDigitsInUpperCaseIsNoRecord) {
  auto line = framed(R"({"statement":"SELECT 1"})");
  line.pop_back();
  ASSERT_EQ(unframed(line), R"({"statement":"SELECT 1"})");
  std::transform(line.begin(), line.begin() + 8, line.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  EXPECT_EQ(unframed(line), "") << line;
}
