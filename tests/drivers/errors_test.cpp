#include "suite.hpp"

namespace dbmux::test {
namespace {

class Errors : public DriverTest {};

TEST_P(Errors, SayWhatIsWrongAndWhere) {
  const auto conn = connect();
  set_up_shop(*conn);
  for (const auto& c : quirks().errors()) {
    const auto result = write(*conn, c.statement);
    if (result) {
      ADD_FAILURE() << "no error: " << c.name;
      continue;
    }
    const Error& e = result.error();
    EXPECT_EQ(to_string(e.category), to_string(c.category)) << c.name << ": " << e.message;
    EXPECT_FALSE(e.message.empty()) << c.name;
    EXPECT_FALSE(e.connection_dead) << c.name;
    if (!c.object.empty()) {
      EXPECT_EQ(e.object, c.object) << c.name << ": " << e.message;
    }
    if (c.position != 0) {
      EXPECT_EQ(e.position, c.position) << c.name << ": " << e.message;
    }
  }
  EXPECT_EQ(rows_of(run(*conn, quirks().echo(1), {"usable"})), Rows{quirks().echoed({"usable"})});
}

FOR_EVERY_ENGINE(Errors);

}  // namespace
}  // namespace dbmux::test
