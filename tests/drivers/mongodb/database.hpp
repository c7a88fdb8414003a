#pragma once
// A database of a test's own on the MongoDB-compatible server, behind a proxy.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy.hpp"
#include "quirks.hpp"

namespace dbmux::test {

class MongoDatabase : public Database {
 public:
  explicit MongoDatabase(std::string user = "root");
  ~MongoDatabase() override;
  std::vector<Param> options() const override { return options_at(proxy_.port()); }
  std::optional<std::vector<Param>> dead_options() const override { return options_at(1); }
  std::optional<std::string> secret() const override { return "correct-horse"; }
  void hold(bool replies) override { proxy_.hold(replies); }

  Proxy& proxy() { return proxy_; }
  std::vector<Param> options_of(const std::string& user) const;

 private:
  std::vector<Param> options_at(std::uint16_t port) const;

  const std::string user_, name_;
  Proxy proxy_;
};

// A JSON cell or parameter.
inline Value json_value(std::string text) {
  Value v(std::move(text));
  v.kind = Kind::json;
  return v;
}

}  // namespace dbmux::test
