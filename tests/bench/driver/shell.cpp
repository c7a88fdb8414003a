#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "describe/sha256.hpp"
#include "failure.hpp"
#include "measures.hpp"

namespace bench {
namespace {

constexpr double kMega = 1e6;

struct Printed {
  long rows = 0;
  std::string digest;  // of the same rows as one JSON array of objects
  double peak_rss_bytes = 0;
};

double own_peak_rss_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

Printed run_call(const Server& server, long rows) {
  Process process(server.shell_command(many_rows_sql(rows), rows), Placement::kFree);
  Printed printed;
  dbmux::Sha256 hash;
  hash.update("[");
  std::string chunk(1 << 16, '\0');
  bool comma_due = false;
  while (ssize_t got = ::read(process.output(), chunk.data(), chunk.size())) {
    if (got < 0) fail("stdout of dbmux call cannot be read");
    auto end = chunk.begin() + got;
    if (comma_due) hash.update(",");
    comma_due = end[-1] == '\n';
    printed.rows += std::count(chunk.begin(), end, '\n');
    std::replace(chunk.begin(), end, '\n', ',');
    hash.update(std::string_view(chunk).substr(0, static_cast<std::size_t>(got) - (comma_due ? 1 : 0)));
  }
  hash.update("]");
  printed.digest = hash.hex_digest();
  Process::End end = process.wait();
  if (end.status != 0)
    fail("dbmux call ended with status " + std::to_string(end.status) + "; see its stderr.log");
  if (end.peak_rss_bytes <= own_peak_rss_bytes())
    fail("the peak memory of dbmux call cannot be told from our own");
  printed.peak_rss_bytes = end.peak_rss_bytes;
  return printed;
}

std::string digest_of_yardstick(const Plan& plan, AnswerBuffer& buffer, long rows) {
  Process process(plan.yardstick.command(Shape::kObjects), Placement::kFree);
  Session session(process, buffer);
  session.handshake();
  session.send(plan.yardstick.call(Shape::kObjects, 1, many_rows_sql(rows), rows));
  Digest digest;
  digest.add(session.receive());
  return digest.hex();
}

}  // namespace

void measure_shell(const Plan& plan, AnswerBuffer& buffer, Report& report) {
  const std::array<long, 2> sizes{10'000, plan.quick ? 100'000 : 1'000'000};
  std::array<Series, 2> peaks;
  std::array<Printed, 2> printed;
  for (int round = 0; round < plan.rounds; ++round) {
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      printed[i] = run_call(plan.subject, sizes[i]);
      peaks[i].push_back(printed[i].peak_rss_bytes);
    }
  }
  report.section("dbmux call --format ndjson");
  report.table({"rows", "peak RSS MB", "lines", "rows as one array: SHA-256", "to the yardstick's"});
  bool equal = true;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    bool same = printed[i].digest == digest_of_yardstick(plan, buffer, sizes[i]);
    equal = equal && same;
    report.row({std::to_string(sizes[i]), spread(peaks[i], 2, 1 / kMega), std::to_string(printed[i].rows),
                printed[i].digest, same ? "equal" : "DIFFERENT"});
  }
  double growth = median(differences(peaks[1], peaks[0])) / kMega;
  using enum Report::Bound;
  report.target("ndjson, rows as the yardstick's", equal ? 1 : 0, kAtLeast, 1, "", 0, 0);
  report.target("ndjson, peak memory from few to many rows", growth, kAtMost, 2, " MB", 2, 0);
}

}  // namespace bench
