#include "schema/plan_guard.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "schema/plan.hpp"

namespace dbmux {

namespace {

std::string whole(double number) {
  return number < 9e15 ? thousands(static_cast<std::int64_t>(std::ceil(number))) : "more than 9e15";
}

std::string named(const PlanStep& step) {
  return step.object.empty() ? step.op : step.op + " of " + step.object;
}

// The step that costs most by itself; nullptr where the engine tells no costs of steps.
const PlanStep* dearest(const Plan& plan) {
  const PlanStep* found = nullptr;
  double most = -1;
  for (auto step = plan.steps.begin(); step != plan.steps.end(); ++step) {
    double own = step->cost.value_or(-1);
    for (auto below = step + 1; below != plan.steps.end() && below->depth > step->depth; ++below)
      if (below->depth == step->depth + 1) own -= below->cost.value_or(0);
    if (own <= most) continue;
    most = own;
    found = &*step;
  }
  return found;
}

Error refused(std::string why, const std::string& bound, const ConnectionProfile& profile) {
  Error e;
  e.category = Category::resource;
  e.message = "Not run: " + std::move(why);
  e.limit = "guard " + bound + " of connection '" + profile.name + "'";
  e.hint = "Filter on an indexed column, ask for a smaller part, or look at explain_query.";
  return e;
}

}  // namespace

Result<void> check_plan(const Plan& plan, const ConnectionProfile& profile) {
  const auto& guard = profile.guard;
  if (guard.full_scan_rows > 0) {
    const auto most = static_cast<double>(guard.full_scan_rows);
    const auto step = std::find_if(plan.steps.begin(), plan.steps.end(),
                                   [&](const PlanStep& s) { return s.scanned.value_or(0) > most; });
    if (step != plan.steps.end()) {
      auto e = refused("it would read about " + whole(step->scanned.value_or(0)) + " rows to find its own (" +
                           named(*step) + "), and whole tables may be read here up to " +
                           thousands(guard.full_scan_rows) + " rows.",
                       "full_scan_rows " + thousands(guard.full_scan_rows), profile);
      e.object = step->object;
      return fail(std::move(e));
    }
  }
  if (guard.max_cost <= 0 || !plan.cost || *plan.cost <= guard.max_cost) return {};
  const auto* step = dearest(plan);
  auto e = refused("its plan costs " + whole(*plan.cost) + (step ? ", most of it for " + named(*step) : "") +
                       ", and plans may cost " + whole(guard.max_cost) + " here.",
                   "max_cost " + whole(guard.max_cost), profile);
  if (step) e.object = step->object;
  return fail(std::move(e));
}

Result<void> check_plan(Call& call, Conn& conn, const Statement& statement,
                        const ConnectionProfile& profile) {
  if (!profile.guard.set()) return {};
  auto plan = plan_of(call, conn, statement, false);
  if (plan) return check_plan(*plan, profile);
  auto e = std::move(plan.error());
  if (e.category == Category::unsupported) {
    e.message = "Not run: the profile wants to see the plan first (guard), and " + e.message;
    e.hint.clear();
  }
  return fail(std::move(e));
}

}  // namespace dbmux
