#pragma once
// One session on the server.
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog_names.hpp"
#include "dbmux/kit.hpp"
#include "guard.hpp"
#include "interruption.hpp"
#include "parameters.hpp"
#include "prelude.hpp"
#include "sibling.hpp"
#include "survey.hpp"
#include "verdicts.hpp"
#include "wire.hpp"

namespace dbmux::postgres {

class Plan;
class Source;
struct AdviceRequest;
class StatementCursor;

// The memory of batches, kept from one cursor to the next.
struct Buffers {
  std::vector<dbmux_value> cells;
  std::vector<dbmux_column> columns;
  kit::Arena batch, names;
};

// What goes before and behind a statement, in the same flight.
struct Brackets {
  std::span<const char* const> before, after;
  std::uint32_t enforced_by = 0;           // DBMUX_BY_
  const Prelude* prelude = nullptr;        // behind `before`
  std::span<const char* const> undo = {};  // after an error; empty: as `after`
};

// What the server said to one of several questions.
struct Reply {
  ResultHandle rows, error;  // one of them
};

// What one call has read about an object beforehand, kind by kind; each is given away once.
struct Described {
  std::uint64_t call_id = 0;
  std::string schema, name;
  std::vector<std::pair<std::int32_t, ResultHandle>> kinds;
};

class Connection final : public kit::Connection,
                         public kit::Transactions,
                         public kit::Tables,
                         public kit::Introspection,
                         public kit::Plans,
                         public kit::Analysis {
 public:
  // read_only: every transaction of the session is, unless it says otherwise.
  static kit::Result<std::unique_ptr<Connection>> open(Source&, kit::Call, bool read_only);

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
  kit::CursorResult explain(kit::Call, const dbmux_request&, bool analyze) override;
  kit::Result<Report> analyze(kit::Call, const dbmux_request&) override;

  // Of the tool index_advice: its answer, JSON.
  kit::Result<std::string> advise(kit::Call, std::string_view arguments);

  // What the parts of the driver share.
  Wire& wire() { return *wire_; }
  Interruption& interruption() { return interruption_; }
  Buffers& buffers() { return buffers_; }
  bool in_transaction() const { return transaction_ != Transaction::none; }
  bool dirty() const { return dirty_; }
  // A reading query of our own, whole, within the running call: one round trip.
  kit::Result<ResultHandle> look_up(const char* query, const Parameters&);
  // A name for a type that not every server has, within the running call.
  std::string type_name(Oid, int modifier);

  // Another transaction may see a changed catalog from now on.
  void catalog_changed();

  // How a flight ended that had to be stopped.
  struct Stopped {
    bool usable = false;        // the session still is
    bool ran = true;            // the statement may have ended by itself
    std::string blockers = {};  // as Sibling::Cancelled says it
  };
  // Ends the flight in hand by until_ns: the server is asked to stop, what is left is read, and no cancel is
  // under way any more.
  Stopped stop_flight(const Brackets&, std::int64_t until_ns);
  // Behind a flight that an error has ended: the session is as it was before it, or dead.
  void settle(const Brackets&, bool cancelled, Waiter&);
  // What a prelude has answered: who serves the transaction behind a pooler.
  void learn_process(const PGresult*);
  // Why the running call ends: its deadline or a cancel.
  static kit::Failure stopped(Ready);

 private:
  Connection(Source& source, bool read_only) : source_(source), read_only_(read_only) {}
  static void on_notice(void* self, const PGresult*);
  kit::Status open_wire(kit::Call);
  kit::Status begin_flight(const std::string& begin);
  Sibling::Cancelled ask_to_stop(std::int64_t until_ns);
  kit::Status learn_facts();
  kit::CursorResult health();
  kit::CursorResult top_queries();
  kit::Result<ResultHandle> only_rows(kit::Call, const std::string& text, const Parameters&);
  kit::Result<std::string> with_indexes(kit::Call, const AdviceRequest&, const std::string& extension);
  kit::CursorResult activity();
  kit::CursorResult only_answer(const std::string& text);
  // Before any work: a call that is over runs nothing.
  kit::Result<RunningCall> enter(kit::Call);
  kit::Status check_transaction(bool wanted) const;
  // The server's own limit, for the case that this process can no longer stop a statement.
  kit::Status limit_time();
  // Commands of our own, each a transaction of its own, in one flight.
  kit::Result<ResultHandle> exchange(std::initializer_list<const char*> commands, Waiter&);
  kit::Result<ResultHandle> exchange(std::initializer_list<const char*> commands);
  // Reads the answers to our own commands.
  kit::Result<ResultHandle> finished(Waiter&);
  // Statements that read, each in brackets of its own, with the same parameters, in one flight. A failure: of
  // all.
  kit::Result<std::vector<Reply>> ask(std::span<const std::string>, const Parameters&);
  kit::Result<std::vector<Reply>> ask(std::span<const std::string>, const Parameters&, const Brackets&);
  kit::Status send_questions(std::span<const std::string>, const Parameters&, const Brackets&);
  // Statements about thousands of relations are not compiled: that takes longer than they do.
  Brackets brackets_for_lists() const;
  kit::CursorResult list_objects(const Parameters&);
  kit::Failure refused(const PGresult* error) const;  // by the server, within ask()
  // An object and all that is usually asked about it next, by the same call.
  kit::CursorResult describe(kit::Call, const dbmux_object&, const Parameters&);
  ResultHandle described(kit::Call, std::int32_t kind,
                         const dbmux_object&);  // null: was not read, or is given away
  // Whether a reading statement may run: kept, or found out.
  kit::Result<std::shared_ptr<const Verdict>> judge(std::string_view text);
  kit::Result<std::shared_ptr<const Verdict>> judge_write(std::string_view text) const;
  kit::Result<CatalogNames::Meanings> meanings_of(const Names&);
  // Of the names, and of the texts of views and the like behind them.
  kit::Result<Reach> reach_of_all(Names);
  kit::Status check_terms() const;
  // The server's error, if it cannot parse the text either; ours where it can.
  kit::Failure why_not_parsed(const std::string& text, kit::Failure ours);
  kit::Result<std::vector<Oid>> types_of(std::span<const dbmux_param>);
  // What the server makes of a text: the types of its parameters, its columns. One round trip.
  kit::Result<ResultHandle> described(const char* text, std::span<const Oid> types);
  kit::Result<Oid> element_of(Oid type);
  // The values as the statement wants them. No round trip, unless one is a JSON array without a type.
  kit::Result<Parameters> bound(const std::string& text, std::span<const dbmux_param>);
  // Several sets of parameters: all or nothing.
  kit::CursorResult execute_sets(const RunningCall&, const dbmux_request&, bool changes_catalog);
  kit::Status send_sets(const dbmux_request&, std::span<const Oid> types);
  kit::Result<std::int64_t> finish_sets(const dbmux_request&);
  kit::CursorResult dry_run(RunningCall, const dbmux_request&, std::uint32_t enforced_by);
  // as_they_lie: scans without an order go through a table from its start, alone.
  Brackets brackets_for_writing(std::string_view statement) const;
  Brackets brackets_for_reading(bool as_they_lie = false) const;
  // Of plans.
  Brackets brackets_for_measuring(bool reading) const;
  static kit::Result<std::string> only_cell(kit::Call, StatementCursor&);
  kit::Result<std::string> generic_plan(kit::Call, std::string_view statement, int parameters);
  kit::Result<std::string> plan_text(kit::Call, const dbmux_request&, std::string_view statement,
                                     bool analyze);
  kit::Status know_tables(Plan&);
  void transaction_ended();

  Source& source_;
  const bool read_only_;
  Interruption interruption_;
  Buffers buffers_;
  std::unique_ptr<Wire> wire_;
  bool cancellable_ = false;  // nobody between us and the server gives out process numbers of its own
  bool pooled_ = false;
  std::optional<Prelude> prelude_;
  std::string process_, transaction_began_;  // behind a pooler: of the transaction in hand; "" unknown
  bool dirty_ = false;
  std::uint64_t plans_ = 0;  // that had to be given a name
  enum class Transaction { none, reading, writing };
  Transaction transaction_ = Transaction::none;  // opened by begin()
  std::int64_t first_limit_ms_ = 0;              // statement_timeout of a fresh session; 0 none
  std::int64_t limit_ms_ = 0;                    // that of now; -1 unknown
  bool limit_set_inside_ = false;                // within the open transaction, which may undo it
  Described described_;
  bool has_partitions_ = false;  // the last list of objects had some
  std::set<TableUse> analysis_;
  std::vector<dbmux_use> uses_;  // of the last analysis
  std::string version_, user_;
  bool superuser_ = false, replica_ = false;
};

}  // namespace dbmux::postgres
