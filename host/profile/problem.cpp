#include "profile/problem.hpp"

#include <algorithm>

namespace dbmux {

std::string Problem::text() const {
  std::string text = mark.text();
  for (const std::string* part : {&path, &message}) {
    if (part->empty()) continue;
    if (!text.empty()) text += ": ";
    text += *part;
  }
  return text;
}

Error Problem::error() const { return fail(Category::profile, text()).value(); }

bool any_error(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& p) { return p.severity == Problem::Severity::error; });
}

}  // namespace dbmux
