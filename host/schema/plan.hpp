#pragma once
// The plan of a statement, as the driver's engine would run it (plugin.h, DBMUX_EXT_EXPLAIN).
#include <optional>
#include <string>
#include <vector>

#include "connections/registry.hpp"

namespace dbmux {

struct PlanStep {
  std::string op, object, warning;
  std::optional<double> cost;     // with that of the steps below it
  std::optional<double> scanned;  // rows of the whole object that it reads; absent where something narrows it
  int depth = 0;
};

struct Plan {
  std::optional<double> cost, rows, ms;  // ms: of a measured one
  std::string text;
  std::vector<PlanStep> steps;  // a step before those that it takes its rows from
};

// measured: the statement is run for it and undone.
Result<Plan> plan_of(Call&, Conn&, const Statement&, bool measured);

}  // namespace dbmux
