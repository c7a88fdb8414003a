#pragma once
// One session.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cells.hpp"
#include "client_library.hpp"
#include "dbmux/kit.hpp"
#include "interruption.hpp"
#include "parameters.hpp"
#include "tokens.hpp"

namespace dbmux::mssql {

class Source;

// The memory of batches, kept from one cursor to the next.
struct Buffers {
  std::vector<dbmux_value> cells;
  std::vector<dbmux_column> columns;
  std::vector<ColumnType> types;
  kit::Arena batch, names;
};

class Connection final : public kit::Connection, public kit::Introspection, private Reception {
 public:
  static kit::Result<std::unique_ptr<Connection>> open(const Source&, kit::Call, bool read_only);

  kit::Result<kit::Info> info(kit::Call) override;
  kit::Status ping(kit::Call) override;
  void cancel(std::uint64_t call_id) override { interruption_.cancel(call_id); }
  kit::CursorResult execute(kit::Call, const dbmux_request&) override;
  kit::CursorResult introspect(kit::Call, std::int32_t kind, const dbmux_object&,
                               std::string_view like) override;

  // What the cursor needs.
  DBPROCESS* process() { return process_.get(); }
  Interruption& interruption() { return interruption_; }
  Buffers& buffers() { return buffers_; }
  const Reception& reception() const { return *this; }
  bool dead() { return dbdead(process()) != 0; }
  void tell_notices(kit::Call);
  // Ends what runs, within a moment; afterwards the session is idle, or dead.
  void stop();
  // Why the running call failed, once nothing of it runs any more: its end, or what the server and the
  // library said.
  kit::Failure failed();
  // Ends a transaction that a bracket has left open. False: the session is dead.
  bool roll_back_bracket();

 private:
  Connection(const Source& source, bool read_only) : source_(source), read_only_(read_only) {}
  Patience waited_in_vain() override;
  bool time_to_act();
  kit::Status prepare_session(kit::Call);
  // Sends, and waits for the first of the answer.
  kit::Status send(const std::string& text, Parameters* parameters);
  kit::CursorResult query_own(kit::Call, const dbmux_request&);

  const Source& source_;
  const bool read_only_;
  Interruption interruption_;
  Buffers buffers_;
  bool stopping_ = false;              // an attention is on its way
  std::int64_t patience_ends_ns_ = 0;  // while stopping
  std::string version_, user_, product_;
  bool superuser_ = false;
  ProcessHandle process_;
};

}  // namespace dbmux::mssql
