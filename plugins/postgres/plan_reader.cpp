#include "plan_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace dbmux::postgres {

namespace {

using rapidjson::Value;

constexpr int kDeepest = 200;

std::string_view text(const Value& node, const char* key) {
  const auto found = node.FindMember(key);
  if (found == node.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

double number(const Value& node, const char* key, double otherwise = 0) {
  const auto found = node.FindMember(key);
  return found == node.MemberEnd() || !found->value.IsNumber() ? otherwise : found->value.GetDouble();
}

bool has(const Value& node, const char* key) { return node.HasMember(key); }

std::string shown(double value, int digits) {
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%.*f", digits, value);
  return out.data();
}

// Steps that take all their rows before they give one.
bool is_blocking(const Value& node) {
  const auto type = text(node, "Node Type"), strategy = text(node, "Strategy");
  if (type == "Aggregate" || type == "SetOp") return strategy != "Sorted";
  return type == "Sort" || type == "Hash" || type == "ModifyTable" || type == "WindowAgg";
}

// What share of a child's rows is read, when this one's are to that share.
double share_of_child(const Value& node, const Value& child, double share) {
  const auto relation = text(child, "Parent Relationship");
  if (relation == "InitPlan" || relation == "SubPlan" || is_blocking(node)) return 1;
  if (text(node, "Node Type") != "Limit") return share;
  const double all = number(child, "Plan Rows");
  return all <= 0 ? share : share * std::min(1.0, number(node, "Plan Rows") / all);
}

struct Detail {
  const char* key;
  const char* unit;
};
constexpr std::array kDetails{
    Detail{"Index Cond", ""},
    Detail{"Recheck Cond", ""},
    Detail{"Hash Cond", ""},
    Detail{"Merge Cond", ""},
    Detail{"Join Filter", ""},
    Detail{"Filter", ""},
    Detail{"TID Cond", ""},
    Detail{"Sort Key", ""},
    Detail{"Group Key", ""},
    Detail{"Sort Method", ""},
    Detail{"Sort Space Used", " kB"},
    Detail{"Rows Removed by Filter", ""},
    Detail{"Rows Removed by Join Filter", ""},
    Detail{"Heap Fetches", ""},
    Detail{"Hash Batches", ""},
    Detail{"Workers Planned", ""},
    Detail{"Workers Launched", ""},
    Detail{"Subplans Removed", ""},
};

std::string detail(const Value& value) {
  if (value.IsString()) return {value.GetString(), value.GetStringLength()};
  if (value.IsNumber()) return shown(value.GetDouble(), 0);
  std::string list;
  if (value.IsArray())
    for (const auto& item : value.GetArray())
      if (item.IsString()) list += (list.empty() ? "" : ", ") + std::string(item.GetString());
  return list;
}

}  // namespace

void Plan::Reader::read(const Value& node, int depth, int parent, double share) {
  if (!node.IsObject() || depth > kDeepest) return;
  Node made;
  made.depth = depth;
  made.parent = parent;
  made.share = share;
  name(node, made);
  measure(node, made);
  made.text = text_of(node, made);
  const int place = static_cast<int>(plan.nodes_.size());
  plan.nodes_.push_back(std::move(made));
  const auto children = node.FindMember("Plans");
  if (children == node.MemberEnd() || !children->value.IsArray()) return;
  for (const auto& child : children->value.GetArray())
    if (child.IsObject()) read(child, depth + 1, place, share_of_child(node, child, share));
}

void Plan::Reader::name(const Value& node, Node& made) {
  const auto type = text(node, "Node Type");
  const auto join = text(node, "Join Type"), operation = text(node, "Operation");
  made.op = type == "ModifyTable" ? operation : type;
  if (!join.empty() && join != "Inner") made.op += " (" + std::string(join) + ")";
  made.index = text(node, "Index Name");
  made.table = table_of(node);
  if (made.table >= 0) {
    const auto& table = plan.tables_[static_cast<std::size_t>(made.table)];
    made.object =
        table.schema.empty() || table.schema == "public" ? table.name : table.schema + '.' + table.name;
  } else {
    for (const char* key : {"Function Name", "CTE Name", "Table Function Name"})
      if (made.object.empty()) made.object = text(node, key);
  }
  const bool by_index = type == "Index Scan" || type == "Index Only Scan";
  made.whole = made.table >= 0 && (type == "Seq Scan" || (by_index && !has(node, "Index Cond")));
}

int Plan::Reader::table_of(const Value& node) {
  const auto name = text(node, "Relation Name"), schema = text(node, "Schema");
  if (name.empty()) return -1;
  auto& tables = plan.tables_;
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [&](const PlanTable& t) { return t.name == name && t.schema == schema; });
  if (found != tables.end()) return static_cast<int>(found - tables.begin());
  tables.push_back({std::string(schema), std::string(name), -1, {}});
  return static_cast<int>(tables.size()) - 1;
}

void Plan::Reader::measure(const Value& node, Node& made) {
  made.cost = number(node, "Total Cost");
  made.rows = number(node, "Plan Rows");
  made.width = number(node, "Plan Width");
  made.actual_rows = number(node, "Actual Rows", -1);
  made.loops = number(node, "Actual Loops");
  made.batches = number(node, "Hash Batches");
  if (text(node, "Sort Space Type") == "Disk") made.disk_kb = number(node, "Sort Space Used");
  if (made.parent >= 0)
    made.top_rows_only =
        made.op == "Sort" && plan.nodes_[static_cast<std::size_t>(made.parent)].op == "Limit";
}

std::string Plan::Reader::text_of(const Value& node, const Node& made) {
  const std::string indent(static_cast<std::size_t>(made.depth) * 2, ' ');
  std::string line = indent;
  if (const auto part = text(node, "Subplan Name"); !part.empty()) line += std::string(part) + ": ";
  line += made.op;
  if (!made.index.empty()) line += " using " + made.index;
  if (!made.object.empty()) line += " on " + made.object;
  if (const auto alias = text(node, "Alias"); !alias.empty() && alias != text(node, "Relation Name"))
    line += ' ' + std::string(alias);
  line += " (cost " + shown(number(node, "Startup Cost"), 2) + ".." + shown(made.cost, 2) + ", " +
          shown(made.rows, 0) + " rows)";
  if (made.loops > 0)
    line += " (took " + shown(number(node, "Actual Total Time"), 3) + " ms, " + shown(made.actual_rows, 0) +
            " rows, " + shown(made.loops, 0) + (made.loops > 1 ? " times)" : " time)");
  if (made.actual_rows >= 0 && made.loops == 0) line += " (never ran)";
  for (const auto& [key, unit] : kDetails)
    if (const auto found = node.FindMember(key);
        found != node.MemberEnd() && (!found->value.IsNumber() || found->value.GetDouble() != 0))
      line += '\n' + indent + "  " + key + ": " + detail(found->value) + unit;
  return line;
}

}  // namespace dbmux::postgres
