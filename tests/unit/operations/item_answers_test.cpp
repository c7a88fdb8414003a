// Rows of content in the shapes of the catalogue.
#include "operations/item_answers.hpp"

#include <gtest/gtest.h>

namespace dbmux {
namespace {

ContentRow text_row(std::string text, std::string extra = {}) {
  ContentRow row;
  row.type = "text";
  row.text = std::move(text);
  row.has_text = true;
  row.extra = std::move(extra);
  return row;
}

ContentRow bytes_row(std::string type, std::string bytes, std::string mime_type) {
  ContentRow row;
  row.type = std::move(type);
  row.bytes = std::move(bytes);
  row.has_bytes = true;
  row.mime_type = std::move(mime_type);
  return row;
}

ContentRow at_uri(ContentRow row, std::string uri) {
  row.uri = std::move(uri);
  return row;
}

ContentRow of_type(ContentRow row, std::string type) {
  row.type = std::move(type);
  return row;
}

struct Blocks {
  bool failed = false;
  std::string text, structured;
  std::vector<std::string> more;
};

Blocks blocks(const std::vector<ContentRow>& rows) {
  Output out;
  Answer answer(out, Depth::plain);
  const auto failed = add_blocks(rows, answer);
  EXPECT_TRUE(failed) << failed.error().message;
  Blocks made{failed && *failed, out.take_string(), answer.structured(), {}};
  for (const auto& content : answer.contents()) made.more.push_back(content.json);
  return made;
}

TEST(AToolsAnswer, BeginsWithItsFirstText) {
  const auto made = blocks({text_row("one"), text_row("two")});
  EXPECT_EQ(made.text, "one");
  EXPECT_EQ(made.more, std::vector<std::string>{R"({"type":"text","text":"two"})"});
  EXPECT_FALSE(made.failed);
}

TEST(AToolsAnswer, KeepsTheOrderWhereTheFirstIsNoPlainText) {
  const auto made = blocks({text_row("one", R"({"annotations":{"priority":1}})"), text_row("two")});
  EXPECT_EQ(made.text, "");
  EXPECT_EQ(made.more,
            (std::vector<std::string>{R"({"type":"text","text":"one","annotations":{"priority":1}})",
                                      R"({"type":"text","text":"two"})"}));
}

TEST(AToolsAnswer, HoldsEveryKindOfContent) {
  auto link = at_uri(of_type({}, "resource_link"), "a://b");
  link.extra = R"({"title":"T","size":3,"uri":"never"})";
  const auto made = blocks({bytes_row("image", "png", "image/png"), bytes_row("audio", "wav", "audio/wav"),
                            at_uri(of_type(text_row("t"), "resource"), "a://t"),
                            at_uri(bytes_row("resource", std::string("\0b", 2), ""), "a://b"), link});
  EXPECT_EQ(made.more, (std::vector<std::string>{
                           R"({"type":"image","data":"cG5n","mimeType":"image/png"})",
                           R"({"type":"audio","data":"d2F2","mimeType":"audio/wav"})",
                           R"({"type":"resource","resource":{"uri":"a://t","text":"t"}})",
                           R"({"type":"resource","resource":{"uri":"a://b","blob":"AGI="}})",
                           R"({"type":"resource_link","uri":"a://b","name":"a://b","title":"T","size":3})"}));
}

TEST(AToolsAnswer, MayBeStructuredAndMayHaveFailed) {
  auto structured = of_type({}, "structured");
  structured.extra = R"({"n":1})";
  const auto made = blocks({of_type(text_row("it broke"), "error"), structured});
  EXPECT_TRUE(made.failed);
  EXPECT_EQ(made.text, "it broke");
  EXPECT_EQ(made.structured, R"({"n":1})");
}

struct Wrong {
  const char* name;
  ContentRow row;
  const char* message;
};
void PrintTo(const Wrong& w, std::ostream* out) { *out << w.name; }

class AWrongRow : public testing::TestWithParam<Wrong> {};

TEST_P(AWrongRow, OfAToolIsTheFaultOfThePlugin) {
  Output out;
  Answer answer(out, Depth::plain);
  const auto done = add_blocks({GetParam().row}, answer);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().category, Category::internal);
  EXPECT_EQ(done.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, AWrongRow,
    testing::Values(
        Wrong{"type", of_type({}, "video"),
              "the plugin answered with 'video', which has no place in a tool's answer"},
        Wrong{"no_type", {}, "the plugin answered with '', which has no place in a tool's answer"},
        Wrong{"value", of_type(text_row("v"), "value"),
              "the plugin answered with 'value', which has no place in a tool's answer"},
        Wrong{"image", of_type(text_row("png"), "image"),
              "the plugin answered with image that lacks data or mime_type"},
        Wrong{"audio", bytes_row("audio", "wav", ""),
              "the plugin answered with audio that lacks data or mime_type"},
        Wrong{"resource", of_type(text_row("t"), "resource"),
              "the plugin answered with a resource without uri"},
        Wrong{"link", of_type({}, "resource_link"), "the plugin answered with a resource_link without uri"},
        Wrong{"structured", of_type(text_row("{}"), "structured"),
              "the plugin answered with 'structured' that has no extra"}),
    [](const auto& w) { return std::string(w.param.name); });

TEST(PartsOfAResource, AreNamedAfterItUnlessTheySayOtherwise) {
  Output out;
  Answer answer(out, Depth::plain);
  ASSERT_TRUE(add_parts({text_row("t"), at_uri(bytes_row("resource", "b", "m"), "a://2")}, "a://1", answer));
  ASSERT_EQ(answer.contents().size(), 2U);
  EXPECT_EQ(answer.contents()[0].json, R"({"uri":"a://1","text":"t"})");
  EXPECT_EQ(answer.contents()[1].json, R"({"uri":"a://2","mimeType":"m","blob":"Yg=="})");
  const auto wrong = add_parts({bytes_row("image", "b", "m")}, "a://1", answer);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "the plugin answered with 'image', which has no place in a resource");
}

TEST(MessagesOfAPrompt, AreTheUsersUnlessTheySayOtherwise) {
  PromptAnswer answer;
  auto second = text_row("b");
  second.role = "assistant";
  ASSERT_TRUE(add_messages({text_row("a"), second}, answer));
  ASSERT_EQ(answer.messages.size(), 2U);
  EXPECT_EQ(answer.messages[0].role, "user");
  EXPECT_EQ(answer.messages[1].role, "assistant");
  EXPECT_EQ(answer.messages[1].content.json, R"({"type":"text","text":"b"})");
  second.role = "system";
  const auto wrong = add_messages({second}, answer);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message,
            "the plugin answered with a message of 'system'; there are: user, assistant");
}

TEST(ValuesOfACompletion, AreCutAtAHundred) {
  auto first = of_type(text_row("v0"), "value");
  first.extra = R"({"total":250,"hasMore":false})";
  std::vector<ContentRow> rows{first};
  for (int i = 1; i < 101; ++i) rows.push_back(of_type(text_row("v" + std::to_string(i)), "value"));
  Completion completion;
  add_values(rows, completion);
  EXPECT_EQ(completion.values.size(), 100U);
  EXPECT_EQ(completion.values.back(), "v99");
  EXPECT_EQ(completion.total, 250);
  EXPECT_TRUE(completion.has_more);
}

}  // namespace
}  // namespace dbmux
