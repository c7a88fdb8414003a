#include <algorithm>

#include "profile/report.hpp"

namespace dbmux {
namespace {

std::string counted(std::size_t n, std::string_view one) {
  return std::to_string(n) + ' ' + std::string(one) + (n == 1 ? "" : "s");
}

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

std::string state_of(const ConnectionProfile& connection, const std::optional<std::vector<Problem>>& found) {
  if (connection.disabled) return "disabled";
  if (!found) return "plugin not installed, keys unchecked";
  return any_error(*found) ? "cannot be used" : "ready";
}

}  // namespace

CheckResult check_profile(const ProfileReport& report, const std::filesystem::path& file,
                          const OptionCheck& check) {
  CheckResult result;
  std::vector<Problem> problems = report.problems;
  std::string connections;
  std::size_t width = 0;
  if (report.profile) {
    for (const ConnectionProfile& connection : report.profile->connections)
      width = std::max(width, connection.name.size());
    for (const ConnectionProfile& connection : report.profile->connections) {
      const auto found = check(connection);
      if (found) problems.insert(problems.end(), found->begin(), found->end());
      connections += "  " + padded(connection.name, width) + "  " + padded(connection.plugin, 10) + "  " +
                     padded(to_string(connection.access), 10) + "  " + state_of(connection, found) + '\n';
      if (connection.disabled)
        problems.push_back({{}, {}, connection.disabled->message, Problem::Severity::warning});
    }
    for (const std::string& warning : report.profile->warnings)
      if (std::none_of(problems.begin(), problems.end(),
                       [&](const Problem& p) { return p.text() == warning; }))
        problems.push_back({{}, {}, warning, Problem::Severity::warning});
  }
  const auto errors =
      static_cast<std::size_t>(std::count_if(problems.begin(), problems.end(), [](const Problem& p) {
        return p.severity == Problem::Severity::error;
      }));
  result.ok = errors == 0;
  result.text = file.string() + '\n' + connections;
  for (const Problem& problem : problems) {
    Problem shown = problem;
    if (problem.severity == Problem::Severity::warning) result.text += "warning: ";
    result.text += shown.text() + '\n';
  }
  if (result.ok)
    result.text += "ok: " + counted(report.profile ? report.profile->connections.size() : 0, "connection") +
                   (report.profile && !report.profile->operator_tools.empty()
                        ? ", " + counted(report.profile->operator_tools.size(), "tool") + " of your own"
                        : "");
  else
    result.text += counted(errors, "error");
  if (problems.size() > errors) result.text += ", " + counted(problems.size() - errors, "warning");
  result.text += '\n';
  return result;
}

}  // namespace dbmux
