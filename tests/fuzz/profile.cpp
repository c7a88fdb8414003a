// The text of a profile: whatever stands there, it is a profile or has problems with their places, and shown
// it keeps its secrets.
#include "expect.hpp"
#include "profile/load.hpp"
#include "profile/report.hpp"

using namespace dbmux;

namespace {

std::optional<std::string> variable(std::string_view name) {
  if (name == "HOME") return "/home/fuzz";
  if (name == "DBMUX_HOME") return "/home/fuzz/dbmux";
  if (name == "A") return "value";
  if (name == "EMPTY") return "";
  if (name == "NESTED") return "${A}";
  if (name == "PORT") return "5000";
  return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto report = parse_profile(text, "fuzz.yaml", variable);
  fuzz::expect(report.profile.has_value() != any_error(report.problems), "neither a profile nor an error");
  for (const auto& problem : report.problems) {
    fuzz::expect(!problem.message.empty(), "a problem without words");
    fuzz::expect(problem.mark.line >= 0 && problem.mark.column >= 0, "a place that is none", problem.text());
  }
  const auto checked =
      check_profile(report, "fuzz.yaml", [](const ConnectionProfile&) { return std::nullopt; });
  fuzz::expect(checked.ok == report.profile.has_value() && checked.text.ends_with('\n'),
               "a check of another mind");
  if (!report.profile) return 0;
  for (const auto format : {ShowFormat::yaml, ShowFormat::json}) {
    const auto shown = show_profile(*report.profile, format,
                                    [](const ConnectionProfile&, std::string_view) { return true; });
    fuzz::expect(!shown.empty(), "nothing to show");
  }
  return 0;
}
