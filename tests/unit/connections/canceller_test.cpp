#include "connections/canceller.hpp"

#include "scripted_session.hpp"

namespace dbmux {
namespace {

std::shared_ptr<Source> source(std::string option_name, std::int64_t ms) {
  auto plugin = scripted_plugins().plugin("scripted");
  Param p;
  p.name = std::move(option_name);
  p.kind = Kind::i64;
  p.i64 = ms;
  Call call;
  auto opened = (*plugin)->open(call, {&p, 1}, {});
  EXPECT_TRUE(opened);
  return *opened;
}

std::unique_ptr<Conn> connect(Source& source) {
  Call call;
  return std::move(*source.connect(call, true));
}

TEST(Canceller, HasCancelledOnceItWasWaitedFor) {
  const auto s = source("cancel_delay_ms", 20);
  const auto conn = connect(*s), other = connect(*s);
  Canceller canceller;
  for (std::uint64_t id = 1; id <= 3; ++id) canceller.cancel(*conn, id);
  canceller.wait_for(*conn);
  EXPECT_EQ(counted(*other, "cancels"), 3);
}

TEST(Canceller, DoesNotLetOneSessionWaitWhenNothingIsQueuedForIt) {
  const auto s = source("cancel_delay_ms", 0);
  const auto conn = connect(*s);
  Canceller canceller;
  canceller.wait_for(*conn);  // nothing was ever asked for: there is not even a thread
  EXPECT_EQ(counted(*conn, "cancels"), 0);
}

TEST(Canceller, EndsOnlyAfterEverythingThatWasAskedFor) {
  const auto s = source("close_delay_ms", 20);
  const auto observer = connect(*s);
  {
    Canceller canceller;
    for (int i = 0; i < 3; ++i)
      canceller.run([conn = std::shared_ptr<Conn>(connect(*s))]() mutable { conn.reset(); });
  }
  EXPECT_EQ(counted(*observer, "closed_conns"), 3);
}

}  // namespace
}  // namespace dbmux
