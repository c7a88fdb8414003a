#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "answer.hpp"

namespace bench {

// What was measured, as Markdown on stdout, and which targets were reached.
class Report {
 public:
  explicit Report(std::string folder) : folder_(std::move(folder)) {}

  void section(std::string_view title);
  void line(std::string_view text);
  void table(const std::vector<std::string>& header);
  void row(const std::vector<std::string>& cells);

  enum class Bound { kAtMost, kAtLeast };
  // `others` is their share of the machine meanwhile (MachineLoad); on a machine that is not quiet the target
  // is not judged, because a contended machine favours whichever server has more threads. 0 for what does not
  // depend on it.
  void target(std::string what, double seen, Bound bound, double limit, const std::string& unit, int decimals,
              double others);

  // Notes the answers that `who` gave in one round of the step `what`. All of a step must be the same bytes;
  // where they are not, the next answers of each go to the file WHAT.WHO in the folder.
  void answers(const std::string& what, const std::string& who, const Digest& digest);
  // Prints the digest of the step and makes a target of its being one.
  void finish_answers(const std::string& what);

  enum class Verdict { kReached, kMissed, kNotJudged };
  // Prints every target with its verdict. The worst of all; a miss is worse than not being judged.
  Verdict finish();

 private:
  struct Target {
    std::string what, seen, limit;
    Verdict verdict;
    double others;
  };
  struct Step {
    std::string digest;
    int runs = 0;
    bool equal = true;
    std::map<std::string, std::string> last;  // by who
  };

  std::string folder_;
  std::vector<Target> targets_;
  std::map<std::string, Step> steps_;
};

}  // namespace bench
