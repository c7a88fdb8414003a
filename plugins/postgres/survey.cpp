#include "survey.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "parse_tree.hpp"

namespace dbmux::postgres {

namespace {

using Json = rapidjson::Value;

// Nodes that read nothing but through the names in them.
constexpr std::array<std::string_view, 44> kReadingNodes{"A_ArrayExpr",
                                                         "A_Const",
                                                         "A_Expr",
                                                         "A_Indices",
                                                         "A_Indirection",
                                                         "A_Star",
                                                         "Alias",
                                                         "BitString",
                                                         "BoolExpr",
                                                         "Boolean",
                                                         "BooleanTest",
                                                         "CaseExpr",
                                                         "CaseWhen",
                                                         "CoalesceExpr",
                                                         "CollateClause",
                                                         "ColumnDef",
                                                         "ColumnRef",
                                                         "CommonTableExpr",
                                                         "Float",
                                                         "FuncCall",
                                                         "GroupingFunc",
                                                         "GroupingSet",
                                                         "Integer",
                                                         "JoinExpr",
                                                         "List",
                                                         "MinMaxExpr",
                                                         "NamedArgExpr",
                                                         "NullTest",
                                                         "ParamRef",
                                                         "RangeFunction",
                                                         "RangeSubselect",
                                                         "RangeTableFunc",
                                                         "RangeTableFuncCol",
                                                         "RangeTableSample",
                                                         "RangeVar",
                                                         "ResTarget",
                                                         "RowExpr",
                                                         "SQLValueFunction",
                                                         "SelectStmt",
                                                         "SortBy",
                                                         "String",
                                                         "SubLink",
                                                         "TypeCast",
                                                         "WindowDef"};
constexpr std::array<std::string_view, 3> kMoreReadingNodes{"XmlExpr", "XmlSerialize", "TypeName"};
// Within a statement that is only planned.
constexpr std::array<std::string_view, 6> kWritingNodes{
    "IndexElem", "MergeWhenClause", "MultiAssignRef", "OnConflictClause", "SetToDefault", "InferClause"};

struct Kind {
  std::string_view node;
  std::int32_t statement_class;
};
constexpr std::array kKinds{
    Kind{"SelectStmt", DBMUX_CLASS_READ},
    Kind{"VariableShowStmt", DBMUX_CLASS_READ},
    Kind{"ExplainStmt", DBMUX_CLASS_READ},
    Kind{"InsertStmt", DBMUX_CLASS_WRITE},
    Kind{"UpdateStmt", DBMUX_CLASS_WRITE},
    Kind{"DeleteStmt", DBMUX_CLASS_WRITE},
    Kind{"MergeStmt", DBMUX_CLASS_WRITE},
    Kind{"TruncateStmt", DBMUX_CLASS_WRITE},
    Kind{"VariableSetStmt", DBMUX_CLASS_SESSION},
    Kind{"DiscardStmt", DBMUX_CLASS_SESSION},
    Kind{"PrepareStmt", DBMUX_CLASS_SESSION},
    Kind{"ExecuteStmt", DBMUX_CLASS_SESSION},
    Kind{"DeallocateStmt", DBMUX_CLASS_SESSION},
    Kind{"ListenStmt", DBMUX_CLASS_SESSION},
    Kind{"UnlistenStmt", DBMUX_CLASS_SESSION},
    Kind{"NotifyStmt", DBMUX_CLASS_SESSION},
    Kind{"TransactionStmt", DBMUX_CLASS_SESSION},
    Kind{"ConstraintsSetStmt", DBMUX_CLASS_SESSION},
    Kind{"DeclareCursorStmt", DBMUX_CLASS_SESSION},
    Kind{"FetchStmt", DBMUX_CLASS_SESSION},
    Kind{"ClosePortalStmt", DBMUX_CLASS_SESSION},
    Kind{"LockStmt", DBMUX_CLASS_SESSION},
    Kind{"CopyStmt", DBMUX_CLASS_ADMIN},
    Kind{"DoStmt", DBMUX_CLASS_ADMIN},
    Kind{"CallStmt", DBMUX_CLASS_ADMIN},
    Kind{"LoadStmt", DBMUX_CLASS_ADMIN},
    Kind{"VacuumStmt", DBMUX_CLASS_ADMIN},
    Kind{"ClusterStmt", DBMUX_CLASS_ADMIN},
    Kind{"ReindexStmt", DBMUX_CLASS_ADMIN},
    Kind{"CheckPointStmt", DBMUX_CLASS_ADMIN},
    Kind{"AlterSystemStmt", DBMUX_CLASS_ADMIN},
};

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::int32_t class_of(std::string_view node) {
  const auto known =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.node == node; });
  return known == kKinds.end() ? std::int32_t{DBMUX_CLASS_DDL} : known->statement_class;
}

