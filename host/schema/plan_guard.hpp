#pragma once
// Statements whose plan costs more than the profile allows are refused before they run.
#include "connections/registry.hpp"
#include "profile/profile.hpp"

namespace dbmux {

struct Plan;

// resource: the plan is beyond the bounds; the step is named, and the figures. Whatever else keeps the driver
// from planning is told too: without a plan nothing runs. Asks nothing where the profile sets no bounds.
Result<void> check_plan(Call&, Conn&, const Statement&, const ConnectionProfile&);
// Of a plan that is known.
Result<void> check_plan(const Plan&, const ConnectionProfile&);

}  // namespace dbmux
