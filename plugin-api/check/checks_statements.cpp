// SPDX-License-Identifier: MIT-0
// What a statement gives, and how it is refused.
#include <array>
#include <limits>

#include "check/cells.hpp"
#include "check/checks.hpp"

namespace dbmux::check::checks {
namespace {

void expect_ok(const Answer& answer, std::string_view what) {
  expect(answer.ok(), std::string(what), answer.function + "() returned " + answer.outcome.said());
}

void expect_refused(const Answer& answer, std::initializer_list<dbmux_status> with, std::string_view what) {
  expect(!answer.ok(), std::string(what), "it was run: " + std::to_string(answer.rows) + " rows");
  std::string names;
  for (const auto status : with) {
    if (answer.outcome.status == status) return;
    names += (names.empty() ? "" : " or ") + category_name(status);
  }
  fail(std::string(what) + " with " + names, answer.function + "() returned " + answer.outcome.said());
}

dbmux_value text_value(std::uint8_t kind, std::string_view text) {
  dbmux_value v{};
  v.kind = kind;
  v.len = static_cast<std::uint32_t>(text.size());
  v.u.ptr = text.data();
  return v;
}

dbmux_value number_value(std::uint8_t kind, std::int64_t bits) {
  dbmux_value v{};
  v.kind = kind;
  v.u.i64 = bits;
  return v;
}

dbmux_value double_value(double d) {
  dbmux_value v{};
  v.kind = DBMUX_F64;
  v.u.f64 = d;
  return v;
}

std::vector<dbmux_value> values_of_every_kind() {
  using Limits = std::numeric_limits<std::int64_t>;
  static const std::string bytes = [] {
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    return all;
  }();
  using namespace std::string_view_literals;
  return {number_value(DBMUX_NULL, 0),
          number_value(DBMUX_BOOL, 1),
          number_value(DBMUX_BOOL, 0),
          number_value(DBMUX_I64, 0),
          number_value(DBMUX_I64, (std::int64_t{1} << 53) + 1),
          number_value(DBMUX_I64, Limits::max()),
          number_value(DBMUX_I64, Limits::min()),
          number_value(DBMUX_U64, -1),
          double_value(0.1),
          double_value(-1e300),
          double_value(std::numeric_limits<double>::quiet_NaN()),
          double_value(std::numeric_limits<double>::infinity()),
          text_value(DBMUX_NUMBER, "12345678901234567890.123456789"),
          text_value(DBMUX_NUMBER, "-0.5"),
          text_value(DBMUX_TEXT, ""),
          text_value(DBMUX_TEXT, "it's \"quoted\"; -- \\ 'and' more"),
          text_value(DBMUX_TEXT, "Grüße, 世界 🙂"),
          text_value(DBMUX_TEXT, "a\0b"sv),
          text_value(DBMUX_JSON, R"({"a":[1,2.5,null,"x"]})"),
          text_value(DBMUX_BYTES, ""),
          text_value(DBMUX_BYTES, bytes),
          text_value(DBMUX_F32S, "\0\0\x80\x3f\0\0\0\x40"sv)};
}

std::string shown_value(const dbmux_value& v, std::string_view text) {
  return kind_name(v.kind) + " " + printable(shown(v, text), 60);
}

std::string shown_value(const dbmux_value& v) {
  return shown_value(v,
                     has_text(v.kind) && v.len > 0 ? std::string_view(v.u.ptr, v.len) : std::string_view());
}

// One value there and back; what was wrong, or "".
std::string there_and_back(Conn& conn, Query query, const dbmux_value& sent) {
  query.params = {&sent, 1};
  query.inspect = true;
  const auto answer = ask(conn, query);
  if (!answer.ok()) {
    const auto status = answer.outcome.status;
    const bool refusal = status == DBMUX_E_INVALID || status == DBMUX_E_UNSUPPORTED ||
                         status == DBMUX_E_RESOURCE || status == DBMUX_E_SYNTAX ||
                         status == DBMUX_E_CONSTRAINT;
    return refusal ? "" : shown_value(sent) + " was answered with " + answer.outcome.said();
  }
  if (answer.rows != 1 || answer.columns == 0)
    return "echo answered " + std::to_string(answer.rows) + " rows of " + std::to_string(answer.columns) +
           " columns";
  if (says_the_same(sent, answer.first, answer.first_text)) return "";
  return shown_value(sent) + " came back as " + shown_value(answer.first, answer.first_text);
}

void read_in_batches_of(const Bench& bench, std::uint32_t size) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  auto query = bench.query(bench.need(bench.setup.statements.rows, "rows"));
  const auto as_usual = ask(conn, query);
  expect_ok(as_usual, "rows of batch_rows = 256");
  query.batch_rows = size;
  const auto answer = ask(conn, query);
  const std::string name = "batch_rows = " + std::to_string(size);
  expect_ok(answer, "rows of " + name);
  expect(answer.rows == as_usual.rows, "as many rows at " + name + " as at 256",
         std::to_string(answer.rows) + " instead of " + std::to_string(as_usual.rows));
  expect(answer.biggest_batch <= size, "no batch has more rows than batch_rows",
         std::to_string(answer.biggest_batch) + " at " + name, "Fewer is normal, more is not.");
  pass();
}

}  // namespace

