#pragma once
// What a database holds, in the host's words, read through the driver's introspection.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connections/registry.hpp"

namespace dbmux {

struct TableEntry {
  std::string schema, name, kind, comment;  // kind: table, view, …, as the engine calls it, in lower case
  std::optional<std::int64_t> row_estimate;
  bool keeps_estimates = false;  // the engine, by itself: what it says of rows is as good as a list needs
  std::string parent = {};       // schema.name of what this is a partition of
  std::string partition_key = {}, partition_bound = {};
};

struct ColumnEntry {
  std::string schema, table;
  std::string name, type, comment;
  bool nullable = true;
  bool primary_key = false;
  std::optional<std::string> default_value;
  std::optional<std::string> generated;
  bool inferred = false;
  std::vector<std::string> values;  // all that can be in it, of an enum
  std::string expression;           // that a generated one is made by
  std::string base_type;            // what the type stands for, of a domain
};

struct IndexEntry {
  std::string name;
  std::vector<std::string> columns;
  bool unique = false, primary = false, valid = true;
  std::string predicate;  // of the rows that it holds; "" = all
};

struct ForeignKey {
  std::string name, table;  // table: schema.name of the side that has the key
  std::vector<std::string> columns;
  std::string references;  // schema.name of the target
  std::vector<std::string> reference_columns;
  std::string on_update, on_delete;
};

struct TriggerEntry {
  std::string name, timing, event;
};

struct TableDescription {
  TableEntry table;
  std::vector<ColumnEntry> columns;
  std::vector<IndexEntry> indexes;
  std::vector<ForeignKey> foreign_keys, referenced_by;
  std::vector<std::string>
      constraints;  // CHECK (…), UNIQUE (…); PRIMARY KEY (…) of several columns, in its order
  std::vector<TriggerEntry> triggers;
  std::string view_text;  // the definition of a view
};

// The rows of one introspection result by column name. Cells as text, which lives as long as the rows do; a
// NULL is nullopt.
class MetaRows {
 public:
  static Result<MetaRows> read(Call&, Conn&, Meta, const ObjectName& = {}, std::string_view like = {});

  std::size_t size() const { return n_columns_ == 0 ? 0 : cells_.size() / n_columns_; }
  // Where a column stands, for who reads it of thousands of rows; of one that is not there all cells are
  // NULL.
  std::size_t column(std::string_view name) const;
  std::optional<std::string_view> get(std::size_t row, std::size_t column) const;
  std::optional<std::string_view> get(std::size_t row, std::string_view column) const {
    return get(row, this->column(column));
  }
  std::string text(std::size_t row, std::size_t column) const {
    return std::string(get(row, column).value_or(std::string_view()));
  }
  std::string text(std::size_t row, std::string_view column) const { return text(row, this->column(column)); }
  bool flag(std::size_t row, std::size_t column) const;
  bool flag(std::size_t row, std::string_view column) const { return flag(row, this->column(column)); }
  std::optional<std::int64_t> integer(std::size_t row, std::size_t column) const;
  std::optional<std::int64_t> integer(std::size_t row, std::string_view column) const {
    return integer(row, this->column(column));
  }

 private:
  struct Place {
    std::size_t at = 0, size = 0;  // in text_
    bool null = true;
  };
  void add(const Cell&);

  std::vector<std::string> columns_;
  std::size_t n_columns_ = 0;
  std::string text_;  // of all cells
  std::vector<Place> cells_;
};

// "schema.table" or "table", as a model writes it; quotes are taken off, and a dot within them belongs to the
// name. The schema before the dot wins over the other one.
ObjectName object_named(std::string_view table_name, std::string_view schema);
std::string shown(const ObjectName&);  // schema.name

Result<std::vector<TableEntry>> list_tables(Call&, Conn&, std::string_view schema,
                                            std::string_view like = {});
// not_found (with the nearest names) when there is no such object.
Result<TableDescription> describe_table(Call&, Conn&, const ObjectName&);
Result<std::vector<ColumnEntry>> list_columns(Call&, Conn&, const ObjectName&, std::string_view like = {});

// Of the tables, and of columns that one question finds, those whose name or comment contains the term,
// ignoring case; the columns of a match are those that contain it.
struct Match {
  TableEntry table;
  std::vector<ColumnEntry> columns;
};
Result<std::vector<Match>> search(Call&, Conn&, std::span<const TableEntry>, std::string_view schema,
                                  std::string_view term);

// Functions and procedures.
struct RoutineEntry {
  std::string schema, name;
  std::string kind;       // function | procedure | …, "" = not told
  std::string arguments;  // as the engine declares them
  std::string returns;
  std::string volatility;  // immutable | stable | volatile, "" = not told
  std::string comment;
};
// Those whose name or comment contains the term, ignoring case; none of an engine that lists none.
Result<std::vector<RoutineEntry>> search_routines(Call&, Conn&, std::string_view schema,
                                                  std::string_view term);

// A row count, exact when it can be had before `budget` is over, else the engine's estimate.
struct RowCount {
  std::optional<std::int64_t> rows;
  const char* is = "unknown";  // exact | estimate | unknown
};
RowCount count_rows(Call&, Conn&, const ObjectName&, std::chrono::milliseconds budget);

// Names near to one that was not found, for did_you_mean: of these tables, else of the columns of those that
// the statement mentions. Empty on any failure.
std::vector<std::string> nearest_names(Call&, Conn&, std::span<const TableEntry>, std::string_view name,
                                       std::string_view default_schema, std::string_view statement = {});

}  // namespace dbmux
