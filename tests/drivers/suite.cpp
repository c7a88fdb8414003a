#include "suite.hpp"

#include <map>
#include <mutex>

namespace dbmux::test {

std::filesystem::path plugin_file(const std::string& id) {
  return std::filesystem::path(DBMUX_BUILD_DIR) / "plugins" / (id + ".so");
}

std::shared_ptr<Plugin> loaded(const std::string& id) {
  static std::map<std::string, std::shared_ptr<Plugin>> plugins;
  auto& plugin = plugins[id];
  if (!plugin) {
    auto result = Plugin::load(plugin_file(id));
    if (!result) {
      ADD_FAILURE() << result.error().message;
      return nullptr;
    }
    plugin = *result;
  }
  return plugin;
}

Result<Table> fetch(Cursor& cursor) {
  Table table;
  auto columns = cursor.columns();
  if (!columns) return fail(columns.error());
  for (const auto& c : *columns) table.columns.emplace_back(c);
  for (;;) {
    auto batch = cursor.next_batch();
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) break;
    EXPECT_EQ(batch->columns, table.columns.size());
    table.batches.push_back(batch->rows);
    for (std::uint32_t r = 0; r < batch->rows; ++r) {
      Row row;
      for (std::uint32_t c = 0; c < batch->columns; ++c)
        row.emplace_back(batch->cells[r * batch->columns + c]);
      table.rows.push_back(std::move(row));
    }
  }
  auto summary = cursor.summary();
  if (!summary) return fail(summary.error());
  table.summary = std::move(*summary);
  return table;
}

Result<Table> run(Conn& conn, const Statement& statement) {
  Call call;
  auto cursor = conn.execute(call, statement);
  if (!cursor) return fail(cursor.error());
  auto table = fetch(**cursor);
  auto closed = (*cursor)->close();
  if (table && !closed) return fail(closed.error());
  return table;
}

Result<Table> run(Conn& conn, std::string_view text, const std::vector<Value>& values) {
  const auto given = params(values);
  return run(conn, Statement{.language = {}, .text = text, .params = given});
}

Result<Table> write(Conn& conn, std::string_view text, const std::vector<Value>& values) {
  const auto given = params(values);
  return run(conn, Statement{.language = {}, .text = text, .params = given, .read_only = false});
}

Rows rows_of(const Result<Table>& table) {
  if (table) return table->rows;
  ADD_FAILURE() << to_string(table.error().category) << ": " << table.error().message;
  return {};
}

void DriverTest::SetUp() {
  database_ = quirks().create();
  source_ = open_source();
  ASSERT_TRUE(source_);
}

std::shared_ptr<Source> DriverTest::open_source() {
  auto source = open_source(database_->options(), database_->secret().value_or(""));
  if (source) return *source;
  ADD_FAILURE() << source.error().message;
  return nullptr;
}

Result<std::shared_ptr<Source>> DriverTest::open_source(std::span<const Param> options, std::string secret) {
  const auto plugin = loaded(quirks().plugin());
  if (!plugin) return fail(Category::plugin, "the plugin does not load");
  Call call;
  return plugin->open(
      call, options,
      [secret = std::move(secret)](Call&, std::string_view) -> Result<std::string> { return secret; });
}

std::unique_ptr<Conn> DriverTest::connect(bool read_only) {
  Call call;
  auto conn = source_->connect(call, read_only);
  if (conn) return std::move(*conn);
  throw std::runtime_error("cannot connect: " + conn.error().message);
}

void DriverTest::set_up_shop(Conn& conn) {
  for (const auto& statement : quirks().setup()) {
    const auto done = write(conn, statement);
    ASSERT_TRUE(done) << statement << "\n" << done.error().message;
  }
}

}  // namespace dbmux::test
