// Cells, their types, and parameters.
#include <limits>

#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

Value of_kind(Kind kind, std::string text) {
  Value v(std::move(text));
  v.kind = kind;
  return v;
}
Value number(std::string text) { return of_kind(Kind::number, std::move(text)); }
Value json(std::string text) { return of_kind(Kind::json, std::move(text)); }
Value boolean(bool b) {
  Value v(b ? 1 : 0);
  v.kind = Kind::boolean;
  return v;
}

class PostgresValues : public PostgresTest {};

TEST_F(PostgresValues, OfEachTypeAreWhatTheServerHolds) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TYPE mood AS ENUM ('sad', 'happy')"));
  ASSERT_TRUE(write(*conn, "CREATE DOMAIN price AS numeric(8,2)"));
  struct Case {
    const char* expression;
    Value expected;
    const char* type;
    int since = 13;
  };
  const std::vector<Case> cases{
      {"NULL", nullptr, "text"},
      {"true", boolean(true), "boolean"},
      {"1::smallint", 1, "smallint"},
      {"-2147483648", -2147483648, "integer"},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max(), "bigint"},
      {"4294967295::oid", std::int64_t{4294967295}, "oid"},
      {"0.1::real", 0.1, "real"},
      {"0.1::float8 + 0.2", 0.1 + 0.2, "double precision"},
      {"'-0'::float8", -0.0, "double precision"},
      {"'NaN'::float8", std::numeric_limits<double>::quiet_NaN(), "double precision"},
      {"'-Infinity'::float4", -std::numeric_limits<double>::infinity(), "real"},
      {"12345678901234567890.12345678901234567890", number("12345678901234567890.12345678901234567890"),
       "numeric"},
      {"1.50::numeric(12,2)", number("1.50"), "numeric(12,2)"},
      {"1234::numeric(3,-1)", number("1230"), "numeric(3,-1)", 15},
      {"2.5::price", number("2.50"), "numeric(8,2)"},
      {"'NaN'::numeric", "NaN", "numeric"},
      {"'Infinity'::numeric", "Infinity", "numeric", 14},
      {"'山🙂'::text", "山🙂", "text"},
      {"'ab'::varchar(20)", "ab", "character varying(20)"},
      {"'ab'::char(4)", "ab  ", "character(4)"},
      {"'{\"b\": 1, \"a\": [1,2]}'::json", json("{\"b\": 1, \"a\": [1,2]}"), "json"},
      {"'{\"b\": 1}'::jsonb", json("{\"b\": 1}"), "jsonb"},
      {"'\\x00ff61'::bytea",
       blob(std::string("\0\xff"
                        "a",
                        3)),
       "bytea"},
      {"''::bytea", blob(""), "bytea"},
      {"'6f1c0c9e-1d2b-4c3d-8e4f-5a6b7c8d9e0f'::uuid", "6f1c0c9e-1d2b-4c3d-8e4f-5a6b7c8d9e0f", "uuid"},
      {"'2024-02-29'::date", "2024-02-29", "date"},
      {"'0044-03-15 BC'::date", "-0043-03-15", "date"},
      {"'0001-01-01 BC'::date", "0000-01-01", "date"},
      {"'12000-01-01'::date", "+12000-01-01", "date"},
      {"'infinity'::timestamptz", "infinity", "timestamp with time zone"},
      {"'2024-02-29 12:34:56.789012'::timestamp", "2024-02-29T12:34:56.789012",
       "timestamp without time zone"},
      {"'2024-02-29 12:34:56'::timestamp(3)", "2024-02-29T12:34:56", "timestamp(3) without time zone"},
      {"'2024-02-29 12:34:56+00'::timestamptz AT TIME ZONE 'UTC'", "2024-02-29T12:34:56",
       "timestamp without time zone"},
      {"'12:34:56.5'::time", "12:34:56.5", "time without time zone"},
      {"'12:34:56+05:30'::timetz", "12:34:56+05:30", "time with time zone"},
      {"'12:34:56-08'::timetz", "12:34:56-08:00", "time with time zone"},
      {"'1 year 2 mons 3 days 04:05:06.7'::interval", "P1Y2M3DT4H5M6.7S", "interval"},
      {"'{1,2}'::int[]", "{1,2}", "integer[]"},
      {"'happy'::mood", "happy", "mood"},
      {"'{happy}'::mood[]", "{happy}", "mood[]"},
      {"'101'::bit(3)", "101", "bit(3)"},
      {"'10.0.0.1/8'::inet", "10.0.0.1/8", "inet"},
      {"'1 day'::interval day to hour", "P1D", "interval day to hour"},
  };
  for (const auto& c : cases) {
    const auto result = run(*conn, std::string("SELECT ") + c.expression);
    if (server_major(*conn) < c.since) {
      EXPECT_FALSE(result) << c.expression;
      continue;
    }
    EXPECT_EQ(rows_of(result), Rows{{c.expected}}) << c.expression;
    if (result) {
      EXPECT_EQ(result->columns[0].native_type, c.type) << c.expression;
    }
  }
}

