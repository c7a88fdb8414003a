// SPDX-License-Identifier: MIT-0
// What a plugin does to the process: threads, growth, state, the end.
#include <array>
#include <cstdlib>
#include <memory>
#include <thread>

#include "check/checks.hpp"
#include "check/process_state.hpp"

namespace dbmux::check::checks {
namespace {

constexpr int kCycles = 100;
constexpr int kRounds = 3;
// Less than what 100 leaks of malloc's smallest piece come to.
constexpr std::size_t kMostBytes = 2048;

// 100 cycles to warm up, then up to three times 100: what grows each time is lost, what grows once is a
// cache.
template <class Cycle>
void expect_steady(const char* what, Cycle&& cycle) {
  const auto round = [&] {
    for (int i = 0; i < kCycles; ++i) cycle();
    return footprint();
  };
  Footprint before = round();
  std::size_t bytes = 0;
  for (int i = 0; i < kRounds; ++i) {
    const auto after = round();
    const std::string of = " after " + std::to_string(kCycles) + " times " + what;
    expect(after.threads <= before.threads, "as many threads" + of + " as before",
           std::to_string(before.threads) + " became " + std::to_string(after.threads),
           "Join a thread before the function that closes what it serves returns.");
    expect(after.descriptors <= before.descriptors, "as many descriptors" + of + " as before",
           std::to_string(before.descriptors) + " became " + std::to_string(after.descriptors),
           "Close each.");
    bytes = after.bytes > before.bytes ? after.bytes - before.bytes : 0;
    if (bytes <= kMostBytes) return;
    before = after;
  }
  fail(std::string("no memory is lost by ") + what,
       std::to_string(bytes) + " bytes a hundred times, again and again: " + std::to_string(bytes / kCycles) +
           " each time",
       "Run it under valgrind or with -fsanitize=address.");
}

}  // namespace

void steady_connections(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  auto query = bench.any();
  query.most_rows = 1;
  query.batch_rows = 1;
  expect_steady("opening a session, asking and closing it", [&] {
    Conn conn(source);
    ask(conn, query);
  });
  pass();
}

void steady_sources(const Bench& bench) {
  bench.plugin.init();
  expect_steady("opening a source and closing it",
                [&] { const Source source(bench.plugin, bench.setup.options); });
  pass();
}

void other_threads(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  std::unique_ptr<Conn> conn;
  auto query = bench.any();
  query.hop = true;
  Answer answer;
  std::thread([&] { conn = std::make_unique<Conn>(source); }).join();
  std::thread([&] { answer = ask(*conn, query); }).join();
  expect(answer.ok(), "a statement whose functions are called from different threads runs",
         answer.function + "() returned " + answer.outcome.said(),
         "Keep no state in thread_local variables.");
  std::thread([&] { conn.reset(); }).join();
  pass();
}

void two_sessions(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  std::array<Answer, 2> answers;
  {
    std::array<std::thread, 2> workers;
    for (std::size_t i = 0; i < workers.size(); ++i)
      workers[i] = std::thread([&, i] {
        for (int cycle = 0; cycle < 10; ++cycle) {
          Conn conn(source);
          answers[i] = ask(conn, bench.any());
          if (!answers[i].ok()) return;
        }
      });
    for (auto& worker : workers) worker.join();
  }
  for (const auto& answer : answers)
    expect(answer.ok(), "statements of two sessions at the same time run",
           answer.function + "() returned " + answer.outcome.said());
  expect(answers[0].rows == answers[1].rows, "both get the same rows",
         std::to_string(answers[0].rows) + " and " + std::to_string(answers[1].rows));
  pass();
}

void process_state(const Bench& bench) {
  bench.plugin.init();
  {
    const Source source(bench.plugin, bench.setup.options);
    Conn conn(source);
    ask(conn, bench.any());
  }
  bench.plugin.shutdown();
  const auto& before = remembered_process_state();
  const auto after = check::process_state();
  for (std::size_t i = 0; i < before.size() && i < after.size(); ++i)
    expect(before[i].second == after[i].second, before[i].first + " stays as the host has set it",
           before[i].first + " is another one after loading, a statement and shutdown()",
           "It belongs to the host and to every other plugin.");
  pass();
}

void end_of_process(const Bench& bench) {
  bench.plugin.init();
  {
    const Source source(bench.plugin, bench.setup.options);
  }
  bench.plugin.shutdown();
  const auto threads = footprint().threads;
  expect(threads == 1, "no thread of the plugin is left after shutdown()", std::to_string(threads - 1));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  pass_if_it_ends_well();
  const Within within("a destructor at the end of the process");
  std::exit(0);
}

}  // namespace dbmux::check::checks
