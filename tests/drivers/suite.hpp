#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "quirks.hpp"

namespace dbmux::test {

std::shared_ptr<Plugin> loaded(const std::string& id);  // once a process

// Runs to the end of the first result.
Result<Table> fetch(Cursor&);
Result<Table> run(Conn&, const Statement&);
Result<Table> run(Conn&, std::string_view text, const std::vector<Value>& values = {});    // read-only
Result<Table> write(Conn&, std::string_view text, const std::vector<Value>& values = {});  // not read-only
// The rows, or a failure of the test and none.
Rows rows_of(const Result<Table>&);

// A database with its source. Not connected.
class DriverTest : public testing::TestWithParam<const Quirks*> {
 protected:
  void SetUp() override;

  const Quirks& quirks() const { return *GetParam(); }
  std::shared_ptr<Source> open_source();  // another one, on the same database
  Result<std::shared_ptr<Source>> open_source(std::span<const Param> options, std::string secret);
  std::unique_ptr<Conn> connect(bool read_only = false);
  void set_up_shop(Conn&);

  std::unique_ptr<Database> database_;
  std::shared_ptr<Source> source_;
};

// Of the suites in sql/: the engine's quirks are SqlQuirks.
class SqlTest : public DriverTest {
 protected:
  const SqlQuirks& quirks() const { return dynamic_cast<const SqlQuirks&>(DriverTest::quirks()); }
};

// Instantiates a suite for each variant of this executable's engine.
#define FOR_EVERY_ENGINE(Suite)                                                       \
  INSTANTIATE_TEST_SUITE_P(Engine, Suite, testing::ValuesIn(::dbmux::test::quirks()), \
                           [](const auto& engine) { return engine.param->name(); })

}  // namespace dbmux::test
