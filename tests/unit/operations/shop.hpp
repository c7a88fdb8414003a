#pragma once
// A catalogue over small SQLite databases, asked as a client asks it.
#include <gtest/gtest.h>

#include "../schema/sqlite_file.hpp"
#include "operations/builtin.hpp"

namespace dbmux {

struct Reply {
  Outcome outcome = Outcome::unknown;
  std::string text;
  std::vector<std::string> blocks;
  std::map<std::string, std::string> meta;
};

inline ConnectionProfile sqlite_profile(std::string name, const std::filesystem::path& file,
                                        Access access = Access::read_only) {
  ConnectionProfile p;
  p.name = std::move(name);
  p.plugin = "sqlite";
  p.access = access;
  p.origin = {"local.yaml", 4, 3};
  Option o;
  o.path = "filename";
  o.value.data = file.string();
  o.value.scalar = file.string();
  p.options.push_back(std::move(o));
  return p;
}

// A text of a reply's JSON by the path of keys, "" when there is none; anything but a text as JSON.
inline std::string at(const std::string& json, std::initializer_list<std::string_view> keys) {
  auto document = parse_json(json);
  EXPECT_TRUE(document) << json;
  const JsonValue* v = document ? &*document : nullptr;
  for (const auto key : keys) v = v ? member(*v, key) : nullptr;
  return !v ? "" : v->IsString() ? std::string(view(*v)) : to_json(*v);
}

// Made once, copied for each test.
inline const std::filesystem::path& finished_shop() {
  static const TemporaryFolder folder;
  static const auto file = folder.path() / "shop.db";
  if (!std::filesystem::exists(file)) {
    make_database(file, {"CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
                         R"(CREATE TABLE orders (id INTEGER PRIMARY KEY,
                              customer_id INTEGER NOT NULL REFERENCES customers (id),
                              status TEXT NOT NULL DEFAULT 'open', total NUMERIC CHECK (total >= 0)))",
                         "CREATE INDEX orders_customer_idx ON orders (customer_id)",
                         "CREATE VIEW open_orders AS SELECT id FROM orders WHERE status = 'open'",
                         "INSERT INTO customers (name) VALUES ('Ann'), ('Bob'), ('Česlav')",
                         R"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
                            INSERT INTO orders
                            SELECT i, 1 + i % 3, CASE i % 2 WHEN 0 THEN 'open' ELSE 'paid' END, i FROM n)"});
  }
  return file;
}

class Shop : public testing::Test {
 protected:
  void SetUp() override {
    shop_ = folder_.path() / "shop.db";
    std::filesystem::copy_file(finished_shop(), shop_);
    profile_.connections.push_back(sqlite_profile("shop", shop_));
  }

  // Puts everything together from profile_; again after it was changed.
  BuiltinCatalogue& catalogue() {
    if (catalogue_) return *catalogue_;
    registry_ = std::make_unique<Registry>(installed_plugins(), environment_);
    for (const auto& c : profile_.connections) EXPECT_TRUE(registry_->add(c));
    registry_->set_default(profile_.default_connection);
    context_ = std::make_unique<Context>(*registry_, profile_, journal_, broken_, one_shot_);
    catalogue_ = std::make_unique<BuiltinCatalogue>(*context_);
    return *catalogue_;
  }
  void restart() {
    catalogue_.reset();
    context_.reset();
    registry_.reset();
  }

  Reply ask(std::string_view face, std::string_view arguments = "{}", Principal principal = {}) {
    auto json = parse_json(arguments);
    EXPECT_TRUE(json) << arguments;
    Output out;
    Answer answer(out, Depth::plain);
    Call call(std::move(principal));
    Reply reply;
    reply.outcome = catalogue().run(call, face, *json, answer);
    return taken(std::move(reply), out, answer);
  }
  std::string text(std::string_view face, std::string_view arguments = "{}") {
    const auto reply = ask(face, arguments);
    EXPECT_EQ(reply.outcome, Outcome::ok) << reply.text;
    return reply.text;
  }
  std::string error(std::string_view face, std::string_view arguments = "{}") {
    const auto reply = ask(face, arguments);
    EXPECT_EQ(reply.outcome, Outcome::error) << reply.text;
    return reply.text;
  }
  Reply read(std::string_view uri) {
    Output out;
    Answer answer(out, Depth::plain);
    Call call;
    Reply reply;
    reply.outcome = catalogue().read(call, uri, answer);
    return taken(std::move(reply), out, answer);
  }
  ConnectionProfile& shop() { return profile_.connections.front(); }

  TemporaryFolder folder_;
  std::filesystem::path shop_;
  Environment environment_ = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
  Profile profile_;
  std::optional<Error> broken_;
  bool one_shot_ = false;
  RingJournal journal_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Context> context_;
  std::unique_ptr<BuiltinCatalogue> catalogue_;

 private:
  static Reply taken(Reply reply, Output& out, const Answer& answer) {
    reply.text = out.take_string();
    reply.blocks = answer.blocks();
    reply.meta = {answer.meta().begin(), answer.meta().end()};
    return reply;
  }
};

}  // namespace dbmux
