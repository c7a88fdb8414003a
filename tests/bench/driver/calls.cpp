#include <numeric>

#include "awake.hpp"
#include "machine_load.hpp"
#include "measures.hpp"

namespace bench {
namespace {

constexpr long kWarmUp = 300;
constexpr int kChunks = 10;  // the servers change places that often in a round
constexpr std::size_t kInFlight = 32;

struct Figures {
  Series p50, p95, p99, cpu, rate, rate_in_flight, cpu_in_flight;
};

std::vector<std::string> requests(const Server& server, Shape shape, long first, long count) {
  std::vector<std::string> lines;
  for (long n = first; n < first + count; ++n) lines.push_back(server.call(shape, n, one_row_sql(n), 1));
  return lines;
}

// One server through one round.
class Lane {
 public:
  Lane(const Server& server, Shape shape, Placement placement, AnswerBuffer& buffer)
      : server_(server),
        shape_(shape),
        process_(server.command(shape), placement),
        session_(process_, buffer) {
    session_.handshake();
    call_in_turn(1, kWarmUp);
    reset();
  }

  // One call after the other.
  void call_in_turn(long first, long count) {
    auto lines = requests(server_, shape_, first, count);
    double cpu = process_.cpu_seconds();
    for (const auto& line : lines) {
      auto begin = Clock::now();
      session_.send(line);
      answers_.push_back(session_.receive());
      seconds_.push_back(seconds_since(begin));
    }
    cpu_ += process_.cpu_seconds() - cpu;
  }

  // With kInFlight calls unanswered until the last ones.
  void call_in_flight(long first, long count) {
    auto lines = requests(server_, shape_, first, count);
    std::size_t all = answers_.size() + lines.size();
    std::string pending;
    std::size_t next = 0;
    double cpu = process_.cpu_seconds();
    auto begin = Clock::now();
    while (next < kInFlight) pending += lines[next++];
    while (answers_.size() < all) {
      session_.send(pending);
      pending.clear();
      session_.read_more();
      while (auto answer = session_.buffer().next_line()) {
        answers_.push_back(*answer);
        if (next < lines.size()) pending += lines[next++];
      }
    }
    seconds_.push_back(seconds_since(begin));
    cpu_ += process_.cpu_seconds() - cpu;
  }

  // Both hand over what was measured since the last of them.
  void finish_in_turn(Figures& figures, Report& report) {
    figures.p50.push_back(percentile(seconds_, 0.50));
    figures.p95.push_back(percentile(seconds_, 0.95));
    figures.p99.push_back(percentile(seconds_, 0.99));
    figures.cpu.push_back(cpu_ / calls());
    figures.rate.push_back(calls() / total_seconds());
    note_answers("one-row-", report);
  }
  void finish_in_flight(Figures& figures, Report& report) {
    figures.rate_in_flight.push_back(calls() / total_seconds());
    figures.cpu_in_flight.push_back(cpu_ / calls());
    note_answers("in-flight-", report);
  }

 private:
  double calls() const { return static_cast<double>(answers_.size()); }
  double total_seconds() const { return std::accumulate(seconds_.begin(), seconds_.end(), 0.0); }

  void note_answers(const char* step, Report& report) {
    Digest digest;
    for (char* each : answers_) digest.add(each);
    report.answers(std::string(step) + shape_name(shape_), server_.name(), digest);
    reset();
  }
  void reset() {
    session_.buffer().rewind();
    answers_.clear();
    seconds_.clear();
    cpu_ = 0;
  }

