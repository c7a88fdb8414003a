#pragma once
// Drivers as the host sees them: Plugin 1-n Source 1-n Conn 1-1 Cursor, each owning its plugin-side object.
// The only room that sees dbmux/plugin.h. Threads as the header's tags say: a Source and everything above may
// be used from any thread, a Conn and its Cursor by one thread at a time, Conn::cancel() from any.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cell.hpp"
#include "base/result.hpp"
#include "call/call.hpp"

namespace dbmux {

// What a shared object says of itself, without being run: from the .json beside it or from the loaded object.
struct Descriptor {
  std::string id, name, vendor, version;
  std::vector<std::string> languages;  // the first is the default
  std::vector<std::string> url_schemes;
  std::string config_schema;  // JSON Schema of the options with x-dbmux-* keywords (plugin.h)
  bool has_items = false;
  bool experimental = false;
  std::string sha256;  // of the file; "" when unknown
  // The distribution's package of each shared library that the plugin needs, as its build found it.
  std::map<std::string, std::string> packages = {};
};

// A connection option or a statement parameter.
struct Param {
  std::string name;  // options: dotted path; parameters: "" positional
  std::string type;  // the engine's own type name, "" = infer
  Kind kind = Kind::null;
  std::int64_t i64 = 0;  // boolean, i64, u64 (by bit pattern)
  double f64 = 0;
  std::string text;  // every kind behind a pointer
};

struct Statement {
  std::string_view language;  // "" = the plugin's first
  std::string_view text;
  std::span<const Param> params;
  std::size_t sets = 1;
  bool read_only = true;
  bool dry_run = false;
  bool in_transaction = false;
  std::int64_t max_rows = 0, max_bytes = 0;
  std::uint32_t max_cell_bytes = 0;
  std::uint32_t batch_rows = 256;
};

struct Column {  // its texts are the driver's, valid as long as what columns() gave
  std::string_view name, native_type, origin;
  Kind kind = Kind::text;
  int nullable = -1;
};

struct Batch {
  std::span<const Cell> cells;  // row-major, valid until the next call on the cursor
  std::uint32_t columns = 0;
  std::uint32_t rows = 0;  // 0 = end of this result
};

struct Summary {
  bool in_transaction = false, session_dirty = false, catalog_changed = false;
  std::vector<std::string> enforced_by;  // parser session transaction role file rollback
  std::int64_t rows_affected = -1;
  std::optional<Param> insert_id;
  std::string next;  // of a scan: for Scan::after
};

struct ConnInfo {
  std::uint32_t capabilities = 0;  // kCanCancel …
  std::string product, version, dialect, user;
  int role = 0;
  std::uint32_t privileges = 0;
  std::int64_t lag_ns = -1;

  static constexpr std::uint32_t kServerCancel = 1, kTransactions = 2, kSets = 4, kMultiResult = 8,
                                 kReadOnly = 16, kDryRun = 32;
  static constexpr std::uint32_t kMayWrite = 1, kSuperuser = 2, kRightsUnknown = 4;  // of privileges
  static constexpr int kPrimary = 1, kReplica = 2;
};

struct ObjectName {
  std::string catalog, schema, name;
};

struct Scan {
  ObjectName table;
  std::vector<std::string> columns;  // none = all
  std::string after;
  std::int64_t limit = 0, offset = 0;
  std::uint32_t max_cell_bytes = 0, batch_rows = 256;
};

enum class Meta : int {  // DBMUX_META_
  catalogs = 1,
  schemas,
  objects,
  columns,
  indexes,
  foreign_keys,
  view_text,
  stats,
  routines,
  constraints,
  health,
  top_queries,
  activity,
  triggers,
  referenced_by
};

enum class StatementClass : int { unknown = 0, read, write, ddl, session, admin };
struct Use {
  ObjectName object;
  std::string column;
  bool reads = false, writes = false, calls = false;
};
struct Analysis {
  StatementClass statement_class = StatementClass::unknown;
  bool complete = false;
  std::vector<Use> uses;
};

class Conn;
class Source;

class Cursor {
 public:
  ~Cursor();  // closes
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  Result<std::span<const Column>> columns();  // valid until next_result() or close()
  Result<Batch> next_batch();
  Result<bool> next_result();  // false: none left
  Result<Summary> summary();   // after the batch of 0 rows
  Result<void> close();        // also early; a failure with connection_dead ends the conn

