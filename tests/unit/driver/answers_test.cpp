// What the room makes of a plugin's rows and errors.
#include <cmath>

#include "scripted_session.hpp"

namespace dbmux::test {
namespace {

class Answers : public Session {};

TEST_F(Answers, HandsOverEveryKindOfCell) {
  Call call;
  auto cursor = execute(call, R"({"columns":["a","b","c","d","e","f","g","h","i","j"],"rows":[[null,true,-1,)"
                              R"(18446744073709551615,{"f64":"nan"},{"number":"12.50"},"text",{"json":"{}"},)"
                              R"({"bytes":"00ff"},{"f32s":[1.5]}]]})");
  ASSERT_TRUE(cursor) << cursor.error().message;
  const auto batch = (*cursor)->next_batch();
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->columns, 10u);
  const auto& c = batch->cells;
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(static_cast<std::size_t>(c[i].kind), i);
  EXPECT_EQ(c[1].i64, 1);
  EXPECT_EQ(c[2].i64, -1);
  EXPECT_EQ(c[3].u64, 18446744073709551615u);
  EXPECT_TRUE(std::isnan(c[4].f64));
  EXPECT_EQ(c[5].view(), "12.50");
  EXPECT_EQ(c[8].view(), std::string_view("\0\xFF", 2));
  EXPECT_EQ(c[9].len, 4u);
}

TEST_F(Answers, AnUnknownKindOfCellFailsTheCall) {
  const Error e = error_of(R"({"columns":["a"],"rows":[[{"kind":77}]]})");
  EXPECT_EQ(e.category, Category::internal);
}

TEST_F(Answers, TellsColumns) {
  Call call;
  auto cursor = execute(
      call,
      R"js({"columns":[{"name":"p","type":"numeric(12,2)","kind":5,"origin":"s.t.p","nullable":false},"q"],"rows":[]})js");
  ASSERT_TRUE(cursor);
  const auto columns = (*cursor)->columns();
  ASSERT_TRUE(columns);
  ASSERT_EQ(columns->size(), 2u);
  EXPECT_EQ((*columns)[0].native_type, "numeric(12,2)");
  EXPECT_EQ((*columns)[0].origin, "s.t.p");
  EXPECT_EQ((*columns)[0].kind, Kind::number);
  EXPECT_EQ((*columns)[0].nullable, 0);
  EXPECT_EQ((*columns)[1].nullable, -1);
}

TEST_F(Answers, WalksThroughSeveralResults) {
  Call call;
  auto cursor = execute(call,
                        "{\"columns\":[\"a\"],\"rows\":[[1],[2]],\"affected\":5}\n"
                        "{\"columns\":[\"b\",\"c\"],\"rows\":[[3,4]]}\n"
                        "error {\"category\":\"conflict\",\"message\":\"third\"}");
  ASSERT_TRUE(cursor);
  EXPECT_EQ((*cursor)->columns()->size(), 1u);
  EXPECT_EQ((*cursor)->next_batch()->rows, 2u);
  EXPECT_EQ((*cursor)->next_batch()->rows, 0u);
  EXPECT_EQ((*cursor)->summary()->rows_affected, 5);
  ASSERT_TRUE((*cursor)->next_result().value());
  EXPECT_EQ((*cursor)->columns()->size(), 2u);
  EXPECT_EQ((*cursor)->next_batch()->rows, 1u);
  EXPECT_EQ((*cursor)->next_batch()->rows, 0u);
  const auto third = (*cursor)->next_result();
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().category, Category::conflict);
}

TEST_F(Answers, CarriesEveryPartOfAnError) {
  const Error e = error_of(
      R"(error {"category":"constraint","message":"m","sqlstate":"23505","position":7,"line":2,"object":"o",)"
      R"("detail":"d","hint":"h","flags":["retryable","may_have_run","transaction_failed"]})");
  EXPECT_EQ(e.category, Category::constraint);
  EXPECT_EQ(e.message, "m");
  EXPECT_EQ(e.code, "23505");
  EXPECT_EQ(e.position, 7);
  EXPECT_EQ(e.line, 2);
  EXPECT_EQ(e.object, "o");
  EXPECT_EQ(e.detail, "d");
  EXPECT_EQ(e.hint, "h");
  EXPECT_TRUE(e.retryable && e.may_have_run && e.transaction_failed);
  EXPECT_FALSE(e.connection_dead);
}

TEST_F(Answers, LeavesOutWhatAnErrorDoesNotSay) {
  for (int i = 0; i < 20; ++i) {
    const Error e = error_of(R"(error {"category":"denied","message":"no"})");
    EXPECT_EQ(e.position, 0);
    EXPECT_EQ(e.line, 0);
    EXPECT_EQ(e.code, "");
    EXPECT_FALSE(e.retryable || e.may_have_run || e.transaction_failed || e.connection_dead);
  }
  EXPECT_EQ(error_of(R"(error {"category":"denied","code":1205})").code, "1205");
}

TEST_F(Answers, OneErrorLeavesNothingInTheNext) {
  static_cast<void>(error_of(
      R"(error {"category":"conflict","message":"m","sqlstate":"40001","code":8,"position":7,"line":2,"object":"o",)"
      R"("flags":["retryable","may_have_run","transaction_failed"]})"));
  const Error e = error_of("fail-silently");
  EXPECT_EQ(e.category, Category::denied);
  EXPECT_FALSE(e.message.empty());
  EXPECT_EQ(e.code, "");
  EXPECT_EQ(e.object, "");
  EXPECT_EQ(e.position, 0);
  EXPECT_EQ(e.line, 0);
  EXPECT_FALSE(e.retryable || e.may_have_run || e.transaction_failed || e.connection_dead);
}

struct CategoryCase {
  const char* name;
  Category category;
};

TEST_F(Answers, KnowsEveryCategoryAndTakesAnUnknownOneAsInternal) {
  for (const auto& [name, category] : {CategoryCase{R"("invalid")", Category::invalid},
                                       {R"("unsupported")", Category::unsupported},
                                       {R"("syntax")", Category::syntax},
                                       {R"("not_found")", Category::not_found},
                                       {R"("exists")", Category::exists},
                                       {R"("auth")", Category::auth},
                                       {R"("connection")", Category::connection},
                                       {R"("timeout")", Category::timeout},
                                       {R"("cancelled")", Category::cancelled},
                                       {R"("resource")", Category::resource},
                                       {R"("read_only")", Category::read_only},
                                       {R"("not_understood")", Category::not_understood},
                                       {R"("lock_timeout")", Category::timeout},
                                       {"999", Category::internal},
                                       {"-1", Category::internal}}) {
    const std::string script = std::string(R"(error {"message":"m","category":)") + name + "}";
    EXPECT_EQ(to_string(error_of(script).category), to_string(category)) << name;
  }
  EXPECT_EQ(error_of(R"(error {"category":"lock_timeout"})").waited_for, WaitedFor::lock);
  EXPECT_EQ(error_of(R"(error {"category":"timeout"})").waited_for, WaitedFor::execution);
}

TEST_F(Answers, KeepsErrorTextValidWhateverThePluginSends) {
  const std::string lengthy(5000, 'x');
  EXPECT_EQ(error_of("error {\"message\":\"" + lengthy + "\"}").message, lengthy.substr(0, 1023));
  EXPECT_EQ(error_of("error {\"message\":\"broken \xC3(\"}").message, "broken \xEF\xBF\xBD(");
}

}  // namespace
}  // namespace dbmux::test
