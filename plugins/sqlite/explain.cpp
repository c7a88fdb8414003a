#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>

#include "catalog.hpp"
#include "connection.hpp"
#include "introspect.hpp"
#include "json_text.hpp"
#include "sql_text.hpp"

namespace dbmux::sqlite {

namespace {

struct Node {
  std::string op, object, index, warning, detail;
  int depth = 0;
  std::int64_t scanned = -1;  // rows of the whole table, where that is read
};

constexpr std::int64_t kManyRows = 1000;

// The text between the end of `before` and the start of the nearest of `after`; "" when `before` is not
// there.
std::string between(std::string_view text, std::string_view before,
                    std::initializer_list<std::string_view> after) {
  const auto start = text.find(before);
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start + before.size());
  std::size_t end = text.size();
  for (const auto mark : after) end = std::min(end, text.find(mark));
  return std::string(text.substr(0, end));
}

Node node_of(std::string_view detail, int depth) {
  Node node;
  node.depth = depth;
  node.detail = detail;
  for (const char* op : {"SCAN", "SEARCH"}) {
    const std::string start = std::string(op) + ' ';
    if (!detail.starts_with(start) || detail.ends_with("CONSTANT ROW")) continue;
    node.op = op[1] == 'C' ? "scan" : "search";
    node.object = between(detail, start, {" USING ", " VIRTUAL TABLE ", " LEFT-JOIN"});
    for (const char* use : {" USING INDEX ", " USING COVERING INDEX "})
      if (auto index = between(detail, use, {" (", " LEFT-JOIN"}); !index.empty())
        node.index = std::move(index);
    if (detail.find(" PRIMARY KEY") != std::string_view::npos) node.index = "PRIMARY KEY";
    return node;
  }
  if (detail.starts_with("USE TEMP B-TREE FOR ")) {
    node.op = "sort";
    return node;
  }
  for (const char c : detail) node.op += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return node;
}

std::string row_text(std::int64_t rows) {
  if (rows < 1'000'000) return std::to_string(rows) + " rows";
  char text[32];
  std::snprintf(text, sizeof text, "%.1f M rows", static_cast<double>(rows) / 1e6);
  return text;
}

// The plan names tables by their alias: the name in front of it in the statement, or itself.
std::optional<Object> table_named(Connection& connection, std::string_view alias,
                                  std::string_view statement) {
  if (auto direct = find_object(connection, alias)) return std::move(*direct);
  Tokens tokens(statement);
  Token before;
  for (auto token = tokens.next(); token.kind != Token::Kind::end; token = tokens.next()) {
    if (token.is("AS")) continue;
    if (equal_ignoring_case(unquoted(token.text), alias) && !before.text.empty())
      if (auto found = find_object(connection, unquoted(before.text))) return std::move(*found);
    before = token;
  }
  return std::nullopt;
}

bool has_limit(std::string_view statement) {
  Tokens tokens(statement);
  for (auto token = tokens.next(); token.kind != Token::Kind::end; token = tokens.next())
    if (token.is("LIMIT")) return true;
  return false;
}

void judge(Connection& connection, Node& node, std::string_view statement) {
  if (node.op != "scan" && node.op != "search") return;
  const auto table = table_named(connection, node.object, statement);
  if (!table || table->kind != Object::Kind::table) return;
  node.object = table->name;
  if (node.detail.find(" USING AUTOMATIC ") != std::string::npos) {
    node.warning = "builds an index of " + table->name + " each time it runs";
    return;
  }
  if (node.op != "scan") return;
  const auto rows = estimated_rows(connection, *table);
  if (!has_limit(statement)) node.scanned = rows;
  if (rows >= 0 && rows < kManyRows) return;
  node.warning = (has_limit(statement) ? "reads from the start of " : "reads the whole of ") + table->name;
  if (rows >= 0) node.warning += " (" + row_text(rows) + ")";
}

std::string to_json(const std::vector<Node>& nodes) {
  std::string list, text, native;
  const auto or_null = [](const std::string& s) { return s.empty() ? std::string("null") : json_quote(s); };
  for (const auto& node : nodes) {
    if (!list.empty()) list += ',', native += ',', text += '\n';
    list += "{\"op\":" + json_quote(node.op) + ",\"object\":" + or_null(node.object) +
            ",\"index\":" + or_null(node.index) +
            ",\"cost\":null,\"rows\":null,\"depth\":" + std::to_string(node.depth) +
            ",\"warning\":" + or_null(node.warning) +
            (node.scanned < 0 ? "" : ",\"scanned\":" + std::to_string(node.scanned)) + "}";
    native += json_quote(node.detail);
    text += std::string(static_cast<std::size_t>(node.depth) * 2, ' ') + node.detail;
  }
  return "{\"cost\":null,\"rows\":null,\"ms\":null,\"nodes\":[" + list + "],\"text\":" + json_quote(text) +
         ",\"native\":[" + native + "]}";
}

// Without an EXPLAIN of its own.
std::string_view bare_statement(std::string_view text) {
  Tokens tokens(text);
  auto token = tokens.next();
  while (token.is_symbol(';')) token = tokens.next();
  if (!token.is("EXPLAIN")) return text;
  token = tokens.next();
  if (token.is("QUERY")) {
    tokens.next();
    token = tokens.next();
  }
  return text.substr(token.offset);
}

}  // namespace

kit::CursorResult Connection::explain(kit::Call call, const dbmux_request& request, bool analyze) {
  if (analyze) return kit::fail(DBMUX_E_UNSUPPORTED, "SQLite cannot measure a plan while it runs");
  auto running = enter(call);
  if (!running) return running.failure();
  const auto text = kit::view(request.text);
  const auto bare = bare_statement(text);
  constexpr std::string_view kPrefix = "EXPLAIN QUERY PLAN ";
  const bool reading = read_only_ || (request.flags & DBMUX_REQ_READ_ONLY) != 0;
  auto statement = compile(std::string(kPrefix) + std::string(bare),
                           reading ? Guard::Mode::reading : Guard::Mode::writing);
  if (!statement) {
    auto reason = statement.failure();
    const auto moved =
        static_cast<std::int32_t>(kit::count_characters(text.substr(0, text.size() - bare.size()))) -
        static_cast<std::int32_t>(kPrefix.size());
    if (reason->position > 0) reason->position = std::max(1, reason->position + moved);
    return reason;
  }
  std::vector<Node> nodes;
  std::map<int, int> depths;
  int rc = SQLITE_OK;
  while ((rc = sqlite3_step(statement->get())) == SQLITE_ROW) {
    const int id = sqlite3_column_int(statement->get(), 0);
    const auto parent = depths.find(sqlite3_column_int(statement->get(), 1));
    const int depth = parent == depths.end() ? 0 : parent->second + 1;
    depths[id] = depth;
    const auto* detail = reinterpret_cast<const char*>(sqlite3_column_text(statement->get(), 3));
    nodes.push_back(node_of(detail ? detail : "", depth));
  }
  if (rc != SQLITE_DONE) return failed(rc);
  for (auto& node : nodes) judge(*this, node, bare);
  auto rows = kit::rows_of({{"plan", DBMUX_JSON}});
  rows->add({kit::json(to_json(nodes))});
  return rows;
}

}  // namespace dbmux::sqlite
