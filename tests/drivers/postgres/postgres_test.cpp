#include "postgres_test.hpp"

namespace dbmux::test {

std::shared_ptr<Source> PostgresTest::open_source(const std::vector<Param>& options) {
  Call call;
  auto source =
      loaded("postgres")->open(call, options, [this](Call&, std::string_view) -> Result<std::string> {
        return *database_.secret();
      });
  if (!source) throw std::runtime_error(source.error().message);
  return *source;
}

Result<std::unique_ptr<Conn>> PostgresTest::try_connect(const std::vector<Param>& options, bool read_only) {
  Call call({}, Clock::now() + std::chrono::seconds(30));
  return open_source(options)->connect(call, read_only);
}

std::unique_ptr<Conn> PostgresTest::connect(const std::vector<Param>& options, bool read_only) {
  auto conn = try_connect(options, read_only);
  if (!conn) throw std::runtime_error("cannot connect: " + conn.error().message);
  return std::move(*conn);
}

Result<std::unique_ptr<Cursor>> PostgresTest::start(Conn& conn, Call& call, std::string_view text,
                                                    bool read_only) {
  return conn.execute(call, Statement{.language = {}, .text = text, .params = {}, .read_only = read_only});
}

std::string PostgresTest::cell(Conn& conn, std::string_view text) {
  const auto rows = rows_of(run(conn, text));
  if (rows.size() == 1 && rows[0].size() == 1) {
    const auto& value = rows[0][0];
    return value.kind == Kind::i64 ? std::to_string(value.i64) : value.bytes;
  }
  ADD_FAILURE() << text;
  return {};
}

void PostgresTest::expect_usable(Conn& conn) {
  EXPECT_FALSE(conn.dead());
  EXPECT_EQ(rows_of(run(conn, "SELECT $1", {"usable"})), Rows{{"usable"}});
}

}  // namespace dbmux::test
