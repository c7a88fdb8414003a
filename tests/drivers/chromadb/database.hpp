#pragma once
// A database of a test's own on a ChromaDB server, behind a proxy.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy.hpp"
#include "quirks.hpp"

namespace dbmux::test {

class ChromaDatabase : public Database {
 public:
  // Holds the collections "numbers" (ids 1 to kNumbers, in order) and "echo", whose ids are all the texts
  // that the suites want to see again.
  static constexpr int kNumbers = 1000;

  ChromaDatabase();
  ~ChromaDatabase() override;
  std::vector<Param> options() const override { return options_at(proxy_.port()); }
  std::optional<std::vector<Param>> dead_options() const override { return options_at(1); }
  std::optional<std::string> secret() const override { return "open-sesame"; }
  void hold(bool replies) override { proxy_.hold(replies); }

  Proxy& proxy() { return proxy_; }

 private:
  std::vector<Param> options_at(std::uint16_t port) const;

  const std::string name_;
  Proxy proxy_;
};

// A JSON cell or parameter.
inline Value json_value(std::string text) {
  Value v(std::move(text));
  v.kind = Kind::json;
  return v;
}

}  // namespace dbmux::test
