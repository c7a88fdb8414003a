#include "machine_load.hpp"
#include "measures.hpp"

namespace bench {
namespace {

constexpr double kMega = 1e6;

struct Figures {
  Series seconds, bytes_per_second, cpu, peak;
};

std::string step_name(long rows, Shape shape) {
  return (rows >= 1'000'000 ? std::to_string(rows / 1'000'000) + "M" : std::to_string(rows / 1000) + "k") +
         "-rows-" + shape_name(shape);
}

Figures measure(const Server& server, Shape shape, long rows, const Plan& plan, AnswerBuffer& buffer,
                Digest& digest) {
  Process process(server.command(shape), plan.placement);
  Session session(process, buffer);
  session.handshake();
  session.send(server.call(shape, 1, one_row_sql(1), 1));
  session.receive();

  std::string request = server.call(shape, 2, many_rows_sql(rows), rows);
  buffer.rewind();
  double cpu = process.cpu_seconds();
  auto begin = Clock::now();
  session.send(request);
  char* line = session.receive();
  double seconds = seconds_since(begin);
  cpu = process.cpu_seconds() - cpu;
  Figures figures{
      {seconds}, {static_cast<double>(buffer.filled()) / seconds}, {cpu}, {process.peak_rss_bytes()}};
  digest.add(line);
  return figures;
}

void append(Figures& to, const Figures& from) {
  to.seconds.push_back(from.seconds.front());
  to.bytes_per_second.push_back(from.bytes_per_second.front());
  to.cpu.push_back(from.cpu.front());
  to.peak.push_back(from.peak.front());
}

void measure_size(const Plan& plan, Shape shape, long rows, AnswerBuffer& buffer, Report& report) {
  std::string step = step_name(rows, shape);
  std::array<Figures, 2> figures;
  MachineLoad load;
  const std::array<const Server*, 2> servers{&plan.yardstick, &plan.subject};
  for (int round = 0; round < plan.rounds; ++round) {
    take_turns(round, [&](std::size_t index) {
      Digest digest;
      append(figures[index], measure(*servers[index], shape, rows, plan, buffer, digest));
      report.answers(step, servers[index]->name(), digest);
    });
  }
  double others = load.others();
  report.table({"server, " + step, "s", "MB/s", "CPU s", "peak RSS MB"});
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const Figures& f = figures[i];
    report.row({servers[i]->name(), spread(f.seconds, 3), spread(f.bytes_per_second, 0, 1 / kMega),
                spread(f.cpu, 3), spread(f.peak, 1, 1 / kMega)});
  }
  const auto& [base, subject] = figures;
  Series speed = ratios(subject.bytes_per_second, base.bytes_per_second);
  report.row({"difference", spread(differences(subject.seconds, base.seconds), 3),
              spread(differences(subject.bytes_per_second, base.bytes_per_second), 0, 1 / kMega),
              spread(differences(subject.cpu, base.cpu), 3),
              spread(differences(subject.peak, base.peak), 1, 1 / kMega)});
  report.row({"ratio", spread(ratios(subject.seconds, base.seconds), 2), spread(speed, 2),
              spread(ratios(subject.cpu, base.cpu), 2), spread(ratios(subject.peak, base.peak), 2)});
  report.finish_answers(step);
  report.line("");
  report.target(step + ", bytes a second to the yardstick's", median(speed), Report::Bound::kAtLeast,
                plan.engine.rows_ratio, "", 2, others);
  if (plan.engine.peak_mb)
    report.target(step + ", peak memory", median(subject.peak) / kMega, Report::Bound::kAtMost,
                  *plan.engine.peak_mb, " MB", 1, 0);
}

}  // namespace

void measure_rows(const Plan& plan, AnswerBuffer& buffer, Report& report) {
  report.section("Many rows");
  report.line(
      "SELECT * FROM orders ORDER BY id LIMIT n in one answer; a fresh process each round, connected "
      "before.\n");
  Digest touches_the_buffer;
  measure(plan.yardstick, Shape::kObjects, plan.quick ? 100'000 : 1'000'000, plan, buffer,
          touches_the_buffer);
  for (Shape shape : kShapes) {
    measure_size(plan, shape, 100'000, buffer, report);
    if (!plan.quick) measure_size(plan, shape, 1'000'000, buffer, report);
  }
}

}  // namespace bench
