// SPDX-License-Identifier: MIT-0
#pragma once
// What a driver overrides. The tag of each function is that of its namesake in dbmux/plugin.h.
#include <dbmux/plugin.h>

#include <memory>
#include <span>
#include <string_view>

#include "dbmux/kit/call.hpp"
#include "dbmux/kit/result.hpp"

namespace dbmux::kit {

struct Batch {  // row-major, valid until the next call on the cursor
  const dbmux_value* cells = nullptr;
  std::uint32_t columns = 0;
  std::uint32_t rows = 0;  // 0 = end of this result
};

struct Summary {
  std::uint32_t flags = 0;        // DBMUX_SUM_
  std::uint32_t enforced_by = 0;  // DBMUX_BY_
  std::int64_t rows_affected = -1;
  dbmux_value insert_id{};  // this and next: valid until the next call on the cursor
  std::string_view next = {};
};

struct Info {                      // the texts are valid until the connection is closed
  std::uint32_t capabilities = 0;  // DBMUX_CAP_
  std::string_view product = {}, version = {}, dialect = {}, user = {};
  std::int32_t role = DBMUX_ROLE_UNKNOWN;
  std::uint32_t privileges = 0;  // DBMUX_PRIV_
  std::int64_t lag_ns = -1;
};

class Cursor {
 public:
  Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  virtual ~Cursor() = default;

  virtual Result<std::span<const dbmux_column>> columns() = 0;  // valid until next_result() or close()
  virtual Result<Batch> next_batch(Call) = 0;
  virtual Result<Summary> summary() { return Summary{}; }
  // Moves to the statement's next result; false: none left. columns() and what next_batch() gave are gone.
  virtual Result<bool> next_result(Call) { return false; }
  // Called once, also early; the cursor is deleted after it, whatever it says.
  virtual Status close(Call) { return {}; }
};

using CursorResult = Result<std::unique_ptr<Cursor>>;

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;  // closes; close() was called before

  virtual Result<Info> info(Call) = 0;
  virtual Status ping(Call) = 0;
  virtual Status reset(Call) { return fail(DBMUX_E_UNSUPPORTED, "no reset"); }
  virtual void cancel(std::uint64_t call_id) = 0;
  virtual CursorResult execute(Call, const dbmux_request&) = 0;
  virtual void close(Call) {}
};

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;  // closes, after its last connection; close() was called before

  virtual Result<std::unique_ptr<Connection>> connect(Call, std::uint32_t flags) = 0;
  virtual void close(Call) {}  // what may wait, by the deadline
};

// Extensions: a connection class that also derives from one of these offers it.

class Transactions {  // dbmux.txn/1
 public:
  virtual ~Transactions() = default;
  virtual Status begin(Call, bool read_only, std::string_view isolation) = 0;
  virtual Status commit(Call) = 0;
  virtual Status rollback(Call) = 0;
};

class Tables {  // dbmux.table/1
 public:
  virtual ~Tables() = default;
  virtual CursorResult scan(Call, const dbmux_scan&) = 0;
  virtual Result<std::int64_t> count(Call, const dbmux_object&, bool exact) = 0;  // -1 unknown
};

class Introspection {  // dbmux.introspect/1
 public:
  virtual ~Introspection() = default;
  virtual CursorResult introspect(Call, std::int32_t kind, const dbmux_object&, std::string_view like) = 0;
};

class Analysis {  // dbmux.analyze/1
 public:
  virtual ~Analysis() = default;
  struct Report {  // uses: valid until the next call on the connection
    std::int32_t statement_class = DBMUX_CLASS_UNKNOWN;
    bool complete = false;
    std::span<const dbmux_use> uses;
  };
  virtual Result<Report> analyze(Call, const dbmux_request&) = 0;
};

class Loading {  // dbmux.load/1
 public:
  virtual ~Loading() = default;
  virtual Status begin_load(Call, const dbmux_object& table, std::span<const dbmux_column>) = 0;
  virtual Status load_rows(Call, const dbmux_value* cells, std::uint32_t rows) = 0;
  virtual Status end_load(Call) = 0;
  virtual Status drop_table(Call, const dbmux_object& table) = 0;
};

class Plans {  // dbmux.explain/1
 public:
  virtual ~Plans() = default;
  virtual CursorResult explain(Call, const dbmux_request&, bool analyze) = 0;
};

}  // namespace dbmux::kit
