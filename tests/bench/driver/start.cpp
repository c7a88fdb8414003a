#include <chrono>
#include <thread>

#include "machine_load.hpp"
#include "measures.hpp"

namespace bench {
namespace {

constexpr int kStartsARound = 5;
constexpr std::chrono::milliseconds kIdle{500};
constexpr double kMega = 1e6;

struct Figures {
  Series first_answer, first_row, cpu, idle, idle_after_row;
};

struct Starts {
  Series first_answer, first_row, cpu;
};

void start_once(const Server& server, AnswerBuffer& buffer, Report& report, Starts& starts) {
  Process process(server.command(Shape::kColumns), Placement::kFree);
  Session session(process, buffer);
  starts.first_answer.push_back(session.handshake());
  session.send(server.call(Shape::kColumns, 1, one_row_sql(1), 1));
  char* line = session.receive();
  starts.first_row.push_back(seconds_since(process.started()));
  starts.cpu.push_back(process.cpu_seconds());
  Digest digest;
  digest.add(line);
  report.answers("first-row", server.name(), digest);
}

double start_cold(const Plan& plan, AnswerBuffer& buffer) {
  Process process({plan.cold_program}, Placement::kFree);
  return Session(process, buffer).handshake();
}

void measure_memory(const Server& server, AnswerBuffer& buffer, Figures& figures) {
  Process process(server.command(Shape::kColumns), Placement::kFree);
  Session session(process, buffer);
  session.handshake();
  std::this_thread::sleep_for(kIdle);
  figures.idle.push_back(process.pss_bytes());
  session.send(server.call(Shape::kColumns, 1, one_row_sql(1), 1));
  session.receive();
  std::this_thread::sleep_for(kIdle);
  figures.idle_after_row.push_back(process.pss_bytes());
}

}  // namespace

void measure_start(const Plan& plan, AnswerBuffer& buffer, Report& report) {
  report.section("Start");
  report.line("From the spawn; each round the median of five starts. Idle: PSS half a second later.\n");
  const std::array<const Server*, 2> servers{&plan.yardstick, &plan.subject};
  std::array<Figures, 2> figures;
  Series cold;
  MachineLoad load;
  for (int round = 0; round < plan.rounds; ++round) {
    std::array<Starts, 2> starts;
    Series cold_starts;
    for (int i = 0; i < kStartsARound; ++i) {
      take_turns(round + i,
                 [&](std::size_t index) { start_once(*servers[index], buffer, report, starts[index]); });
      cold_starts.push_back(start_cold(plan, buffer));
    }
    cold.push_back(median(cold_starts));
    take_turns(round, [&](std::size_t index) {
      figures[index].first_answer.push_back(median(starts[index].first_answer));
      figures[index].first_row.push_back(median(starts[index].first_row));
      figures[index].cpu.push_back(median(starts[index].cpu));
      measure_memory(*servers[index], buffer, figures[index]);
    });
  }
  double others = load.others();
  report.table({"server", "initialize ms", "first row ms", "CPU to first row ms", "idle after initialize MB",
                "idle after first row MB"});
  report.row({"cold (libc only)", spread(cold, 2, 1e3), "", "", "", ""});
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const Figures& f = figures[i];
    report.row({servers[i]->name(), spread(f.first_answer, 2, 1e3), spread(f.first_row, 2, 1e3),
                spread(f.cpu, 2, 1e3), spread(f.idle, 2, 1 / kMega), spread(f.idle_after_row, 2, 1 / kMega)});
  }
  Series answer = differences(figures[1].first_answer, figures[0].first_answer);
  Series row = differences(figures[1].first_row, figures[0].first_row);
  report.row({"difference", spread(answer, 2, 1e3), spread(row, 2, 1e3),
              spread(differences(figures[1].cpu, figures[0].cpu), 2, 1e3),
              spread(differences(figures[1].idle, figures[0].idle), 2, 1 / kMega),
              spread(differences(figures[1].idle_after_row, figures[0].idle_after_row), 2, 1 / kMega)});
  report.finish_answers("first-row");
  using enum Report::Bound;
  report.target("start to first answer, over the yardstick", median(answer) * 1e3, kAtMost,
                plan.engine.first_answer_ms, " ms", 2, others);
  if (plan.engine.first_row_ms)
    report.target("start to first row, over the yardstick", median(row) * 1e3, kAtMost,
                  *plan.engine.first_row_ms, " ms", 2, others);
  report.target("idle PSS after the first answer", median(figures[1].idle) / kMega, kAtMost,
                plan.engine.idle_mb, " MB", 2, others);
}

}  // namespace bench
