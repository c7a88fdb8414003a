#pragma once
// What differs from engine to engine: how to make a database, and how to say each thing that the suites need
// said. What an engine cannot do stands here, and the suites then check that the plugin says so too.
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "values.hpp"

namespace dbmux::test {

// A fresh, empty database of a test's own; gone with the object.
class Database {
 public:
  virtual ~Database() = default;
  virtual std::vector<Param> options() const = 0;
  // Everything that is stored outside the process, hashed; "" where nothing is.
  virtual std::string fingerprint() const { return {}; }

  // The same database behind an address where nobody listens; none: an embedded engine.
  virtual std::optional<std::vector<Param>> dead_options() const { return {}; }
  // The value of the secret that options() names; none: the engine has no secrets.
  virtual std::optional<std::string> secret() const { return {}; }

  // From now on the server's answers wait on the wire, for engines where no statement is slow.
  virtual void hold(bool) {}
};

struct ValueCase {
  std::string name;
  std::string statement;  // one row, one column
  Value expected;
};

struct ErrorCase {
  std::string name;
  std::string statement;
  Category category;
  std::string object = {};  // "" = not told by the engine
  int position = 0;         // 0 = not told
};

struct AnalysisCase {
  std::string name;
  std::string statement;
  StatementClass statement_class;
  std::vector<std::string> reads = {}, writes = {}, calls = {};  // "table" or "table.column", "function"
};

struct ObjectCase {
  std::string name;
  std::string type;                  // table, view, collection ...
  std::vector<std::string> columns;  // in their order; more may follow
};

// What every engine has.
class Quirks {
 public:
  virtual ~Quirks() = default;
  virtual std::string name() const = 0;    // of this variant, [A-Za-z0-9_]+
  virtual std::string plugin() const = 0;  // id
  virtual std::unique_ptr<Database> create() const = 0;

  // ---- statements on an empty database
  virtual std::string numbers(std::int64_t n) const = 0;  // n rows
  virtual std::int64_t most_numbers() const { return 1'000'000'000; }
  virtual Row number(std::int64_t i) const { return {i}; }  // the i-th of them, from 1
  virtual std::string long_statement()
      const = 0;  // runs for minutes if nobody ends it, answers late; or is held
  virtual std::string echo(std::size_t parameters) const = 0;  // one row: the positional parameters
  virtual Row echoed(const std::vector<Value>& values) const { return values; }
  // What can be a parameter and comes back as it went.
  virtual std::vector<Value> parameters() const {
    return {nullptr,
            0,
            std::numeric_limits<std::int64_t>::max(),
            std::numeric_limits<std::int64_t>::min(),
            0.1,
            -0.5,
            1e300,
            "",
            "it's; -- 'quoted' /* text */",
            std::string("a\0b", 3),
            "山🙂",
            blob(std::string("\0\xFF", 2)),
            blob("")};
  }
  virtual std::vector<std::string> named_echoes() const = 0;  // one row: parameters a, b; none: not by name

  // ---- on the shop, or the part of it that the engine can have: see README.md
  virtual std::vector<std::string> setup() const = 0;
  virtual std::string insert_item() const = 0;   // into items: parameters id, name
  virtual std::string select_items() const = 0;  // id, name, by id
  virtual Row item(std::int64_t id, const std::string& text) const { return {id, text}; }
  virtual std::vector<ErrorCase> errors() const = 0;  // with writing allowed
  virtual std::vector<ObjectCase> objects() const = 0;

  // ---- the engine's answers
  virtual std::set<Meta> kinds() const = 0;              // that introspection knows
  virtual bool survives_cancel() const { return true; }  // or the conn is dead after it, and says so
};

// What an engine with tables and SQL has besides, once its plugin is complete.
class SqlQuirks : public Quirks {
 public:
  virtual std::string wide_row(std::size_t columns) const = 0;  // one row: 1 to n
  virtual std::size_t most_columns() const { return 2000; }     // that one has
  virtual std::string duplicate_names() const = 0;              // one row 1, 2, both columns named `a`
  virtual std::string mixed_kinds() const = 0;  // a column whose cells are those of mixed_rows()
  virtual Rows mixed_rows() const { return {{1}, {"text"}, {0.5}, {nullptr}}; }
  virtual std::vector<ValueCase> values() const = 0;
  virtual std::string update_all_items() const = 0;     // every row's name
  virtual std::string no_rows() const = 0;              // id, name of items, none
  virtual std::vector<std::string> writes() const = 0;  // every kind of write, on the shop
  virtual bool tells_insert_id() const { return true; }
  virtual std::vector<AnalysisCase> analyses() const = 0;  // none: analysis is not offered

  virtual std::string default_schema() const = 0;
  virtual std::string binary_type() const = 0;    // native type of items.data
  virtual bool readers_pass_writers() const = 0;  // a reader sees the old state while another conn writes
  virtual bool resets() const = 0;
};

inline void PrintTo(const Quirks* q, std::ostream* out) { *out << q->name(); }

// The variants of the engine that this executable tests: <engine>/quirks.cpp defines them. With the suites of
// sql/ they are SqlQuirks.
const std::vector<const Quirks*>& quirks();

// The folder that plugins of this build lie in.
std::filesystem::path plugin_file(const std::string& id);

}  // namespace dbmux::test
