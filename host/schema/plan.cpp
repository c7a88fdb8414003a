#include "schema/plan.hpp"

#include "base/json.hpp"

namespace dbmux {

namespace {

// One JSON cell.
Result<std::string> plan_cell(Call& call, Conn& conn, const Statement& statement, bool measured) {
  auto cursor = conn.explain(call, statement, measured);
  if (!cursor) return fail(cursor.error());
  std::string plan;
  while (true) {
    auto batch = (*cursor)->next_batch();
    if (!batch) return fail(batch.error());
    if (batch->rows == 0) break;
    if (!batch->cells.empty() && batch->cells[0].kind != Kind::null) plan = batch->cells[0].view();
  }
  return plan;
}

std::optional<double> number(const JsonValue& of, const char* key) {
  const auto* v = member(of, key);
  if (!v || !v->IsNumber()) return {};
  return v->GetDouble();
}

std::string text(const JsonValue& of, const char* key) {
  const auto* v = member(of, key);
  return v && v->IsString() ? std::string(view(*v)) : std::string();
}

}  // namespace

Result<Plan> plan_of(Call& call, Conn& conn, const Statement& statement, bool measured) {
  auto cell = plan_cell(call, conn, statement, measured);
  if (!cell) return fail(cell.error());
  const auto document = parse_json(*cell);
  if (!document || !document->IsObject())
    return fail(Category::internal, "the driver's plan is not a JSON object");
  Plan plan{number(*document, "cost"),
            number(*document, "rows"),
            number(*document, "ms"),
            text(*document, "text"),
            {}};
  const auto* nodes = member(*document, "nodes");
  if (!nodes || !nodes->IsArray()) return plan;
  for (const auto& node : nodes->GetArray()) {
    if (!node.IsObject()) continue;
    const auto* depth = member(node, "depth");
    plan.steps.push_back({text(node, "op"), text(node, "object"), text(node, "warning"), number(node, "cost"),
                          number(node, "scanned"), depth && depth->IsInt() ? depth->GetInt() : 0});
  }
  return plan;
}

}  // namespace dbmux
