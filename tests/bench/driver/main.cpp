// Compares dbmux with the yardstick. Started by ../run, which builds both and makes the data.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "failure.hpp"
#include "machine_load.hpp"
#include "measures.hpp"

namespace bench {
namespace {

constexpr int kRounds = 9;
constexpr int kRoundsQuick = 3;

using Options = std::map<std::string, std::string, std::less<>>;

struct Part {
  std::string_view name;
  void (*measure)(const Plan&, AnswerBuffer&, Report&);
};
constexpr std::array kParts{
    Part{"shell",
         [](const Plan& plan, AnswerBuffer& buffer, Report& report) {
           if (plan.subject.is_dbmux()) measure_shell(plan, buffer, report);
         }},
    Part{"start", measure_start},
    Part{"calls",
         [](const Plan& plan, AnswerBuffer& /*buffer*/, Report& report) { measure_calls(plan, report); }},
    Part{"rows", measure_rows},
    Part{"active",
         [](const Plan& plan, AnswerBuffer& /*buffer*/, Report& report) { measure_active(plan, report); }},
};

// "": all.
std::string_view part_named(const Options& options) {
  const auto asked = options.find("--part");
  if (asked == options.end()) return "";
  if (std::any_of(kParts.begin(), kParts.end(), [&](const Part& part) { return part.name == asked->second; }))
    return asked->second;
  fail("there is no part '" + asked->second + "'");
}

Options read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    if (word == "--quick" || word == "--noise" || word == "--free" || word == "--apart" ||
        word == "--awake") {
      options[std::string(word)] = "yes";
    } else if (word.starts_with("--") && i + 1 < argc) {
      options[std::string(word)] = argv[++i];
    } else {
      fail("unknown argument " + std::string(word));
    }
  }
  for (const char* needed : {"--engine", "--yardsticks", "--database", "--work", "--dbmux", "--profile"}) {
    if (!options.contains(needed)) fail(std::string(needed) + " is missing");
  }
  return options;
}

Plan make_plan(Options& options) {
  bool quick = options.contains("--quick");
  int rounds = options.contains("--rounds") ? std::atoi(options["--rounds"].c_str())
               : quick                      ? kRoundsQuick
                                            : kRounds;
  if (rounds < 1) fail("--rounds takes a number from 1 on");
  std::string program = options["--yardsticks"] + "/yardstick_" + options["--engine"];
  Server subject = options.contains("--noise")
                       ? Server::yardstick("yardstick again", program, options["--database"])
                       : Server::dbmux(options["--dbmux"], options["--profile"]);
  const auto& engine = engine_named(options["--engine"]);
  const bool apart = options.contains("--apart") || (engine.apart && !options.contains("--free"));
  return {engine,
          rounds,
          quick,
          Server::yardstick("yardstick", program, options["--database"]),
          subject,
          apart ? Placement::kApart : Placement::kFree,
          options["--yardsticks"] + "/yardstick_cold",
          options.contains("--awake")};
}

void give_up(int /*signal*/) {
  constexpr std::string_view kWhat = "bench: a server did not answer within five minutes\n";
  [[maybe_unused]] auto written = ::write(STDERR_FILENO, kWhat.data(), kWhat.size());
  Process::kill_running();
  ::_exit(2);
}

int run(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::at_quick_exit(Process::kill_running);
  std::signal(SIGALRM, give_up);
  Options options = read_options(argc, argv);
  const auto only = part_named(options);
  if (options.contains("--serves")) MachineLoad::count_server(std::atoi(options["--serves"].c_str()));
  Plan plan = make_plan(options);
  Process::log_to(options["--work"]);
  AnswerBuffer buffer;
  Report report(options["--work"]);
  report.line(
      plan.subject.name() + " against the yardstick: " + std::to_string(plan.rounds) +
      " interleaved rounds; median [least..most] of the rounds, differences and ratios round by round.");
  if (plan.rounds < kRounds) report.line("Fewer than nine rounds: to look, not to judge by.");
  for (const auto& part : kParts)
    if (only.empty() || part.name == only) part.measure(plan, buffer, report);
  switch (report.finish()) {
    case Report::Verdict::kReached:
      return 0;
    case Report::Verdict::kMissed:
      return 1;
    case Report::Verdict::kNotJudged:
      break;
  }
  return 2;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::run(argc, argv); }
