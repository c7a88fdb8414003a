#include <map>
#include <utility>

#include "base/text.hpp"
#include "schema/tables.hpp"

namespace dbmux {

namespace {

// What LIKE finds at least what contains the term, in every engine: its wildcards have no escape in some, and
// not every engine knows the case of letters beyond ASCII.
std::string pattern_of(std::string_view term) {
  std::string pattern = "%";
  for (const char c : term) {
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    if (!ascii && pattern.back() != '%') pattern += '%';
    if (ascii) pattern += c == '%' || c == '_' || c == '\\' || c == '[' || c == ']' || c == '^' ? '_' : c;
  }
  if (pattern.back() != '%') pattern += '%';
  return pattern;
}

class Wanted {
 public:
  explicit Wanted(std::string_view term) : term_(folded(term)) {}
  bool operator()(const std::string& text) const { return folded(text).find(term_) != std::string::npos; }

 private:
  const std::string term_;
};

}  // namespace

Result<std::vector<Match>> search(Call& call, Conn& conn, std::span<const TableEntry> tables,
                                  std::string_view schema, std::string_view term) {
  const Wanted contains(term);
  std::map<std::pair<std::string, std::string>, std::vector<ColumnEntry>> columns;
  if (!term.empty()) {
    auto found = list_columns(call, conn, {{}, std::string(schema), {}}, pattern_of(term));
    if (!found) return fail(found.error());
    for (auto& c : *found)
      if (contains(c.name) || contains(c.comment)) columns[{c.schema, c.table}].push_back(std::move(c));
  }
  std::vector<Match> matches;
  for (const auto& table : tables) {
    const auto of_table = columns.find({table.schema, table.name});
    if (of_table == columns.end() && !contains(table.name) && !contains(table.comment)) continue;
    Match match{table, {}};
    if (of_table != columns.end()) match.columns = std::move(of_table->second);
    matches.push_back(std::move(match));
  }
  return matches;
}

Result<std::vector<RoutineEntry>> search_routines(Call& call, Conn& conn, std::string_view schema,
                                                  std::string_view term) {
  auto rows = MetaRows::read(call, conn, Meta::routines, {{}, std::string(schema), {}}, pattern_of(term));
  if (!rows && rows.error().category == Category::unsupported) return std::vector<RoutineEntry>();
  if (!rows) return fail(rows.error());
  const Wanted contains(term);
  std::vector<RoutineEntry> routines;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    RoutineEntry routine{rows->text(i, "schema"),    rows->text(i, "name"),    rows->text(i, "kind"),
                         rows->text(i, "arguments"), rows->text(i, "returns"), rows->text(i, "volatility"),
                         rows->text(i, "comment")};
    if (contains(routine.name) || contains(routine.comment)) routines.push_back(std::move(routine));
  }
  return routines;
}

}  // namespace dbmux
