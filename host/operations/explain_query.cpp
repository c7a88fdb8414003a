#include "operations/context.hpp"
#include "schema/plan.hpp"
#include "schema/plan_guard.hpp"

namespace dbmux {

namespace {

std::string number_or_null(const std::optional<double>& number) {
  if (!number) return "null";
  JsonValue value;
  if (*number == static_cast<double>(static_cast<std::int64_t>(*number)))
    value.SetInt64(static_cast<std::int64_t>(*number));
  else
    value.SetDouble(*number);
  return to_json(value);
}

// A measured statement runs, so it is held to what any other is held to.
Result<Plan> planned(Request& request, Conn& conn, const Statement& statement, bool measured) {
  if (measured && statement.read_only)
    if (auto allowed = check_plan(request.call, conn, statement, request.connection->profile()); !allowed)
      return fail(allowed.error());
  return plan_of(request.call, conn, statement, measured);
}

Result<Plan> plan_in_session(Request& request, const Statement& statement, bool measured) {
  Plan plan;
  auto done =
      with_session(request.call, *request.connection, statement.read_only, [&](Lease& lease) -> Result<void> {
        auto made = planned(request, lease.conn(), statement, measured);
        if (!made) return fail(made.error());
        plan = std::move(*made);
        return {};
      });
  if (!done) return fail(std::move(done.error()));
  return plan;
}

}  // namespace

Result<void> explain_query(Request& request) {
  request.record.statement = request.arguments.text("query");
  auto params = params_from(request.arguments.get("params"));
  if (!params) return fail(params.error());
  const bool measured = request.arguments.boolean("analyze");
  Statement statement;
  statement.text = request.arguments.text("query");
  statement.params = *params;
  auto plan = plan_in_session(request, statement, measured);
  // A write is run to be measured, and undone: only where any write may run unasked.
  if (!plan && measured && plan.error().category == Category::read_only &&
      request.connection->profile().access == Access::read_write) {
    statement.read_only = false;
    plan = plan_in_session(request, statement, true);
  }
  if (!plan) return fail(explained(std::move(plan.error()), request));

  std::string warnings;
  for (const auto& step : plan->steps)
    if (!step.warning.empty()) warnings += (warnings.empty() ? "" : ",") + json_quote(step.warning);
  std::string json = "{";
  add_member(json, "cost", number_or_null(plan->cost));
  add_member(json, "rows", number_or_null(plan->rows));
  if (plan->ms) add_member(json, "ms", number_or_null(plan->ms));
  add_member(json, "text", json_quote(plan->text));
  add_member(json, "warnings", "[" + warnings + "]");
  request.answer.text(json + "}");
  return {};
}

}  // namespace dbmux