std::string word_of(std::string_view node) {
  std::string word(node.substr(0, node.find("Stmt")));
  std::transform(word.begin(), word.end(), word.begin(), [](char c) { return static_cast<char>(c & ~0x20); });
  return word;
}

// {"Type": {…}}: its one member; null when it is none.
const Json::Member* node_in(const Json& value) {
  if (!value.IsObject() || value.MemberCount() != 1) return nullptr;
  const auto& first = *value.MemberBegin();
  const char initial = first.name.GetString()[0];
  return initial >= 'A' && initial <= 'Z' && first.value.IsObject() ? &first : nullptr;
}

QualifiedName qualified(const std::vector<std::string>& parts) {
  if (parts.empty()) return {};
  return {parts.size() > 1 ? parts[parts.size() - 2] : std::string(), parts.back()};
}

struct FromItem {
  std::string alias;
  QualifiedName table;  // {}: no table of the database
};
// What one SELECT, or a statement that changes data, can name.
struct Scope {
  std::vector<FromItem> items;
  std::vector<std::string> ctes, output_names;
};

class Walker {
 public:
  explicit Walker(Survey& into) : found_(into) {}

  void statement(std::string_view type, const Json& value) {
    found_.statement_class = class_of(type);
    found_.lists_all =
        found_.statement_class == DBMUX_CLASS_READ || found_.statement_class == DBMUX_CLASS_WRITE;
    if (type == "ExplainStmt") return explain(value);
    if (type == "VariableShowStmt") return;
    if (type != "SelectStmt") object("", 0);
    node(type, value);
    uses_of_whole_tables();
  }

 private:
  void object(std::string message, std::int32_t offset, dbmux_status category = DBMUX_E_READ_ONLY) {
    if (!found_.objection) found_.objection = {category, std::move(message), offset};
  }

  void explain(const Json& value) {
    const auto* inner = node_in(member(value, "query"));
    if (!inner) return object("EXPLAIN of this is not known to read", 0, DBMUX_E_NOT_UNDERSTOOD);
    const std::string_view type = inner->name.GetString();
    const auto inner_class = class_of(type);
    const bool writes =
        type == "InsertStmt" || type == "UpdateStmt" || type == "DeleteStmt" || type == "MergeStmt";
    if (type != "SelectStmt" && !writes)
      object("only SELECT, INSERT, UPDATE, DELETE and MERGE are explained", 0, DBMUX_E_NOT_UNDERSTOOD);
    planned_only_ = !analyzes(member(value, "options"));
    if (!planned_only_) found_.statement_class = inner_class;
    if (writes && !planned_only_)
      object("EXPLAIN ANALYZE runs the statement, and " + word_of(type) + " changes data", 0);
    node(type, inner->value);
    uses_of_whole_tables();
  }

  // Of which no column is named: they are counted, or joined with all others.
  void uses_of_whole_tables() {
    for (const auto& table : tables_read_) {
      const auto first = found_.uses.lower_bound({table, "", 0});
      if (first == found_.uses.end() || first->object != table)
        found_.uses.insert({table, "", DBMUX_USE_READ});
    }
  }

  static bool analyzes(const Json& options) {
    constexpr std::array<std::string_view, 3> kNo{"false", "off", "0"};
    if (!options.IsArray()) return false;
    return std::any_of(options.Begin(), options.End(), [&](const Json& option) {
      const auto& element = member(option, "DefElem");
      if (text_member(element, "defname") != "analyze") return false;
      const auto& argument = member(element, "arg");
      if (argument.IsNull()) return true;
      if (const auto& number = member(argument, "Integer"); number.IsObject())
        return member(number, "ival").IsInt();  // 0 is not written
      return !one_of(kNo, text_member(member(argument, "String"), "sval")) &&
             !one_of(kNo, text_member(member(argument, "Boolean"), "boolval"));
    });
  }

  void node(std::string_view type, const Json& value) {
    const auto& place = member(value, "location");
    if (place.IsInt()) offset_ = place.GetInt();
    if (type == "SelectStmt") return select(value);
    if (type == "InsertStmt" || type == "UpdateStmt" || type == "DeleteStmt" || type == "MergeStmt")
      return change(type, value);
    if (type == "LockingClause") return object("a lock for updates is taken only to change data", offset_);
    check_known(type);
    if (type == "FuncCall") {
      call(qualified(strings(member(value, "funcname"))));
    } else if (type == "RangeTableSample") {
      call(qualified(strings(member(value, "method"))));
    } else if (type == "A_Expr") {
      expression(value);
    } else if (type == "SubLink") {
      operation(strings(member(value, "operName")));
    } else if (type == "SortBy") {
      operation(strings(member(value, "useOp")));
    } else if (type == "ColumnRef") {
      column(member(value, "fields"));
    } else if (type == "A_Indirection") {
      for (auto& name : strings(member(value, "indirection")))
        found_.names.attributes.insert(std::move(name));
    } else if (type == "RangeVar") {
      read_table(value);
    } else if (type == "JoinExpr" &&
               (bool_member(value, "isNatural") || member(value, "usingClause").IsArray())) {
      bare_column("");
    }
    fields(value);
  }

