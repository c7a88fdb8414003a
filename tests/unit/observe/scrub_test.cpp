#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "observe/log.hpp"

using namespace dbmux;

TEST(Scrub, ReplacesASecretWhereverItStands) {
  scrub("hunter2hunter2");
  EXPECT_EQ(scrubbed("hunter2hunter2"), "***");
  EXPECT_EQ(scrubbed("xhunter2hunter2x and hunter2hunter2"), "x***x and ***");
  EXPECT_EQ(scrubbed("hunter2"), "hunter2");
  EXPECT_EQ(scrubbed(""), "");
}

TEST(Scrub, LeavesNoRestOfSecretsThatOverlapOrContainEachOther) {
  scrub("abcdef-inner");
  scrub("prefix-abcdef-inner-suffix");
  scrub("inner-suffix-more");
  EXPECT_EQ(scrubbed("<prefix-abcdef-inner-suffix>"), "<***>");
  EXPECT_EQ(scrubbed("<abcdef-inner>"), "<***>");
  EXPECT_EQ(scrubbed("<abcdef-inner-suffix-more>"), "<***>");
}

TEST(Scrub, FindsSelfOverlappingOccurrences) {
  scrub("zqzqz");
  EXPECT_EQ(scrubbed("zqzqzqz"), "***");
}

TEST(Scrub, KnowsThePercentEncodedForm) {
  scrub("p@ss/wörd");
  EXPECT_EQ(scrubbed("://u:p%40ss%2Fw%C3%B6rd@h"), "://u:***@h");
  EXPECT_EQ(scrubbed("p@ss/wörd"), "***");
}

TEST(Scrub, ReplacesShortSecretsOnlyAsWords) {
  scrub("q7");
  EXPECT_EQ(scrubbed("password=q7;"), "password=***;");
  EXPECT_EQ(scrubbed("q7"), "***");
  EXPECT_EQ(scrubbed("faq7 q77"), "faq7 q77");
}

TEST(Scrub, IgnoresTheEmptySecret) {
  scrub("");
  EXPECT_EQ(scrubbed("anything"), "anything");
}

TEST(Scrub, WorksWhileSecretsAreAdded) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 50; ++i) {
        const auto secret = "thread-secret-" + std::to_string(t) + '-' + std::to_string(i) + "!";
        scrub(secret);
        EXPECT_EQ(scrubbed("<" + secret + ">"), "<***>");
      }
    });
  }
  for (auto& thread : threads) thread.join();
}
