#include "database.hpp"
#include "suite.hpp"

namespace dbmux::test {
namespace {

class MongoValues : public DriverTest {
 protected:
  // The one value of a document that was stored and found again.
  std::string stored(const std::string& text) {
    auto& conn = connection();
    write(conn, R"({"delete":"v","deletes":[{"q":{},"limit":0}]})").value();
    const auto done = write(conn, R"({"insert":"v","documents":[{"_id":1,"v":)" + text + "}]}");
    if (!done) return "not stored: " + done.error().message;
    return found();
  }
  std::string found() {
    const auto rows = rows_of(run(connection(), R"({"find":"v","projection":{"_id":0}})"));
    if (rows.size() != 1) return "rows: " + std::to_string(rows.size());
    const std::string& json = rows[0][0].bytes;
    return json.substr(5, json.size() - 6);  // of {"v":…}
  }
  Conn& connection() {
    if (!conn_) conn_ = connect();
    return *conn_;
  }
  std::unique_ptr<Conn> conn_;
};

TEST_P(MongoValues, AreShownExactlyAndMeanTheSameWhenTheyAreSentBack) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"null", "null"},
      {"true", "true"},
      {"2147483647", "2147483647"},
      {"2147483648", "2147483648"},
      {"9007199254740991", "9007199254740991"},
      {"9007199254740993", R"({"$numberLong":"9007199254740993"})"},
      {"-9223372036854775808", R"({"$numberLong":"-9223372036854775808"})"},
      {R"({"$numberLong":"5"})", "5"},
      {R"({"$numberInt":"5"})", "5"},
      {"0.1", "0.1"},
      {"1.0", "1.0"},
      {"-0.0", "-0.0"},
      {"1e300", "1e+300"},
      {R"({"$numberDouble":"NaN"})", R"({"$numberDouble":"NaN"})"},
      {R"({"$numberDouble":"-Infinity"})", R"({"$numberDouble":"-Infinity"})"},
      {R"({"$numberDecimal":"12345678901234567890.1234567890"})",
       R"({"$numberDecimal":"12345678901234567890.1234567890"})"},
      {R"("a\u0000b \"q\" \\ é 🙂")", R"("a\u0000b \"q\" \\ é 🙂")"},
      {R"({"$oid":"0123456789abcdef01234567"})", R"({"$oid":"0123456789abcdef01234567"})"},
      {R"({"$date":"2026-02-28T23:59:59.999Z"})", R"({"$date":"2026-02-28T23:59:59.999Z"})"},
      {R"({"$date":"2026-03-01T01:30:00+01:30"})", R"({"$date":"2026-03-01T00:00:00Z"})"},
      {R"({"$date":"1900-01-01"})", R"({"$date":{"$numberLong":"-2208988800000"}})"},
      {R"({"$binary":{"base64":"AP8Q","subType":"05"}})", R"({"$binary":{"base64":"AP8Q","subType":"05"}})"},
      {R"({"$binary":"AA==","$type":"80"})", R"({"$binary":{"base64":"AA==","subType":"80"}})"},
      {R"({"$uuid":"00112233-4455-6677-8899-aabbccddeeff"})",
       R"({"$binary":{"base64":"ABEiM0RVZneImaq7zN3u/w==","subType":"04"}})"},
      {R"({"$regularExpression":{"pattern":"^a\"","options":"i"}})",
       R"({"$regularExpression":{"pattern":"^a\"","options":"i"}})"},
      {R"({"$timestamp":{"t":4294967295,"i":1}})", R"({"$timestamp":{"t":4294967295,"i":1}})"},
      {R"({"$minKey":1})", R"({"$minKey":1})"},
      {R"([1,{"a":[]},"x"])", R"([1,{"a":[]},"x"])"}};
  for (const auto& [sent, shown] : cases) {
    EXPECT_EQ(stored(sent), shown);
    EXPECT_EQ(stored(shown), shown);
  }
}

