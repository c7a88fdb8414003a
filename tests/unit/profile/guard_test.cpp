// What `guard` says, and what is wrong with it.
#include <gtest/gtest.h>

#include "profile/load.hpp"
#include "profile/report.hpp"

namespace dbmux {
namespace {

auto parsed(const std::string& yaml) {
  return parse_profile(yaml, "prod.yaml", [](std::string_view) { return std::optional<std::string>(); });
}

TEST(Guard, StandsInDefaultsAndInConnectionsWhichMayLiftABound) {
  const auto report = parsed(R"(dbmux: 1
defaults: {guard: {max_cost: 5e6, full_scan_rows: 10000000}}
connections:
  as_all: {plugin: p}
  stricter: {plugin: p, guard: {maxCost: 100.5}}
  free: {plugin: p, guard: {max_cost: none, full_scan_rows: none}}
)");
  for (const auto& problem : report.problems) ADD_FAILURE() << problem.text();
  ASSERT_TRUE(report.profile);
  const auto& c = report.profile->connections;
  ASSERT_EQ(c.size(), 3u);
  EXPECT_EQ(c[0].guard.max_cost, 5e6);
  EXPECT_EQ(c[0].guard.full_scan_rows, 10'000'000);
  EXPECT_EQ(c[1].guard.max_cost, 100.5);
  EXPECT_EQ(c[1].guard.full_scan_rows, 10'000'000);
  EXPECT_FALSE(c[2].guard.set());
  const auto shown = show_profile(*report.profile, ShowFormat::yaml, [](const auto&, auto) { return false; });
  EXPECT_NE(shown.find("guard:\n      max_cost: 100.5\n      full_scan_rows: 10000000\n"), std::string::npos)
      << shown;
}

TEST(Guard, IsCheckedLikeEveryOtherKey) {
  const std::pair<const char*, const char*> cases[] = {
      {"max_cost: -1", "connections.a.guard.max_cost: expected a number above 0, or none, not '-1'"},
      {"max_cost: dear", "connections.a.guard.max_cost: expected a number above 0, or none, not 'dear'"},
      {"full_scan_rows: 0.5", "connections.a.guard.full_scan_rows: expected a whole number from 1, or none"},
      {"max_costs: 5", "connections.a.guard.max_costs: unknown key; did you mean 'max_cost'?"},
  };
  for (const auto& [guard, words] : cases) {
    const auto report =
        parsed(std::string("dbmux: 1\nconnections:\n  a: {plugin: p, guard: {") + guard + "}}\n");
    ASSERT_EQ(report.problems.size(), 1u) << guard;
    EXPECT_NE(report.problems[0].text().find(words), std::string::npos) << report.problems[0].text();
  }
}

}  // namespace
}  // namespace dbmux
