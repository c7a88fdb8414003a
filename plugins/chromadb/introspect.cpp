#include "introspect.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "error.hpp"
#include "json.hpp"

namespace dbmux::chromadb {

namespace {

using kit::boolean;
using kit::integer;
using kit::null_value;
using kit::text;
using rapidjson::Value;

constexpr std::size_t kCounted = 100;  // collections whose records are counted for a list
constexpr int kPage = 1000;            // collections an answer
constexpr const char* kSample = R"({"limit":100,"include":["metadatas"]})";
constexpr std::size_t kMostKeys = 500;

struct Collection {
  std::string name;
  std::int64_t dimension = -1;  // -1: nothing was added yet
};

std::string database_of(const Connection& connection, const dbmux_object& object) {
  return object.schema.len > 0 ? std::string(kit::view(object.schema)) : connection.options().database;
}

Collection collection_of(const Value& v) {
  Collection c;
  if (!v.IsObject()) return c;
  if (v.HasMember("name")) c.name = view(v["name"]);
  if (v.HasMember("dimension") && v["dimension"].IsInt64()) c.dimension = v["dimension"].GetInt64();
  return c;
}

kit::Result<std::vector<Collection>> collections_of(Connection& connection, const std::string& database,
                                                    const dbmux_object& object, std::string_view like) {
  std::vector<Collection> found;
  const std::string name(kit::view(object.name));
  if (!name.empty()) {
    auto one = connection.ask(Http::Method::get, database, "/collections/" + escaped(name), "", name);
    if (!one) return one.failure();
    if (kit::is_like(name, like)) found.push_back(collection_of(*one));
    return found;
  }
  for (int offset = 0;; offset += kPage) {
    auto page = connection.ask(
        Http::Method::get, database,
        "/collections?limit=" + std::to_string(kPage) + "&offset=" + std::to_string(offset), "", database);
    if (!page) return page.failure();
    if (!page->IsArray()) return kit::fail(DBMUX_E_INTERNAL, "the server's list of collections is none");
    for (const auto& v : page->GetArray())
      if (auto c = collection_of(v); !c.name.empty() && kit::is_like(c.name, like))
        found.push_back(std::move(c));
    if (page->Size() < kPage) break;
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return found;
}

const char* type_of(const Value& v) {
  if (v.IsString()) return "string";
  if (v.IsBool()) return "bool";
  if (v.IsInt64() || v.IsUint64()) return "int";
  if (v.IsNumber()) return "float";
  return v.IsArray() ? "array" : "object";
}

struct Key {
  std::set<std::string> types;
  std::size_t seen = 0;
  std::string type() const {
    std::string all;
    for (const auto& t : types) all += (all.empty() ? "" : "|") + t;
    return all.empty() ? "null" : all;
  }
};

struct Sample {
  std::map<std::string, Key> keys;
  std::size_t records = 0;
};

kit::Result<Sample> sampled(Connection& connection, const std::string& database, const std::string& name) {
  auto answer = connection.ask_collection(Http::Method::post, database, name, "/get", kSample);
  if (!answer) return answer.failure();
  Sample sample;
  if (!answer->IsObject() || !answer->HasMember("metadatas") || !(*answer)["metadatas"].IsArray())
    return sample;
  for (const auto& metadata : (*answer)["metadatas"].GetArray()) {
    ++sample.records;
    if (!metadata.IsObject()) continue;
    for (const auto& m : metadata.GetObject()) {
      const std::string key(view(m.name));
      if (!sample.keys.contains(key) && sample.keys.size() >= kMostKeys) continue;
      auto& k = sample.keys[key];
      if (m.value.IsNull()) continue;
      ++k.seen;
      k.types.insert(type_of(m.value));
    }
  }
  return sample;
}

}  // namespace

kit::CursorResult schemas_meta(Connection& connection, kit::Result<rapidjson::Document> databases,
                               std::string_view like) {
  if (!databases) return databases.failure();
  auto rows = kit::schema_rows();
  if (databases->IsArray())
    for (const auto& d : databases->GetArray())
      if (d.IsObject() && d.HasMember("name") && kit::is_like(view(d["name"]), like))
        rows->add({text(connection.options().tenant), text(view(d["name"])), null_value()});
  return rows;
}

kit::CursorResult objects_meta(Connection& connection, const dbmux_object& object, std::string_view like) {
  const auto database = database_of(connection, object);
  auto found = collections_of(connection, database, object, like);
  if (!found) return found.failure();
  auto rows = kit::object_rows();
  for (const auto& c : *found) {
    auto estimate = null_value();
    if (found->size() <= kCounted) {
      auto count = connection.ask_collection(Http::Method::get, database, c.name, "/count", "");
      if (!count) return count.failure();
      if (count->IsInt64()) estimate = integer(count->GetInt64());
    }
    rows->add({text(database), text(c.name), text("collection"), null_value(), estimate, null_value()});
  }
  return rows;
}

kit::CursorResult columns_meta(Connection& connection, const dbmux_object& object, std::string_view like) {
  const auto database = database_of(connection, object);
  auto found = collections_of(connection, database, object, "");
  if (!found) return found.failure();
  auto rows = kit::column_rows();
  for (const auto& c : *found) {
    std::int64_t position = 0;
    const auto add = [&](const std::string& name, const std::string& type, bool nullable, bool inferred) {
      ++position;
      if (!kit::is_like(name, like)) return;
      rows->add({text(database), text(c.name), integer(position), text(name), text(type), boolean(nullable),
                 boolean(name == "id"), null_value(), null_value(), null_value(), boolean(inferred),
                 name == "id" ? integer(1) : null_value()});
    };
    add("id", "string", false, false);
    add("document", "string", true, false);
    add("metadata", "object", true, false);
    add("embedding", c.dimension < 0 ? "float[]" : "float[" + std::to_string(c.dimension) + "]", false,
        false);
    auto sample = sampled(connection, database, c.name);
    if (!sample) return sample.failure();
    for (const auto& [name, key] : sample->keys)
      add("metadata." + name, key.type(), key.seen < sample->records, true);
  }
  return rows;
}

namespace {

// Of what is known without asking the server.
kit::CursorResult health_meta(const Options& options) {
  const std::string_view base = options.base;
  const bool tls = base.starts_with("https:");
  const auto host = base.substr(std::min(base.size(), base.find("//") + 2));
  const bool near = host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]");
  auto rows = kit::rows_of({{"check"}, {"status"}, {"value"}, {"advice"}});
  rows->add(
      {text("TLS"), text(tls || near ? "ok" : "warn"),
       text(tls    ? "on; issuer and name of the server are checked"
            : near ? "none, and none is needed on this machine"
                   : "none"),
       text(tls || near ? "" : "Everybody on the way can read along: set ssl: true, or an https:// url.")});
  return rows;
}

}  // namespace

kit::CursorResult Connection::introspect(kit::Call call, std::int32_t kind, const dbmux_object& object,
                                         std::string_view like) {
  const auto running = run(interruption(), call);
  if (interruption().due()) return interruption().stopped();
  const auto databases = [&]() -> kit::Result<rapidjson::Document> {
    auto list = http_->send(Http::Method::get, "/api/v2/tenants/" + escaped(options_.tenant) + "/databases",
                            "", false);
    if (!list) return list.failure();
    if (!good(*list)) return refusal(*list, options_.tenant, false);
    return parsed(list->body);
  };
  switch (kind) {
    case DBMUX_META_SCHEMAS:
      return schemas_meta(*this, databases(), like);
    case DBMUX_META_OBJECTS:
      return objects_meta(*this, object, like);
    case DBMUX_META_COLUMNS:
      return columns_meta(*this, object, like);
    case DBMUX_META_HEALTH:
      return health_meta(options_);
    default:
      return kit::fail(DBMUX_E_UNSUPPORTED, "ChromaDB knows nothing of this kind");
  }
}

}  // namespace dbmux::chromadb