void statement(const Bench& bench) {
  bench.plugin.init();
  {
    const Source source(bench.plugin, bench.setup.options);
    Conn conn(source);
    const auto answer = ask(conn, bench.any());
    expect_ok(answer, "a statement of the plugin's own choice runs");
    expect(answer.rows > 0 && answer.columns > 0, "it gives rows",
           std::to_string(answer.rows) + " rows of " + std::to_string(answer.columns) + " columns",
           "See x-dbmux-check in the guide.");
    expect(!bench.setup.statements.rows || answer.rows >= 2000,
           "the statement `rows` gives 2,000 rows or more", std::to_string(answer.rows),
           "See x-dbmux-check in the guide.");
    expect_ok(ask(conn, bench.any()), "it runs a second time on the same session");
  }
  bench.plugin.shutdown();
  pass();
}

void cells(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  auto query = bench.any();
  query.inspect = true;
  query.max_cell_bytes = 1 << 20;
  expect_ok(ask(conn, query), "a statement with max_cell_bytes runs");
  pass();
}

void values(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  const auto query = bench.query(bench.need(bench.setup.statements.echo, "echo"));
  for (const auto& sent : values_of_every_kind()) {
    const auto wrong = there_and_back(conn, query, sent);
    expect(wrong.empty(), "a parameter comes back unchanged, or is refused with E_INVALID or E_UNSUPPORTED",
           wrong, "Nothing may be rounded or cut in silence.");
  }
  const auto unknown = number_value(77, 0);
  auto odd = query;
  odd.params = {&unknown, 1};
  expect_refused(ask(conn, odd), {DBMUX_E_INVALID, DBMUX_E_UNSUPPORTED, DBMUX_E_INTERNAL},
                 "a parameter of an unknown kind is refused");
  const auto after = there_and_back(conn, query, number_value(DBMUX_I64, 7));
  expect(after.empty(), "the session works on after refusals", after);
  pass();
}

void cell_limit(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  auto query = bench.query(bench.need(bench.setup.statements.echo, "echo"));
  query.inspect = true;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "aö世🙂";
  for (const std::uint32_t limit : {1u, 15u, 16u, 17u, 18u, 19u, 20u}) {
    query.max_cell_bytes = limit;
    const auto sent = text_value(DBMUX_TEXT, text);
    query.params = {&sent, 1};
    const auto answer = ask(conn, query);
    if (!answer.ok() && limit == 1)
      skip("echo does not take a text of 1,000 bytes: " + answer.outcome.said());
    expect_ok(answer, "a long text at max_cell_bytes = " + std::to_string(limit));
    expect((answer.first.flags & DBMUX_VALUE_TRUNCATED) != 0, "a cell that was cut is flagged TRUNCATED",
           std::to_string(answer.first_text.size()) + " of " + std::to_string(text.size()) +
               " bytes without the flag");
    expect(text.starts_with(answer.first_text), "a cut cell is the beginning of the whole",
           "\"" + printable(answer.first_text, 60) + "\"");
  }
  query.max_cell_bytes = static_cast<std::uint32_t>(text.size());
  const auto sent = text_value(DBMUX_TEXT, text);
  query.params = {&sent, 1};
  const auto whole = ask(conn, query);
  expect_ok(whole, "a text of exactly max_cell_bytes");
  expect(whole.first_text == text && whole.first.flags == 0, "a text of exactly max_cell_bytes is not cut",
         std::to_string(whole.first_text.size()) + " of " + std::to_string(text.size()) + " bytes");
  pass();
}

