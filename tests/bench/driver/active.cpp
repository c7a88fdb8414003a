#include <chrono>
#include <thread>

#include "failure.hpp"
#include "measures.hpp"

namespace bench {
namespace {

constexpr double kMega = 1e6;
constexpr auto kLook = std::chrono::milliseconds(50);
constexpr int kLooks = 200;

// Until the engine says that all of them are under way; `watcher` is another process's session.
void wait_until_active(const Server& server, const Engine::Active& active, Session& watcher) {
  for (int look = 0; look < kLooks; ++look) {
    watcher.buffer().rewind();
    watcher.send(server.call(Shape::kColumns, look + 1, active.how_many_wait, 1));
    if (std::string_view(watcher.receive()).find("[[" + std::to_string(kActive) + "]]") !=
        std::string_view::npos)
      return;
    std::this_thread::sleep_for(kLook);
  }
  fail("of " + std::to_string(kActive) + " statements not all ran at the same time");
}

double rss_with_all_active(const Plan& plan, const Engine::Active& active) {
  AnswerBuffer answers, seen;
  Process process(plan.subject.command(Shape::kColumns), Placement::kFree);
  Session session(process, answers);
  session.handshake();
  Process watching(plan.yardstick.command(Shape::kColumns), Placement::kFree);
  Session watcher(watching, seen);
  watcher.handshake();
  std::string calls;
  for (int i = 1; i <= kActive; ++i) calls += plan.subject.call(Shape::kColumns, i, active.waits, 1);
  session.send(calls);
  wait_until_active(plan.yardstick, active, watcher);
  const double rss = process.rss_bytes();
  for (int i = 0; i < kActive; ++i) {
    if (std::string_view(session.receive()).find("isError") != std::string_view::npos)
      fail("a statement that waits has failed");
  }
  return rss;
}

}  // namespace

void measure_active(const Plan& plan, Report& report) {
  if (!plan.engine.active || !plan.subject.is_dbmux() || plan.quick) return;
  report.section(std::to_string(kActive) + " active connections");
  Series rss;
  for (int round = 0; round < 3; ++round) rss.push_back(rss_with_all_active(plan, *plan.engine.active));
  report.table({"server", "RSS MB"});
  report.row({plan.subject.name(), spread(rss, 1, 1 / kMega)});
  report.target("RSS with " + std::to_string(kActive) + " active connections", median(rss) / kMega,
                Report::Bound::kAtMost, plan.engine.active->rss_mb, " MB", 1, 0);
}

}  // namespace bench
