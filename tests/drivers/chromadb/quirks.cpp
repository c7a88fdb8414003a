#include "quirks.hpp"

#include "database.hpp"

namespace dbmux::test {
namespace {

class Chroma : public Quirks {
 public:
  std::string name() const override { return "chromadb"; }
  std::string plugin() const override { return "chromadb"; }
  std::unique_ptr<Database> create() const override { return std::make_unique<ChromaDatabase>(); }

  std::string numbers(std::int64_t n) const override {
    return R"({"get":"numbers","include":[],"limit":)" + std::to_string(n) + "}";
  }
  std::int64_t most_numbers() const override { return ChromaDatabase::kNumbers; }
  Row number(std::int64_t i) const override { return {std::to_string(i)}; }
  std::string long_statement() const override { return numbers(1); }  // held
  // The server gives back nothing but what it holds: ids.
  std::string echo(std::size_t parameters) const override {
    std::string ids;
    for (std::size_t i = 1; i <= parameters; ++i)
      ids += (i > 1 ? "," : "") + (R"({"$param":)" + std::to_string(i) + "}");
    return R"({"get":"echo","include":[],"ids":[)" + ids + "]}";
  }
  Row echoed(const std::vector<Value>& values) const override { return {values.back()}; }
  std::vector<Value> parameters() const override { return {"it's; -- 'quoted'"}; }
  std::vector<std::string> named_echoes() const override {
    return {R"({"get":"echo","include":[],"limit":{"$param":"a"},"ids":[{"$param":"b"}]})"};
  }

  std::vector<std::string> setup() const override {
    return {R"({"create":"customers","metadata":{"about":"the shop"}})",
            R"({"add":"customers","ids":["1","2"],"embeddings":[[1,0.5],[0,1]],"documents":["Ada","Żółw"],
             "metadatas":[{"email":"ada@example.org","balance":0.5},{"balance":1}]})",
            R"({"create":"items"})"};
  }
  std::string insert_item() const override {
    return R"({"add":"items","ids":[{"$param":2}],"documents":[{"$param":2}],"embeddings":[[1]],
      "metadatas":[{"id":{"$param":1}}]})";
  }
  std::string select_items() const override { return R"({"get":"items"})"; }
  Row item(std::int64_t id, const std::string& text) const override {
    return {text, text, json_value(R"({"id":)" + std::to_string(id) + "}")};
  }

  std::vector<ErrorCase> errors() const override {
    return {{"syntax", R"({"get": orders})", Category::syntax, "", 9},
            {"unfinished text", R"({"get": "orders")", Category::syntax},
            {"nothing", "", Category::invalid},
            {"no document", "[1]", Category::invalid},
            {"an empty document", "{}", Category::invalid},
            {"unknown verb", R"({"select": "items"})", Category::invalid, "select"},
            {"unknown field", R"({"get": "items", "filter": {}})", Category::invalid, "filter"},
            {"a name twice", R"({"get": "items", "limit": 1, "limit": 2})", Category::invalid},
            {"missing collection", R"({"get": "nowhere"})", Category::not_found, "nowhere"},
            {"missing collection to write to", R"({"delete": "nowhere", "ids": ["1"]})", Category::not_found,
             "nowhere"},
            {"collection exists", R"({"create": "items"})", Category::exists, "items"},
            {"unknown operator", R"({"get": "items", "where": {"a": {"$nonsense": 1}}})", Category::invalid},
            {"unknown include", R"({"get": "items", "include": ["nonsense"]})", Category::invalid},
            {"another dimension", R"({"query": "customers", "query_embeddings": [[1, 2, 3]]})",
             Category::invalid},
            {"no vector", R"({"query": "customers"})", Category::invalid}};
  }
  std::vector<ObjectCase> objects() const override {
    return {{"customers",
             "collection",
             {"id", "document", "metadata", "embedding", "metadata.balance", "metadata.email"}},
            {"items", "collection", {"id", "document", "metadata", "embedding"}}};
  }

  std::set<Meta> kinds() const override {
    return {Meta::schemas, Meta::objects, Meta::columns, Meta::health};
  }
};

}  // namespace

const std::vector<const Quirks*>& quirks() {
  static const Chroma chroma;
  static const std::vector<const Quirks*> all{&chroma};
  return all;
}

}  // namespace dbmux::test