void batch_of_1(const Bench& bench) { read_in_batches_of(bench, 1); }
void batch_of_1000(const Bench& bench) { read_in_batches_of(bench, 1000); }

void early_close(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  auto query = bench.query(bench.need(bench.setup.statements.rows, "rows"));
  query.batch_rows = 10;
  for (const std::uint64_t rows : {std::uint64_t{1}, std::uint64_t{100}}) {
    query.most_rows = rows;
    const auto answer = ask(conn, query);
    if (!answer.ok() && (answer.outcome.error.flags & DBMUX_ERR_CONN_DEAD) != 0) pass();
    expect_ok(answer, "cursor_close() in the middle returns OK, or says CONN_DEAD");
  }
  expect_ok(ask(conn, bench.any()), "the session works on after a cursor that was closed early");
  pass();
}

void empty_text(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  for (const char* text : {"", " \n\t "}) {
    const auto answer = ask(conn, bench.query(text));
    const bool nothing = answer.ok() && answer.columns == 0 && answer.rows == 0;
    if (!nothing)
      expect_refused(answer, {DBMUX_E_INVALID, DBMUX_E_SYNTAX, DBMUX_E_NOT_UNDERSTOOD},
                     "an empty text is refused");
  }
  const auto pong = conn.ping();
  expect(pong.ok(), "the session works on after an empty text", pong.said());
  pass();
}

void unknown_language(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  auto query = bench.any();
  query.language = "dbmux-check-unknown";
  expect_refused(ask(conn, query), {DBMUX_E_UNSUPPORTED, DBMUX_E_INVALID},
                 "a language that the descriptor does not name is refused");
  pass();
}

void wrong_statement(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  const auto query = bench.query(bench.need(bench.setup.statements.wrong, "wrong"));
  const auto answer = ask(conn, query);
  expect(!answer.ok(), "the statement `wrong` is refused", "it was run", "See x-dbmux-check in the guide.");
  expect(answer.outcome.status != DBMUX_E_INTERNAL, "a refused statement has a category",
         answer.outcome.said(),
         "E_INTERNAL is for faults of the plugin; see the table of categories in the guide.");
  std::string text = query.text;
  text += std::string(5000, 'x');
  static_cast<void>(ask(conn, bench.query(text)));
  if ((answer.outcome.error.flags & DBMUX_ERR_CONN_DEAD) != 0) pass();
  const auto pong = conn.ping();
  expect(pong.ok(), "the session works on after a refused statement, or the error said CONN_DEAD",
         pong.said());
  pass();
}

void read_only(const Bench& bench) {
  bench.plugin.init();
  const Source source(bench.plugin, bench.setup.options);
  Conn conn(source);
  if ((conn.info().capabilities & DBMUX_CAP_READ_ONLY) == 0)
    skip("info() does not claim DBMUX_CAP_READ_ONLY: the host will serve no read-only profile with it");
  const auto read = ask(conn, bench.any());
  expect_ok(read, "a read under READ_ONLY");
  expect(read.enforced_by != 0, "summary.enforced_by says what held READ_ONLY", "0");
  const auto query = bench.query(bench.need(bench.setup.statements.write, "write"));
  expect_refused(ask(conn, query), {DBMUX_E_READ_ONLY, DBMUX_E_NOT_UNDERSTOOD, DBMUX_E_DENIED},
                 "a write under READ_ONLY is refused");
  pass();
}

}  // namespace dbmux::check::checks
