#include "plan.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "plan_reader.hpp"

namespace dbmux::postgres {

namespace {

// Below this an index seldom helps.
constexpr double kManyRows = 10'000;
constexpr double kFarOff = 10, kFewRows = 100;
constexpr double kMega = 1 << 20;

std::string shown(double value, const char* format) {
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), format, value);
  return out.data();
}

std::string row_text(double rows) {
  return rows < 1e6 ? shown(rows, "%.0f rows") : shown(rows / 1e6, "%.1f M rows");
}

void add_warning(std::string& to, const std::string& text) { to += (to.empty() ? "" : "; ") + text; }

// VERBOSE is asked for the sake of the schemas only.
void leave_out_columns(rapidjson::Value& node) {
  if (node.IsArray())
    for (auto& item : node.GetArray()) leave_out_columns(item);
  if (!node.IsObject()) return;
  node.RemoveMember("Output");
  for (const char* key : {"Plan", "Plans"})
    if (const auto found = node.FindMember(key); found != node.MemberEnd()) leave_out_columns(found->value);
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(Writer& w, const char* key, const std::string& text) {
  w.Key(key);
  if (text.empty())
    w.Null();
  else
    w.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_number(Writer& w, const char* key, double value) {
  w.Key(key);
  if (value < 0)
    w.Null();
  else if (value == std::floor(value) && value < 9e15)
    w.Int64(static_cast<std::int64_t>(value));
  else
    w.Double(value);
}

}  // namespace

kit::Result<Plan> Plan::read(std::string_view json) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  if (document.HasParseError() || !document.IsArray())
    return kit::fail(DBMUX_E_INTERNAL, "the server's plan is not a JSON array");
  Plan plan;
  Reader reader{plan};
  for (const auto& statement : document.GetArray()) {
    if (!statement.IsObject()) continue;
    const auto root = statement.FindMember("Plan");
    if (root == statement.MemberEnd()) continue;
    const auto first = plan.nodes_.size();
    reader.read(root->value, 0, -1, 1);
    if (plan.nodes_.size() == first) continue;
    plan.cost_ = std::max(plan.cost_, 0.0) + plan.nodes_[first].cost;
    if (plan.rows_ < 0) plan.rows_ = plan.nodes_[first].rows;
    const auto time = statement.FindMember("Execution Time");
    if (time != statement.MemberEnd() && time->value.IsNumber())
      plan.ms_ = std::max(plan.ms_, 0.0) + time->value.GetDouble();
  }
  leave_out_columns(document);
  rapidjson::StringBuffer native;
  Writer writer(native);
  document.Accept(writer);
  plan.native_.assign(native.GetString(), native.GetSize());
  return plan;
}

Plan Plan::of_command(std::string_view verb) {
  Plan plan;
  Node node;
  node.op = verb;
  node.text = verb;
  plan.nodes_.push_back(std::move(node));
  plan.cost_ = 0;
  plan.native_ = "[]";
  return plan;
}

void Plan::judge(std::int64_t work_memory) {
  for (auto& node : nodes_)
    if (node.whole) {
      const auto rows = tables_[static_cast<std::size_t>(node.table)].rows;
      node.scanned = rows < 0 ? -1 : std::ceil(rows * node.share);
    }
  count_partitions();
  for (auto& node : nodes_) {
    judge_scan(node);
    judge_memory(node, work_memory);
    judge_estimate(node);
  }
}

// A table that is read partition by partition is still read.
void Plan::count_partitions() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    auto& all = nodes_[i];
    if (all.op != "Append" && all.op != "Merge Append") continue;
    for (const auto& part : nodes_) {
      if (part.parent != static_cast<int>(i) || part.scanned < 0) continue;
      const auto& root = tables_[static_cast<std::size_t>(part.table)].root;
      if (root.empty() || (!all.object.empty() && all.object != root)) continue;
      all.object = root;
      all.scanned = std::max(all.scanned, 0.0) + part.scanned;
    }
  }
}

void Plan::judge_scan(Node& node) const {
  if (node.scanned < kManyRows) return;
  const auto* parent = node.parent >= 0 ? &nodes_[static_cast<std::size_t>(node.parent)] : nullptr;
  if (parent && parent->scanned >= 0) return;  // said there
  const bool from_start = node.share < 1;
  add_warning(node.warning, (from_start ? "reads from the start of " : "reads the whole of ") +
                                (node.index.empty() ? node.object : node.object + " by " + node.index) +
                                " (" + row_text(node.scanned) + ")");
  if (parent && parent->op.starts_with("Nested Loop") && parent + 1 != &node)
    add_warning(node.warning, "once for each row of the other side");
}

void Plan::judge_memory(Node& node, std::int64_t work_memory) const {
  const auto limit = shown(static_cast<double>(work_memory) / kMega, "%.0f MB");
  if (node.disk_kb > 0) {
    add_warning(node.warning, "sorted on disk (" + shown(node.disk_kb / 1024, "%.1f MB") +
                                  "), more than work_mem (" + limit + ") holds");
  } else if (node.op == "Sort" && !node.top_rows_only && node.actual_rows < 0 &&
             node.rows * node.width > static_cast<double>(work_memory)) {
    add_warning(node.warning, "sorts about " + shown(node.rows * node.width / kMega, "%.0f MB") +
                                  ", more than work_mem (" + limit + ") holds: it will go to disk");
  }
  if (node.batches > 1)
    add_warning(node.warning, "the hash table did not fit into memory: " + shown(node.batches, "%.0f parts"));
}

void Plan::judge_estimate(Node& node) const {
  if (node.actual_rows < 0 || node.loops == 0) return;
  if (node.actual_rows < node.rows && node.share < 1) return;  // nobody asked for more
  const double more = std::max(node.actual_rows, node.rows), less = std::min(node.actual_rows, node.rows);
  if (more - less < kFewRows || more < kFarOff * std::max(less, 1.0)) return;
  add_warning(node.warning, "gave " + row_text(node.actual_rows) + " where " + shown(node.rows, "%.0f") +
                                " were expected: the statistics may be old (ANALYZE)");
}

std::string Plan::to_json() const {
  rapidjson::StringBuffer buffer;
  Writer w(buffer);
  w.StartObject();
  write_number(w, "cost", cost_);
  write_number(w, "rows", rows_);
  write_number(w, "ms", ms_);
  std::string text;
  w.Key("nodes");
  w.StartArray();
  for (const auto& node : nodes_) {
    text += (text.empty() ? "" : "\n") + node.text;
    w.StartObject();
    write_text(w, "op", node.op);
    write_text(w, "object", node.object);
    write_text(w, "index", node.index);
    write_number(w, "cost", node.cost);
    write_number(w, "rows", node.rows);
    w.Key("depth");
    w.Int(node.depth);
    write_text(w, "warning", node.warning);
    if (node.scanned >= 0) write_number(w, "scanned", node.scanned);
    w.EndObject();
  }
  w.EndArray();
  write_text(w, "text", text);
  w.Key("native");
  w.RawValue(native_.data(), native_.size(), rapidjson::kArrayType);
  w.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace dbmux::postgres