  const Server& server_;
  Shape shape_;
  Process process_;
  Session session_;
  std::vector<char*> answers_;
  Series seconds_;
  double cpu_ = 0;
};

void measure_round(const Plan& plan, Shape shape, int round, std::array<AnswerBuffer, 2>& buffers,
                   Report& report, std::array<Figures, 2>& figures) {
  std::array<Lane, 2> lanes{Lane(plan.yardstick, shape, plan.placement, buffers[0]),
                            Lane(plan.subject, shape, plan.placement, buffers[1])};
  const long in_turn = plan.quick ? 100 : 300;
  const long in_flight = plan.quick ? 500 : 2000;
  for (int chunk = 0; chunk < kChunks; ++chunk) {
    take_turns(round + chunk, [&](std::size_t i) { lanes[i].call_in_turn(1 + chunk * in_turn, in_turn); });
  }
  take_turns(round, [&](std::size_t i) { lanes[i].finish_in_turn(figures[i], report); });
  for (int chunk = 0; chunk < kChunks; ++chunk) {
    take_turns(round + chunk,
               [&](std::size_t i) { lanes[i].call_in_flight(1 + chunk * in_flight, in_flight); });
  }
  take_turns(round, [&](std::size_t i) { lanes[i].finish_in_flight(figures[i], report); });
}

void print(const Plan& plan, Shape shape, const std::array<Figures, 2>& figures, double others,
           Report& report) {
  std::string suffix = std::string(", ") + shape_name(shape);
  report.table({"server" + suffix, "p50 us", "p95 us", "p99 us", "calls/s", "CPU us/call",
                "32 in flight: calls/s", "CPU us/call"});
  const std::array<const Server*, 2> servers{&plan.yardstick, &plan.subject};
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const Figures& f = figures[i];
    report.row({servers[i]->name(), spread(f.p50, 1, 1e6), spread(f.p95, 1, 1e6), spread(f.p99, 1, 1e6),
                spread(f.rate, 0), spread(f.cpu, 1, 1e6), spread(f.rate_in_flight, 0),
                spread(f.cpu_in_flight, 1, 1e6)});
  }
  const auto& [base, subject] = figures;
  Series slower = differences(subject.p50, base.p50);
  Series cpu = ratios(subject.cpu, base.cpu);
  Series rate = ratios(subject.rate_in_flight, base.rate_in_flight);
  report.row({"difference", spread(slower, 1, 1e6), spread(differences(subject.p95, base.p95), 1, 1e6),
              spread(differences(subject.p99, base.p99), 1, 1e6),
              spread(differences(subject.rate, base.rate), 0),
              spread(differences(subject.cpu, base.cpu), 1, 1e6),
              spread(differences(subject.rate_in_flight, base.rate_in_flight), 0),
              spread(differences(subject.cpu_in_flight, base.cpu_in_flight), 1, 1e6)});
  report.row({"ratio", spread(ratios(subject.p50, base.p50), 2), spread(ratios(subject.p95, base.p95), 2),
              spread(ratios(subject.p99, base.p99), 2), spread(ratios(subject.rate, base.rate), 2),
              spread(cpu, 2), spread(rate, 2), spread(ratios(subject.cpu_in_flight, base.cpu_in_flight), 2)});
  report.finish_answers(std::string("one-row-") + shape_name(shape));
  report.finish_answers(std::string("in-flight-") + shape_name(shape));
  report.line("");
  using enum Report::Bound;
  report.target("one row, p50 over the yardstick" + suffix, median(slower) * 1e6, kAtMost,
                plan.engine.one_row_us, " us", 1, others);
  report.target("one row, CPU to the yardstick's" + suffix, median(cpu), kAtMost, plan.engine.cpu_ratio, "",
                2, others);
  report.target("32 in flight, rate to the yardstick's" + suffix, median(rate), kAtLeast,
                plan.engine.in_flight_ratio, "", 2, others);
}

}  // namespace

void measure_calls(const Plan& plan, Report& report) {
  report.section("One-row calls");
  report.line(
      "SELECT * FROM orders WHERE id=k, k spread over the table; fresh processes each round, warmed up.\n");
  report.line(plan.awake ? "The processors are kept awake between calls.\n"
                         : "The processors may sleep between calls (--awake keeps them from it).\n");
  const Awake awake(plan.awake);
  std::array<AnswerBuffer, 2> buffers;
  for (Shape shape : kShapes) {
    std::array<Figures, 2> figures;
    MachineLoad load;
    for (int round = 0; round < plan.rounds; ++round)
      measure_round(plan, shape, round, buffers, report, figures);
    print(plan, shape, figures, load.others(), report);
  }
}

}  // namespace bench
