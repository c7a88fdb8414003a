#pragma once
// What every operation can reach, and what it is asked.
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "connections/registry.hpp"
#include "observe/journal.hpp"
#include "operations/arguments.hpp"
#include "operations/catalogue.hpp"
#include "operations/confirm.hpp"
#include "operations/words.hpp"
#include "profile/profile.hpp"
#include "query/run.hpp"
#include "results/database.hpp"
#include "schema/cache.hpp"

namespace dbmux {

struct Context {
  Registry& registry;
  const Profile& profile;
  Journal& journal;
  std::optional<Error> broken_profile = {};  // every call answers it
  bool one_shot = false;                     // the process ends with this call: `next` would lead nowhere
  Continuations continuations = Continuations({}, &registry.watchdog());
  ResultDatabases results = {};
  std::mutex words_mutex = {};
  std::map<std::string, Words> words = {};  // by plugin id
  Confirmations confirmations = {};
  SchemaCache tables = SchemaCache();
  OnChange changed = {};  // set before the first call
};

// How a face wants its answer.
enum class Shape {
  document,  // one JSON document: the answers of our own names
  array,     // the hyphenated names: rows as a JSON array, sentences otherwise
};

struct Request {
  Context& context;
  Call& call;
  const Arguments& arguments;
  Shape shape;
  Answer& answer;
  CallRecord& record;  // of the journal: connection, statement and rows are filled in by the operation
  std::shared_ptr<Connection> connection;  // set by the catalogue for faces that take a connectionId
  const Limits* limits = nullptr;          // instead of the connection's
  bool confirm = false;                    // a person allows it, whatever the connection says
  bool asked = false;                      // the client was given a question; its answer brings the call back
};

// What one operation does; on an error the catalogue takes back what it wrote.
using Run = Result<void> (*)(Request&);

Result<void> execute_query(Request&);
Result<void> execute_update(Request&);
Result<void> list_tables(Request&);
Result<void> describe_table(Request&);
Result<void> read_table(Request&);
Result<void> get_table_stats(Request&);
Result<void> search_tables(Request&);
Result<void> explain_query(Request&);
Result<void> connect_database(Request&);
Result<void> disconnect_database(Request&);
Result<void> list_connections(Request&);
Result<void> health_check(Request&);
Result<void> query_history(Request&);
Result<void> top_queries(Request&);

// ---- what several operations share

// What every call begins and ends with: its record, and what becomes of its error. prefix: the sentence
// before an error's message; nullptr: the error is a document.
CallRecord begun(const Call&, std::string_view face);
Outcome ended(Context&, const Call&, CallRecord, const Result<void>& done, const char* prefix, Answer&);
// Narrows the call's deadline to the connection's timeout, or to what was asked for up to its ceiling.
void set_deadline(Call&, const Connection&, std::optional<std::chrono::milliseconds> asked = std::nullopt);

// {"error":{…}} for a reader that is a model; refusals of writes and timeouts in the words of the connection.
std::string error_document(const Error&);
// Gives the error of a statement its words: the connection's name, the nearest names, a hint.
Error explained(Error, Request&);

// The schema argument as the driver wants it: "" = the engine's own (also for "public" where there is none
// such).
std::string schema_argument(Request&);
// The arguments table_name and schema as one name, by the same rule.
ObjectName table_argument(Request&);
// A reading statement, once its plan is known to be within the connection's bounds.
Result<std::unique_ptr<Cursor>> execute_guarded(Request&, Conn&, const Statement&);
// As the descriptor of the connection's plugin says; empty words when that cannot be had.
Words words_of(Context&, Connection&);
// The statement's first word in capitals, to say what was refused; kNoWord where there is none. The text is
// not understood beyond that.
inline constexpr std::string_view kNoWord = "The statement";
std::string first_word(std::string_view statement);
// {"verdict":"read","by":["parser","file"]}
std::string access_json(std::string_view verdict, std::span<const std::string> by);

// What the connection's tables look like is different: forgets what was read of them, and tells whoever
// listens.
void tell_schema_changed(Context&, const Connection&);
void tell_resources_changed(const Context&);

// The tables of a schema ("" = all) by way of the cache; fresh, or where the request says refresh: past it.
Result<SchemaCache::Tables> tables_of(Context&, Call&, const std::shared_ptr<Connection>&,
                                      std::string_view schema, bool fresh = false);
Result<SchemaCache::Tables> tables_of(Request&, std::string_view schema);

// Of the request, or of its connection.
const Limits& limits_of(const Request&);
// The limits of one answer: those, narrowed by the argument `limit`; no tokens where no model reads.
RowLimits answer_limits(const Request&);

// The cells of most rows are smaller; a driver must not copy a huge one only to have it clipped here.
std::uint32_t max_cell_bytes(const RowLimits&);

// Appends ,"row_count":N,"truncated":… and, when cut, why, total or more, next, hint; kept, clipped.
struct CutFacts {
  std::int64_t row_count = 0;
  bool truncated = false;
  std::string why;
  std::optional<std::int64_t> total;
  std::string next, hint;
  std::string kept;  // JSON, of what was kept on request
  const Written* written = nullptr;
};
void append_facts(std::string&, const CutFacts&);
// How to go on, with execute_query spelt as the called face is.
std::string next_hint(const Request&, std::string_view next);

// A JSON list that is cut like rows: items are added until the answer's limits are reached.
class ListAnswer {
 public:
  explicit ListAnswer(const Limits& limits);
  bool add(std::string_view item);  // false: it did not fit, and nothing after it will
  bool cut() const { return !why_.empty(); }
  std::int64_t size() const { return size_; }
  const std::string& items() const { return items_; }  // without the brackets
  // ,"truncated":false - or true with why and a hint
  std::string facts(std::string_view hint) const;

 private:
  std::int64_t most_, most_bytes_;
  std::int64_t size_ = 0;
  std::string items_, why_;
};

// "name":value pairs of a JSON object under construction.
void add_member(std::string& object, std::string_view key, std::string_view json_value);
void add_text_member(std::string& object, std::string_view key,
                     std::string_view text);  // left out when empty
std::string json_list(std::span<const std::string> texts);

}  // namespace dbmux