TEST_F(PostgresValues, WithAZoneTellIt) {
  const auto conn = connect();
  ask(admin_session().get(), "ALTER DATABASE " + database_.name() + " SET TimeZone = 'Asia/Kolkata'");
  EXPECT_EQ(cell(*connect(), "SELECT '2024-02-29 12:00:00.5+00'::timestamptz"),
            "2024-02-29T17:30:00.5+05:30");
  ask(admin_session().get(), "ALTER DATABASE " + database_.name() + " SET TimeZone = 'UTC'");
  EXPECT_EQ(cell(*connect(), "SELECT '2024-02-29 12:00:00+00'::timestamptz"), "2024-02-29T12:00:00+00:00");
}

TEST_F(PostgresValues, SettingsOfADatabaseDoNotChangeHowCellsAreRead) {
  for (const char* setting :
       {"DateStyle = 'German, DMY'", "IntervalStyle = 'sql_standard'", "bytea_output = 'escape'",
        "extra_float_digits = -5", "standard_conforming_strings = off"})
    ask(admin_session().get(), "ALTER DATABASE " + database_.name() + " SET " + setting);
  const auto conn = connect();
  EXPECT_EQ(rows_of(run(*conn,
                        "SELECT '2024-02-29'::date, '1 day'::interval, '\\x00ff'::bytea, 0.1::float8 + 0.2")),
            (Rows{{"2024-02-29", "P1D", blob(std::string("\0\xff", 2)), 0.1 + 0.2}}));
}

TEST_F(PostgresValues, ThatAreTooLongAreCutOnACharactersEdge) {
  const auto conn = connect();
  const auto cut_at = [&](std::string_view text, std::uint32_t bytes) {
    const auto rows =
        rows_of(run(*conn, Statement{.language = {}, .text = text, .params = {}, .max_cell_bytes = bytes}));
    return rows.size() == 1 ? rows[0][0] : Value("no row");
  };
  EXPECT_EQ(cut_at("SELECT 'aü山'", 6), Value("aü山"));
  EXPECT_EQ(cut_at("SELECT 'aü山'", 5), cut("aü"));
  EXPECT_EQ(cut_at("SELECT 'aü山'", 2), cut("a"));
  EXPECT_EQ(cut_at("SELECT '\\x00ff61'::bytea", 2), cut(blob(std::string("\0\xff", 2))));
  EXPECT_EQ(cut_at("SELECT '{\"a\":\"bcd\"}'::json", 6), cut("{\"a\":\"")) << "half a JSON value is none";
}

TEST_F(PostgresValues, ARowOfManyColumnsAndOneOfNoneCome) {
  const auto conn = connect();
  std::string text = "SELECT 0";
  for (int i = 1; i < 1600; ++i) text += "," + std::to_string(i);
  const auto wide = rows_of(run(*conn, text));
  ASSERT_EQ(wide.size(), 1u);
  EXPECT_EQ(wide[0].size(), 1600u);
  EXPECT_EQ(wide[0].back(), Value(1599));
  EXPECT_EQ(rows_of(run(*conn, "SELECT FROM generate_series(1, 3)")).size(), 3u);
  EXPECT_EQ(rows_of(run(*conn, "SELECT 1 WHERE false")), Rows{});
}

TEST_F(PostgresValues, ParametersTakeTheTypeOfTheirPlaceOrTheOneTheyName) {
  const auto conn = connect();
  ASSERT_TRUE(write(*conn, "CREATE TYPE mood AS ENUM ('sad', 'happy')"));
  struct Case {
    const char* text;
    Value value;
    const char* type;
    Value expected;
  };
  for (const auto& c : std::vector<Case>{
           {"SELECT $1 + 1", 41, "", 42},
           {"SELECT $1", 41, "int4", 41},
           {"SELECT $1", 41, "bigint", 41},
           {"SELECT $1", "1.50", "numeric", number("1.50")},
           {"SELECT $1", 1.5, "double precision", 1.5},
           {"SELECT $1", "2024-02-29 01:02:03+00", "timestamp", "2024-02-29T01:02:03"},
           {"SELECT $1", "{1,2}", "integer[]", "{1,2}"},
           {"SELECT 3 = ANY($1)", "{1,2,3}", "", boolean(true)},
           {"SELECT $1", "happy", "mood", "happy"},
           {"SELECT $1", "happy", "public.mood", "happy"},
           {"SELECT $1 -> 1", json("[1,2]"), "jsonb", json("2")},
           {"SELECT '[1,2]'::jsonb -> $1", 1, "int", json("2")},
           {"SELECT $1::numeric", std::numeric_limits<std::int64_t>::min(), "",
            number("-9223372036854775808")},
           {"SELECT $1", nullptr, "int4", nullptr},
           {"SELECT $1", boolean(true), "bool", boolean(true)},
       }) {
    const std::vector<Param> given{param(c.value, "", c.type)};
    EXPECT_EQ(rows_of(run(*conn, Statement{.language = {}, .text = c.text, .params = given})),
              Rows{{c.expected}})
        << c.text << " " << c.type;
  }
  const std::vector<Param> given{param(1, "", "no_such_type")};
  const auto result = run(*conn, Statement{.language = {}, .text = "SELECT $1", .params = given});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::invalid);
  EXPECT_EQ(result.error().object, "no_such_type");
}

TEST_F(PostgresValues, ATextWithANulIsRefusedBeforeItIsCut) {
  const auto result = run(*connect(), "SELECT $1", {std::string("a\0b", 3)});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().category, Category::invalid);
}

}  // namespace
}  // namespace dbmux::test
