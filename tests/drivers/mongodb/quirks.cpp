#include "quirks.hpp"

#include "database.hpp"

namespace dbmux::test {
namespace {

// A parameter as the driver shows it in Extended JSON.
std::string shown(const Value& v) {
  if (v.kind == Kind::null) return "null";
  if (v.kind == Kind::f64) return v.f64 == 0.1 ? "0.1" : v.f64 == -0.5 ? "-0.5" : "1e+300";
  if (v.kind == Kind::i64) {
    const auto text = std::to_string(v.i64);
    return text.size() > 16 ? R"({"$numberLong":")" + text + "\"}" : text;
  }
  if (v.kind == Kind::bytes)
    return std::string(R"({"$binary":{"base64":")") + (v.bytes.empty() ? "" : "AP8=") +
           R"(","subType":"00"}})";
  if (v.bytes.find('\0') != std::string::npos) return R"("a\u0000b")";
  return '"' + v.bytes + '"';
}

std::string literal(const std::string& which) { return R"({"$literal":{"$param":)" + which + "}}"; }

std::string echoing(const std::string& values) {
  return R"({"aggregate":1,"pipeline":[{"$documents":[{"z":0}]},{"$project":{"v":[)" + values + "]}}]}";
}

class Mongo : public Quirks {
 public:
  std::string name() const override { return "mongodb"; }
  std::string plugin() const override { return "mongodb"; }
  std::unique_ptr<Database> create() const override { return std::make_unique<MongoDatabase>(); }

  std::string numbers(std::int64_t n) const override {
    return R"({"aggregate":1,"pipeline":[{"$documents":[{"z":0}]},{"$project":{"n":{"$range":[1,)" +
           std::to_string(n + 1) + R"(]}}},{"$unwind":"$n"}]})";
  }
  // The server makes them all before it answers.
  std::int64_t most_numbers() const override { return 20'000; }
  Row number(std::int64_t i) const override { return {json_value(R"({"n":)" + std::to_string(i) + "}")}; }
  std::string long_statement() const override { return numbers(1); }  // held
  std::string echo(std::size_t parameters) const override {
    std::string values;
    for (std::size_t i = 1; i <= parameters; ++i) values += (i > 1 ? "," : "") + literal(std::to_string(i));
    return echoing(values);
  }
  Row echoed(const std::vector<Value>& values) const override {
    std::string text;
    for (const auto& v : values) text += (text.empty() ? "" : ",") + shown(v);
    return {json_value(R"({"v":[)" + text + "]}")};
  }
  std::vector<std::string> named_echoes() const override {
    return {echoing(literal("\"a\"") + "," + literal("\"b\""))};
  }

  std::vector<std::string> setup() const override {
    return {R"({"insert":"customers","documents":[
             {"_id":1,"name":"Ada","email":"ada@example.org","balance":{"$numberDecimal":"0.10"}},
             {"_id":2,"name":"Żółw","email":null,"balance":{"$numberDecimal":"0"}}]})",
            R"({"createIndexes":"customers","indexes":[{"key":{"email":1},"name":"email","unique":true}]})",
            R"({"insert":"orders","documents":[{"_id":9,"customer_id":1,"status":"open"},
             {"_id":19,"customer_id":2,"status":"paid"}]})",
            R"({"create":"checked","validator":{"n":{"$type":"int"}}})",
            R"({"create":"open_orders","viewOn":"orders","pipeline":[{"$match":{"status":"open"}},
             {"$project":{"customer_id":1}}]})"};
  }
  std::string insert_item() const override {
    return R"({"insert":"items","documents":[{"_id":{"$param":1},"name":{"$param":2}}]})";
  }
  std::string select_items() const override { return R"({"find":"items","sort":{"_id":1}})"; }
  Row item(std::int64_t id, const std::string& text) const override {
    return {json_value(R"({"_id":)" + std::to_string(id) + R"(,"name":")" + text + "\"}")};
  }

  std::vector<ErrorCase> errors() const override {
    const std::string deep = std::string(70, '[') + std::string(70, ']');
    return {
        {"syntax", R"({"find": orders})", Category::syntax, "", 10},
        {"syntax behind other letters", R"({"find": "ééé" "x"})", Category::syntax, "", 16},
        {"unfinished text", R"({"find": "orders")", Category::syntax},
        {"more behind the document", R"({"ping": 1} {})", Category::syntax},
        {"nothing", "", Category::invalid},
        {"no document", "[1]", Category::invalid},
        {"an empty document", "{}", Category::invalid},
        {"a name twice", R"({"find": "orders", "filter": {"a": 1, "a": 2}})", Category::invalid},
        {"too deep", R"({"find": "orders", "filter": {"a": )" + deep + "}}", Category::invalid},
        {"an integer beyond 64 bits", R"({"find": "orders", "limit": 9223372036854775808})",
         Category::invalid},
        {"a malformed wrapper", R"({"find": "orders", "filter": {"_id": {"$oid": "12"}}})",
         Category::invalid},
        {"unknown command", R"({"nonsense": 1})", Category::not_found, "nonsense"},
        {"unknown stage", R"({"aggregate": "orders", "pipeline": [{"$nonsense": 1}]})", Category::syntax},
        {"unknown operator", R"({"find": "orders", "filter": {"a": {"$nonsense": 1}}})", Category::invalid},
        {"missing collection", R"({"collStats": "nowhere"})", Category::not_found, "nowhere"},
        {"duplicate key", R"({"insert": "customers", "documents": [{"_id": 1}]})", Category::constraint},
        {"duplicate of a unique field",
         R"({"insert": "customers", "documents": [{"email": "ada@example.org"}]})", Category::constraint},
        {"failed validation", R"({"insert": "checked", "documents": [{"n": "one"}]})", Category::constraint},
        {"a cursor's own command", R"({"getMore": {"$numberLong": "1"}, "collection": "orders"})",
         Category::unsupported, "getMore"},
        {"a session's field", R"({"find": "orders", "txnNumber": {"$numberLong": "1"}})",
         Category::unsupported, "txnNumber"}};
  }
  std::vector<ObjectCase> objects() const override {
    return {{"customers", "collection", {"_id", "name", "email", "balance"}},
            {"orders", "collection", {"_id", "customer_id", "status"}},
            {"open_orders", "view", {"_id", "customer_id"}}};
  }

  std::set<Meta> kinds() const override {
    return {Meta::schemas, Meta::objects, Meta::columns, Meta::health};
  }
  // Where the answer is held, or the server's killOp closes the connection.
  bool survives_cancel() const override { return false; }
};

}  // namespace

const std::vector<const Quirks*>& quirks() {
  static const Mongo mongo;
  static const std::vector<const Quirks*> all{&mongo};
  return all;
}

}  // namespace dbmux::test