  void check_known(std::string_view type) {
    if (one_of(kReadingNodes, type) || one_of(kMoreReadingNodes, type)) return;
    if (planned_only_ && one_of(kWritingNodes, type)) return;
    object(word_of(type) + " is not known to read", offset_, DBMUX_E_NOT_UNDERSTOOD);
  }

  // The members of a node, or of what cannot be of another type.
  void fields(const Json& value) {
    if (value.IsArray())
      for (const auto& item : value.GetArray()) part("", item);
    if (value.IsObject())
      for (const auto& field : value.GetObject()) part(field.name.GetString(), field.value);
  }

  void part(std::string_view name, const Json& value) {
    if (name == "withClause") return;  // read where it stands in scope
    if (const auto* inner = node_in(value)) return node(inner->name.GetString(), inner->value);
    if (name == "larg" || name == "rarg") return select(value);
    if (name == "typeName")
      if (auto type = qualified(strings(member(value, "names"))); !type.second.empty())
        found_.names.types.insert(std::move(type));
    fields(value);
  }

  void select(const Json& value) {
    if (const auto& into = member(value, "intoClause"); into.IsObject()) {
      object("SELECT INTO makes a table", member(member(into, "rel"), "location").IsInt()
                                              ? member(member(into, "rel"), "location").GetInt()
                                              : 0);
      found_.statement_class = DBMUX_CLASS_DDL;
    }
    scopes_.emplace_back();
    with(member(value, "withClause"));
    list_items(member(value, "fromClause"));
    if (const auto& targets = member(value, "targetList"); targets.IsArray())
      for (const auto& target : targets.GetArray())
        scopes_.back().output_names.emplace_back(text_member(member(target, "ResTarget"), "name"));
    for (const auto& field : value.GetObject()) {
      const std::string_view name = field.name.GetString();
      by_output_name_ = name == "sortClause" || name == "groupClause" || name == "distinctClause";
      part(name, field.value);
      by_output_name_ = false;
    }
    scopes_.pop_back();
  }

  void change(std::string_view type, const Json& value) {
    if (!planned_only_) {
      object(word_of(type) + " changes data", offset_);
      if (found_.statement_class == DBMUX_CLASS_READ) found_.statement_class = DBMUX_CLASS_WRITE;
    }
    scopes_.emplace_back();
    with(member(value, "withClause"));
    const auto& target = member(value, "relation");
    const QualifiedName table{text_member(target, "schemaname"), text_member(target, "relname")};
    const auto alias = text_member(member(target, "alias"), "aliasname");
    scopes_.back().items.push_back({std::string(alias.empty() ? table.second : alias), table});
    if (type == "InsertStmt") scopes_.back().items.push_back({"excluded", table});
    list_items(member(value, "fromClause"));
    list_items(member(value, "usingClause"));
    if (const auto* source = node_in(member(value, "sourceRelation"))) list_item(*source);
    found_.names.relations.insert(table);
    const auto how = std::uint32_t{DBMUX_USE_WRITE};
    const auto& columns = member(value, type == "InsertStmt" ? "cols" : "targetList");
    bool named = false;
    if (columns.IsArray())
      for (const auto& one : columns.GetArray())
        if (const auto name = text_member(member(one, "ResTarget"), "name"); !name.empty()) {
          found_.uses.insert({table, std::string(name), how});
          named = true;
        }
    if (!named) found_.uses.insert({table, "", how});
    for (const auto& field : value.GetObject())
      if (std::string_view(field.name.GetString()) != "relation") part(field.name.GetString(), field.value);
    scopes_.pop_back();
  }

  void with(const Json& clause) {
    const auto& list = member(clause, "ctes");
    if (!list.IsArray()) return;
    auto& known = scopes_.back().ctes;
    const auto name_of = [](const Json& one) {
      return std::string(text_member(member(one, "CommonTableExpr"), "ctename"));
    };
    const bool recursive = bool_member(clause, "recursive");
    if (recursive)
      for (const auto& one : list.GetArray()) known.push_back(name_of(one));
    for (const auto& one : list.GetArray()) {
      part("", one);
      if (!recursive) scopes_.back().ctes.push_back(name_of(one));
    }
  }