 private:
  friend class Conn;
  friend class Source;
  struct State;
  explicit Cursor(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

class Conn {
 public:
  ~Conn();
  Conn(const Conn&) = delete;
  Conn& operator=(const Conn&) = delete;

  Result<ConnInfo> info(Call&);
  Result<void> ping(Call&);
  Result<void> reset(Call&);           // unsupported = close me
  void cancel(std::uint64_t call_id);  // any thread; may block on its own socket
  void close(Call&);                   // by the deadline; the destructor closes with one of a second

  // The call must outlive the cursor.
  Result<std::unique_ptr<Cursor>> execute(Call&, const Statement&);
  // unsupported where the plugin does not offer the extension:
  Result<std::unique_ptr<Cursor>> scan(Call&, const Scan&);
  Result<std::int64_t> count(Call&, const ObjectName&, bool exact);  // -1 unknown
  Result<std::unique_ptr<Cursor>> introspect(Call&, Meta, const ObjectName&, std::string_view like = {});
  Result<std::unique_ptr<Cursor>> explain(Call&, const Statement&, bool analyze);
  Result<Analysis> analyze(Call&, const Statement&);
  Result<void> begin(Call&, bool read_only, std::string_view isolation = {});
  Result<void> commit(Call&);
  Result<void> rollback(Call&);
  // Rows as a new table, on a session that may write: begin, rows as often as wanted, end. All or nothing; a
  // load that is given up is undone by reset() or close(). exists: the name is taken.
  Result<void> begin_load(Call&, const ObjectName& table, std::span<const std::string> columns);
  Result<void> load_rows(Call&, std::span<const Cell> cells, std::uint32_t rows);
  Result<void> end_load(Call&);
  Result<void> drop_table(Call&, const ObjectName&);  // not_found: there is none

  bool dead() const;  // an error said so

 private:
  friend class Source;
  friend class Cursor;
  struct State;
  explicit Conn(std::unique_ptr<State>);
  template <class Opener>
  Result<std::unique_ptr<Cursor>> open(Call&, Opener&&);
  std::unique_ptr<State> state_;
};

class Plugin;

// What a plugin offers beside its statements (driver/items.hpp).
enum class Item : int { tool = 1, resource, prompt, completion };  // DBMUX_ITEM_
struct Invocation;
// uri: of a resource that has changed; "" = what is offered has.
using ItemsChanged = std::function<void(Item, std::string_view uri)>;

class Source : public std::enable_shared_from_this<Source> {
 public:
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  Result<std::unique_ptr<Conn>> connect(Call&, bool read_only);

  // What the source offers, as the plugin says it: JSON, without secrets, at most 1 MiB, else unchecked.
  // unsupported where it offers nothing. One at a time.
  Result<std::string> describe(Call&);
  // conn: of this source, or nullptr. arguments: a JSON object. The call must outlive the cursor. Errors are
  // those of the item itself.
  Result<Invocation> invoke(Call&, Conn* conn, Item, std::string_view name, std::string_view arguments);
  // Replaces what was there; runs on a thread of the plugin, and perhaps a moment after the source is gone.
  void on_change(ItemsChanged);

 private:
  friend class Plugin;
  friend class Conn;
  friend class Cursor;
  struct State;
  explicit Source(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

// Answers a plugin's host->secret(name) for one source.
using SecretLookup = std::function<Result<std::string>(Call&, std::string_view name)>;

class Plugin : public std::enable_shared_from_this<Plugin> {
 public:
  ~Plugin();  // shuts the plugin down; the object stays mapped
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;

  // Loads and initialises the shared object at an absolute path. Errors (category plugin) say what is wrong
  // with the file and what to do: not there, not ELF, no or a foreign entry, another ABI version or draft, a
  // missing library. id: what the plugin must call itself, the file's stem unless given. The same object
  // loaded again is the same plugin. [any]
  static Result<std::shared_ptr<Plugin>> load(const std::filesystem::path& file, std::string_view id = {});

  const Descriptor& descriptor() const;
  // options are valid against descriptor().config_schema; a secret's value is text naming it for the lookup.
  Result<std::shared_ptr<Source>> open(Call&, std::span<const Param> options, SecretLookup secrets);

 private:
  struct State;
  explicit Plugin(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace dbmux
