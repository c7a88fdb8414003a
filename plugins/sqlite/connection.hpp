#pragma once
// One session on the database.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "database_file.hpp"
#include "dbmux/kit.hpp"
#include "guard.hpp"
#include "handle.hpp"
#include "interruption.hpp"

namespace dbmux::sqlite {

class Source;

// The memory of batches, kept from one cursor to the next.
struct Buffers {
  std::vector<dbmux_value> cells;
  std::vector<dbmux_column> columns;
  kit::Arena batch, names;
};

class Connection final : public kit::Connection,
                         public kit::Transactions,
                         public kit::Tables,
                         public kit::Introspection,
                         public kit::Analysis,
                         public kit::Loading,
                         public kit::Plans {
 public:
  // read_only: the file is opened so, and every request is held to reading.
  static kit::Result<std::unique_ptr<Connection>> open(const Source&, kit::Call, bool read_only);
  ~Connection() override;

  kit::Result<kit::Info> info(kit::Call) override;
  kit::Status ping(kit::Call) override;
  kit::Status reset(kit::Call) override;
  void cancel(std::uint64_t call_id) override { interruption_.cancel(call_id); }
  kit::CursorResult execute(kit::Call, const dbmux_request&) override;
  kit::Status begin(kit::Call, bool read_only, std::string_view isolation) override;
  kit::Status commit(kit::Call) override;
  kit::Status rollback(kit::Call) override;
  kit::CursorResult scan(kit::Call, const dbmux_scan&) override;
  kit::Result<std::int64_t> count(kit::Call, const dbmux_object&, bool exact) override;
  kit::CursorResult introspect(kit::Call, std::int32_t kind, const dbmux_object&,
                               std::string_view like) override;
  kit::Result<Report> analyze(kit::Call, const dbmux_request&) override;
  kit::CursorResult explain(kit::Call, const dbmux_request&, bool analyze) override;
  kit::Status begin_load(kit::Call, const dbmux_object& table, std::span<const dbmux_column>) override;
  kit::Status load_rows(kit::Call, const dbmux_value* cells, std::uint32_t rows) override;
  kit::Status end_load(kit::Call) override;
  kit::Status drop_table(kit::Call, const dbmux_object& table) override;

  // What the parts of the driver share.
  sqlite3* db() const { return db_.get(); }
  Guard& guard() { return guard_; }
  Interruption& interruption() { return interruption_; }
  Buffers& buffers() { return buffers_; }
  const Source& source() const { return source_; }
  bool in_transaction() const { return sqlite3_get_autocommit(db()) == 0; }

  // Exactly one statement of somebody else's, compiled under the guard.
  kit::Result<StatementHandle> compile(std::string_view text, Guard::Mode mode);
  // One of our own. The guard must trust it, also while it runs.
  kit::Result<StatementHandle> compile_own(std::string_view text);
  kit::Status run_own(const char* text);
  // Reading needs the session to refuse writes, writing needs it not to.
  kit::Status set_query_only(bool on);
  // DBMUX_BY_ bits that hold for a reading statement now.
  std::uint32_t layers() const;
  // Why the library returned rc: the end of the call, the guard, or an error of the statement.
  kit::Failure failed(int rc, std::string_view statement = {});
  kit::Failure stopped();

 private:
  Connection(const Source& source, bool read_only) : source_(source), read_only_(read_only) {}
  kit::Status start(const std::string& name);
  void configure();
  kit::Status first_read();
  void connect_virtual_tables();
  // Before any work: a call that is over runs nothing, nor does one on a file that has changed unseen.
  kit::Result<RunningCall> enter(kit::Call);
  kit::Status check_transaction(bool wanted) const;
  // Of loading. The guard must trust what asks for an object.
  kit::Result<bool> has_object(const std::string& name);
  kit::Status insert_rows(const dbmux_value* cells, std::uint32_t rows);
  void undo_load();

  const Source& source_;
  const bool read_only_;
  bool file_read_only_ = false;
  bool query_only_ = false;
  bool dirty_ = false;  // settings or temporary objects that a statement has made
  enum class Transaction { none, reading, writing };
  Transaction transaction_ = Transaction::none;  // opened by begin(); SQLite itself may have ended it
  std::optional<FileStamp> immutable_;           // opened as a file that nobody changes
  Guard guard_;
  Interruption interruption_;
  Buffers buffers_;
  std::vector<dbmux_use> uses_;  // of the last analysis; texts in guard_.uses()
  DatabaseHandle db_;
  StatementHandle load_;  // of the load that is open; gone before the handle
};

}  // namespace dbmux::sqlite