  void list_items(const Json& list) {
    if (!list.IsArray()) return;
    for (const auto& item : list.GetArray())
      if (const auto* inner = node_in(item)) list_item(*inner);
  }

  void list_item(const Json::Member& item) {
    const std::string_view type = item.name.GetString();
    const auto& value = item.value;
    if (type == "JoinExpr") {
      for (const char* side : {"larg", "rarg"})
        if (const auto* inner = node_in(member(value, side))) list_item(*inner);
      if (const auto alias = text_member(member(value, "alias"), "aliasname"); !alias.empty())
        scopes_.back().items.push_back({std::string(alias), {}});
      return;
    }
    if (type == "RangeTableSample") {
      if (const auto* inner = node_in(member(value, "relation"))) list_item(*inner);
      return;
    }
    const auto alias = text_member(member(value, "alias"), "aliasname");
    const std::string name(text_member(value, "relname"));
    FromItem entry{std::string(alias.empty() ? std::string_view(name) : alias), {}};
    if (type == "RangeVar" && !is_cte(value))
      entry.table = QualifiedName(text_member(value, "schemaname"), name);
    scopes_.back().items.push_back(std::move(entry));
  }

  bool is_cte(const Json& table) const {
    const auto name = text_member(table, "relname");
    return text_member(table, "schemaname").empty() &&
           std::any_of(scopes_.begin(), scopes_.end(), [&](const Scope& scope) {
             return std::find(scope.ctes.begin(), scope.ctes.end(), name) != scope.ctes.end();
           });
  }

  void read_table(const Json& value) {
    if (is_cte(value)) return;
    const QualifiedName table{text_member(value, "schemaname"), text_member(value, "relname")};
    found_.names.relations.insert(table);
    tables_read_.insert(table);
  }

  void call(QualifiedName function) {
    if (function.second.empty()) return;
    found_.uses.insert({function, "", DBMUX_USE_CALL});
    found_.names.functions.insert(std::move(function));
  }

  void operation(const std::vector<std::string>& name) {
    if (!name.empty()) found_.names.operators.insert(qualified(name));
  }

  void expression(const Json& value) {
    if (text_member(value, "kind").find("BETWEEN") == std::string_view::npos)
      operation(strings(member(value, "name")));
  }

  void column(const Json& list) {
    const auto parts = strings(list);
    const bool star = list.IsArray() && !list.Empty() && !member(list[list.Size() - 1], "A_Star").IsNull();
    if (parts.size() > 1 && !star) found_.names.attributes.insert(parts.back());
    const auto qualifier = star ? (parts.empty() ? std::string() : parts.back())
                                : (parts.size() > 1 ? parts[parts.size() - 2] : std::string());
    if (qualifier.empty()) return bare_column(star || parts.empty() ? std::string() : parts.back());
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
      for (const auto& item : scope->items)
        if (item.alias == qualifier || item.table.second == qualifier)
          return read_column(item, star ? std::string() : parts.back());
  }

  void bare_column(const std::string& name) {
    if (scopes_.empty()) return;
    const auto& here = scopes_.back();
    const auto& outputs = here.output_names;
    if (by_output_name_ && std::find(outputs.begin(), outputs.end(), name) != outputs.end()) return;
    const bool alone = here.items.size() == 1 && std::all_of(scopes_.begin(), scopes_.end() - 1,
                                                             [](const Scope& s) { return s.items.empty(); });
    if (alone)
      return read_column(here.items.front(), name == here.items.front().alias ? std::string() : name);
    for (const auto& scope : scopes_)
      for (const auto& item : scope.items) read_column(item, "");
  }

  void read_column(const FromItem& item, std::string name) {
    if (!item.table.second.empty()) found_.uses.insert({item.table, std::move(name), DBMUX_USE_READ});
  }

  Survey& found_;
  std::vector<Scope> scopes_;
  std::set<QualifiedName> tables_read_;
  std::int32_t offset_ = 0;
  bool planned_only_ = false, by_output_name_ = false;
};

}  // namespace

kit::Result<Survey> Survey::of(const std::string& text) {
  auto tree = ParseTree::of(text);
  if (!tree) return tree.failure();
  const auto& list = tree->statements();
  if (list.Size() != 1)
    return kit::fail(DBMUX_E_INVALID, list.Empty()
                                          ? "there is no statement in the text"
                                          : "one statement at a time: the text goes on behind the first one");
  Survey found;
  if (const auto* node = node_in(member(list[0], "stmt"))) {
    Walker(found).statement(node->name.GetString(), node->value);
  } else {
    found.objection = {DBMUX_E_NOT_UNDERSTOOD, "the parser gave no tree", 0};
  }
  return found;
}

}  // namespace dbmux::postgres
