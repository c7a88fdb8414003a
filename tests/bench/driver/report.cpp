#include "report.hpp"

#include <cstdio>
#include <utility>

#include "machine_load.hpp"
#include "statistics.hpp"

namespace bench {
namespace {

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

}  // namespace

void Report::section(std::string_view title) { print("\n## " + std::string(title) + "\n"); }

void Report::line(std::string_view text) { print(text); }

void Report::table(const std::vector<std::string>& header) {
  row(header);
  std::string rule = "|";
  for (std::size_t i = 0; i < header.size(); ++i) rule += "---|";
  print(rule);
}

void Report::row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const auto& cell : cells) text += " " + cell + " |";
  print(text);
}

void Report::target(std::string what, double seen, Bound bound, double limit, const std::string& unit,
                    int decimals, double others) {
  bool most = bound == Bound::kAtMost;
  bool reached = most ? seen <= limit : seen >= limit;
  Verdict verdict = others > MachineLoad::kQuiet ? Verdict::kNotJudged
                    : reached                    ? Verdict::kReached
                                                 : Verdict::kMissed;
  targets_.push_back({std::move(what), fixed(seen, decimals) + unit,
                      (most ? "at most " : "at least ") + fixed(limit, decimals) + unit, verdict, others});
}

void Report::answers(const std::string& what, const std::string& who, const Digest& digest) {
  Step& step = steps_[what];
  bool was_equal = step.equal;
  std::string hex = digest.hex();
  if (step.runs++ == 0) step.digest = hex;
  step.equal = step.equal && hex == step.digest;
  if (!was_equal && step.last[who] != "saved") {
    digest.save(folder_ + "/" + what + "." + who);
    hex = "saved";
  }
  step.last[who] = hex;
}

void Report::finish_answers(const std::string& what) {
  const Step& step = steps_[what];
  std::string runs = " in " + std::to_string(step.runs) + " runs";
  print("\nAnswers (" + what + "): SHA-256 " + step.digest +
        (step.equal ? ", the same" + runs : ", NOT the same" + runs + "; two of them are in " + folder_));
  targets_.push_back({"answers equal, " + what, step.equal ? "equal" : "different", "equal",
                      step.equal ? Verdict::kReached : Verdict::kMissed, 0});
}

Report::Verdict Report::finish() {
  section("Targets");
  table({"target", "limit", "seen", ""});
  Verdict worst = Verdict::kReached;
  for (const auto& each : targets_) {
    std::string word = "reached";
    if (each.verdict == Verdict::kMissed) word = "**missed**";
    if (each.verdict == Verdict::kNotJudged)
      word = "not judged: others used " + fixed(each.others * 100, 0) + " %";
    row({each.what, each.limit, each.seen, word});
    if (worst != Verdict::kMissed && each.verdict != Verdict::kReached) worst = each.verdict;
  }
  if (worst == Verdict::kNotJudged)
    line("\nThe machine was busy: nothing that depends on that was judged. Run it again.");
  return worst;
}

}  // namespace bench