TEST_P(MongoValues, OfAParameterKeepTheirType) {
  struct Case {
    Value value;
    std::string type, bson_type, shown;
  };
  Value number("12345678901234567890.5");
  number.kind = Kind::number;
  Value floats(std::string("\0\0\x80\x3f", 4));
  floats.kind = Kind::f32s;
  Value yes(1);
  yes.kind = Kind::boolean;
  const std::vector<Case> cases{
      {1, "", "long", "1"},
      {1.0, "", "double", "1.0"},
      {yes, "", "bool", "true"},
      {number, "", "decimal", R"({"$numberDecimal":"12345678901234567890.5"})"},
      {"$name", "", "string", R"("$name")"},
      {json_value(R"({"a":[1,{"$param":1}]})"), "", "object", R"({"a":[1,{"$param":1}]})"},
      {json_value("[]"), "", "array", "[]"},
      {blob("x"), "", "binData", R"({"$binary":{"base64":"eA==","subType":"00"}})"},
      {floats, "", "binData", R"({"$binary":{"base64":"JwAAAIA/","subType":"09"}})"},
      {"0123456789abcdef01234567", "objectId", "objectId", R"({"$oid":"0123456789abcdef01234567"})"},
      {"2026-01-01T00:00:00Z", "date", "date", R"({"$date":"2026-01-01T00:00:00Z"})"},
      {7, "int", "int", "7"},
      {"0.10", "decimal", "decimal", R"({"$numberDecimal":"0.10"})"}};
  for (const auto& c : cases) {
    auto& conn = connection();
    write(conn, R"({"delete":"v","deletes":[{"q":{},"limit":0}]})").value();
    const std::vector<Param> given{param(c.value, "", c.type)};
    const std::string text = R"({"insert":"v","documents":[{"_id":1,"v":{"$param":1}}]})";
    const auto done = run(conn, Statement{.language = {}, .text = text, .params = given, .read_only = false});
    ASSERT_TRUE(done) << c.shown << ": " << done.error().message;
    EXPECT_EQ(found(), c.shown);
    // libbson's own reader of JSON refuses this filter.
    const auto typed = R"({"find":"v","filter":{"v":{"$type":")" + c.bson_type + "\"}}}";
    const bool unwound = c.bson_type == "array";  // $type asks the elements of an array, too
    if (!unwound) {
      EXPECT_EQ(rows_of(run(conn, typed)).size(), 1u) << typed;
    }
  }
}

TEST_P(MongoValues, OfATypeThatIsNotKnownOrDoesNotFitAreRefused) {
  const std::string text = R"({"find":"v","filter":{"v":{"$param":1}}})";
  const std::vector<std::pair<Param, Category>> cases{{param("x", "", "objectId"), Category::invalid},
                                                      {param("2026-02-30", "", "date"), Category::invalid},
                                                      {param("x", "", "varchar"), Category::unsupported},
                                                      {param(json_value("{"), ""), Category::syntax}};
  for (const auto& [given, category] : cases) {
    const auto result = run(connection(), Statement{.language = {}, .text = text, .params = {&given, 1}});
    ASSERT_FALSE(result) << given.text;
    EXPECT_EQ(to_string(result.error().category), to_string(category)) << result.error().message;
  }
}

TEST_P(MongoValues, ThatAreTooLongAreAPrefixThatSaysSo) {
  auto& conn = connection();
  stored(R"("aéz山🙂!")");
  const std::string text = R"({"find":"v","projection":{"_id":0}})", whole = R"({"v":"aéz山🙂!"})";
  for (std::uint32_t bytes = 1; bytes < whole.size(); ++bytes) {
    const auto rows =
        rows_of(run(conn, Statement{.language = {}, .text = text, .params = {}, .max_cell_bytes = bytes}));
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_TRUE(rows[0][0].truncated);
    EXPECT_LE(rows[0][0].bytes.size(), bytes);
    EXPECT_GT(rows[0][0].bytes.size() + 4, bytes);
    EXPECT_TRUE(whole.starts_with(rows[0][0].bytes));
  }
}

FOR_EVERY_ENGINE(MongoValues);

}  // namespace
}  // namespace dbmux::test
