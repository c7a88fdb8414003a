#include <algorithm>

#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

const char* const kSetup[] = {
    "CREATE SCHEMA sales",
    "COMMENT ON SCHEMA sales IS 'orders and invoices'",
    "CREATE TYPE sales.mood AS ENUM ('sad', 'it''s ok', 'glad \"really\"')",
    "CREATE DOMAIN sales.cents AS integer NOT NULL CONSTRAINT not_negative CHECK (VALUE >= 0)",
    "CREATE DOMAIN sales.feeling AS sales.mood",
    "CREATE TABLE sales.\"Odd \"\"Name\"\".x\" (\"Id \"\"1\"\"\" bigint GENERATED ALWAYS AS IDENTITY PRIMARY "
    "KEY,"
    " \"naïve, column\" sales.mood DEFAULT 'sad', price sales.cents, moods sales.mood[], feeling "
    "sales.feeling,"
    " twice int GENERATED ALWAYS AS (length(\"Name\") * 2) STORED, \"Name\" varchar(20) NOT NULL)",
    "COMMENT ON TABLE sales.\"Odd \"\"Name\"\".x\" IS 'kept for the Ελλάδα office'",
    "COMMENT ON COLUMN sales.\"Odd \"\"Name\"\".x\".price IS 'in cents, 100% net'",
    "CREATE TABLE sales.events (at date NOT NULL, id bigint NOT NULL, note text, PRIMARY KEY (at, id))"
    " PARTITION BY RANGE (at)",
    "CREATE TABLE sales.events_2024 PARTITION OF sales.events FOR VALUES FROM ('2024-01-01') TO "
    "('2025-01-01')",
    "CREATE TABLE sales.events_2025 PARTITION OF sales.events FOR VALUES FROM ('2025-01-01') TO "
    "('2026-01-01')"
    " PARTITION BY LIST (id)",
    "CREATE TABLE sales.events_2025_7 PARTITION OF sales.events_2025 FOR VALUES IN (7)",
    "INSERT INTO sales.events SELECT '2024-05-01', g FROM generate_series(1, 300) g",
    "INSERT INTO sales.events VALUES ('2025-05-01', 7)",
    "CREATE TABLE rooms (id int PRIMARY KEY, floor int, name text, during tsrange, area numeric,"
    " UNIQUE (floor, name), CONSTRAINT one_at_a_time EXCLUDE USING gist (during WITH &&),"
    " CONSTRAINT small CHECK (area < 100))",
    "CREATE TABLE stays (room int, event_at date, event_id bigint, guest int DEFAULT 0,"
    " CONSTRAINT stays_room FOREIGN KEY (room) REFERENCES rooms ON UPDATE CASCADE ON DELETE SET NULL,"
    " CONSTRAINT stays_event FOREIGN KEY (event_at, event_id) REFERENCES sales.events (at, id))",
    "CREATE INDEX stays_guest ON stays (guest DESC, lower(guest::text)) INCLUDE (event_id) WHERE guest > 0",
    "CREATE UNIQUE INDEX rooms_name ON rooms (name)",
    "CREATE VIEW room_names AS SELECT id, name FROM rooms",
    "CREATE MATERIALIZED VIEW floors AS SELECT floor, count(*) AS n FROM rooms GROUP BY floor",
    "CREATE SEQUENCE tickets",
    "CREATE FUNCTION twice(n int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n'",
    "COMMENT ON FUNCTION twice IS 'doubles'",
    "CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM stays WHERE room IS NULL'",
    "CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TRIGGER stays_touched BEFORE INSERT OR UPDATE ON stays FOR EACH ROW EXECUTE FUNCTION touched()",
    "CREATE EXTENSION file_fdw",
    "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
    "CREATE FOREIGN TABLE words (word text) SERVER files OPTIONS (filename '/nowhere')",
    "CREATE TEMP TABLE passing (a int)",
};

class PostgresCatalogue : public PostgresTest {
 protected:
  void SetUp() override {
    const auto admin = admin_session(database_.name());
    for (const char* statement : kSetup) ask(admin.get(), statement);
    conn_ = connect(true);
  }
  Table must(Meta kind, const ObjectName& object = {}, std::string_view like = {}) {
    Call call({}, Clock::now() + std::chrono::seconds(20));
    auto cursor = conn_->introspect(call, kind, object, like);
    if (!cursor) {
      ADD_FAILURE() << cursor.error().message;
      return {};
    }
    auto table = fetch(**cursor);
    if (table) return std::move(*table);
    ADD_FAILURE() << table.error().message;
    return {};
  }
  // Some cells of all rows, joined by |, a row a line; NULL is -.
  static std::string shown(const Table& table, const std::vector<std::string>& columns) {
    std::string text;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      std::string line;
      for (const auto& column : columns) {
        const auto v = table.at(r, column);
        if (!line.empty()) line += "|";
        line += v.kind == Kind::null ? "-" : v.kind < Kind::number ? std::to_string(v.i64) : v.bytes;
      }
      text += line + "\n";
    }
    return text;
  }

  std::unique_ptr<Conn> conn_;
};

TEST_F(PostgresCatalogue, ListsEveryKindOfRelationWithItsParentAndHidesWhatIsTheServersOrPassing) {
  EXPECT_EQ(shown(must(Meta::objects), {"schema", "name", "type", "comment", "parent_schema", "parent"}),
            "public|floors|materialized view|-|-|-\n"
            "public|room_names|view|-|-|-\n"
            "public|rooms|table|-|-|-\n"
            "public|stays|table|-|-|-\n"
            "public|tickets|sequence|-|-|-\n"
            "public|words|foreign table|-|-|-\n"
            "sales|Odd \"Name\".x|table|kept for the Ελλάδα office|-|-\n"
            "sales|events|partitioned table|-|-|-\n"
            "sales|events_2024|partition|-|sales|events\n"
            "sales|events_2025|partition|-|sales|events\n"
            "sales|events_2025_7|partition|-|sales|events_2025\n");
  EXPECT_EQ(shown(must(Meta::schemas), {"catalog", "name", "comment"}),
            database_.name() + "|public|standard public schema\n" + database_.name() +
                "|sales|orders and invoices\n");
  EXPECT_EQ(shown(must(Meta::objects, {"", "sales", "events"}), {"partition_key"}), "RANGE (at)\n");
  EXPECT_EQ(shown(must(Meta::objects, {"", "sales", "events_2025_7"}), {"partition_bound"}),
            "FOR VALUES IN ('7')\n");
}

TEST_F(PostgresCatalogue, ShowsTheServersOwnSchemasWhenTheyAreAskedFor) {
  EXPECT_EQ(shown(must(Meta::schemas, {"", "pg_catalog", ""}), {"name"}), "pg_catalog\n");
  EXPECT_EQ(shown(must(Meta::objects, {"", "pg_catalog", "pg_class"}), {"schema", "name", "type"}),
            "pg_catalog|pg_class|table\n");
  EXPECT_GT(must(Meta::objects, {"", "information_schema", ""}).rows.size(), 50u);
  EXPECT_EQ(shown(must(Meta::columns, {"", "pg_catalog", "pg_am"}), {"name"}),
            "oid\namname\namhandler\namtype\n");
}

TEST_F(PostgresCatalogue, EstimatesRowsBeforeAndAfterTheyWereAnalyzedAndSumsPartitions) {
  const auto admin = admin_session(database_.name());
  const auto rows_of_events = [&] {
    return shown(must(Meta::objects, {"", "sales", "events"}), {"row_estimate"}) +
           shown(must(Meta::objects, {"", "sales", ""}, "events%"), {"name", "row_estimate"});
  };
  const std::string expected = "301\nevents|301\nevents_2024|300\nevents_2025|1\nevents_2025_7|1\n";
  for (int tries = 0; tries < 100 && rows_of_events() != expected; ++tries)
    ask(admin.get(), "SELECT pg_sleep(0.1)");  // statistics come a moment later
  EXPECT_EQ(rows_of_events(), expected);
  ask(admin.get(), "ANALYZE sales.events_2024");
  ask(admin.get(), "ANALYZE sales.events_2025_7");
  ask(admin.get(), "SELECT pg_stat_reset()");
  EXPECT_EQ(rows_of_events(), expected);
  EXPECT_EQ(shown(must(Meta::objects, {"", "public", "room_names"}), {"row_estimate"}), "-\n");
}

TEST_F(PostgresCatalogue, ListsPartitionsFromTheMomentTheyAreThereUntilTheyAreGone) {
  const auto admin = admin_session(database_.name());
  const auto listed = [&](const std::vector<std::string>& more = {}) {
    std::vector<std::string> columns{"name", "type", "row_estimate"};
    columns.insert(columns.end(), more.begin(), more.end());
    return shown(must(Meta::objects, {"", "later", ""}), columns);
  };
  ask(admin.get(), "CREATE SCHEMA later");
  ask(admin.get(), "CREATE TABLE later.plain AS SELECT 1 AS a");
  ask(admin.get(), "ANALYZE later.plain");
  const std::string plain = "plain|table|1\n";
  EXPECT_EQ(listed(), plain);
  ask(admin.get(), "CREATE TABLE later.days (at int) PARTITION BY LIST (at)");
  ask(admin.get(), "CREATE TABLE later.day_1 PARTITION OF later.days FOR VALUES IN (1)");
  ask(admin.get(), "INSERT INTO later.days SELECT 1 FROM generate_series(1, 70)");
  ask(admin.get(), "ANALYZE later.days");
  EXPECT_EQ(listed({"parent_schema", "parent"}),
            "day_1|partition|70|later|days\ndays|partitioned table|70|-|-\nplain|table|1|-|-\n");
  ask(admin.get(), "DROP TABLE later.days");
  EXPECT_EQ(listed(), plain);
  EXPECT_EQ(listed(), plain);
}

TEST_F(PostgresCatalogue, DescribesColumnsWithEnumValuesDomainsIdentityAndExpressions) {
  EXPECT_EQ(shown(must(Meta::columns, {"", "sales", "Odd \"Name\".x"}),
                  {"position", "name", "native_type", "nullable", "is_primary_key", "default_value",
                   "generated", "comment", "values", "expression", "base_type"}),
            "1|Id \"1\"|bigint|0|1|-|identity always|-|-|-|-\n"
            "2|naïve, column|sales.mood|1|0|'sad'::sales.mood|-|-|[\"sad\", \"it's ok\", \"glad "
            "\\\"really\\\"\"]|-|-\n"
            "3|price|sales.cents|0|0|-|-|in cents, 100% net|-|-|integer CHECK ((VALUE >= 0))\n"
            "4|moods|sales.mood[]|1|0|-|-|-|[\"sad\", \"it's ok\", \"glad \\\"really\\\"\"]|-|-\n"
            "5|feeling|sales.feeling|1|0|-|-|-|[\"sad\", \"it's ok\", \"glad \\\"really\\\"\"]|-|sales.mood\n"
            "6|twice|integer|1|0|-|stored|-|-|(length((\"Name\")::text) * 2)|-\n"
            "7|Name|character varying(20)|0|0|-|-|-|-|-|-\n");
}

TEST_F(PostgresCatalogue, FindsColumnsByNameOrCommentInOneQuestion) {
  EXPECT_EQ(shown(must(Meta::columns, {}, "%NET%"), {"schema", "object", "name"}),
            "sales|Odd \"Name\".x|price\n");
  EXPECT_EQ(shown(must(Meta::columns, {}, "%_uest"), {"object", "name"}), "stays|guest\n");
  EXPECT_EQ(shown(must(Meta::objects, {}, "%Ελλάδα%"), {"name"}), "Odd \"Name\".x\n");
}

TEST_F(PostgresCatalogue, TellsConstraintsOfEveryKind) {
  EXPECT_EQ(shown(must(Meta::constraints, {"", "", "rooms"}), {"name", "type", "columns", "definition"}),
            "rooms_pkey|PRIMARY KEY|[\"id\"]|PRIMARY KEY (id)\n"
            "rooms_floor_name_key|UNIQUE|[\"floor\", \"name\"]|UNIQUE (floor, name)\n"
            "one_at_a_time|EXCLUDE|[\"during\"]|EXCLUDE USING gist (during WITH &&)\n"
            "small|CHECK|[\"area\"]|CHECK ((area < (100)::numeric))\n");
}

TEST_F(PostgresCatalogue, TellsOfIndexesWhatTheyHoldAndWhetherTheyAreValid) {
  EXPECT_EQ(shown(must(Meta::indexes, {"", "", "stays"}),
                  {"name", "unique", "primary", "columns", "included", "predicate", "method", "valid"}),
            "stays_guest|0|0|[\"guest\", \"lower(guest::text)\"]|[\"event_id\"]|guest > 0|btree|1\n");
  EXPECT_EQ(shown(must(Meta::indexes, {"", "", "stays"}), {"definition"}),
            "CREATE INDEX stays_guest ON public.stays USING btree (guest DESC, lower((guest)::text)) INCLUDE"
            " (event_id) WHERE (guest > 0)\n");
  const Table rooms = must(Meta::indexes, {"", "", "rooms"});
  EXPECT_EQ(shown(rooms, {"name", "unique", "primary"}),
            "rooms_pkey|1|1\none_at_a_time|0|0\nrooms_floor_name_key|1|0\nrooms_name|1|0\n");
  EXPECT_EQ(rooms.at(0, "bytes"), Value(8192));

  const auto admin = admin_session(database_.name());
  ask(admin.get(), "INSERT INTO stays (guest) VALUES (5), (5)");
  EXPECT_THROW(ask(admin.get(), "CREATE UNIQUE INDEX CONCURRENTLY broken ON stays (guest)"),
               std::runtime_error);
  EXPECT_EQ(shown(must(Meta::indexes, {"", "", "stays"}, "broken"), {"name", "valid"}), "broken|0\n");
}

TEST_F(PostgresCatalogue, FollowsKeysAcrossSchemasAndPartitionsBothWays) {
  const std::vector<std::string> columns{"schema",     "object",      "name",      "columns",  "ref_schema",
                                         "ref_object", "ref_columns", "on_update", "on_delete"};
  const std::string event =
      "public|stays|stays_event|[\"event_at\", \"event_id\"]|sales|events|[\"at\", \"id\"]|NO ACTION|NO "
      "ACTION\n";
  const std::string room = "public|stays|stays_room|[\"room\"]|public|rooms|[\"id\"]|CASCADE|SET NULL\n";
  EXPECT_EQ(shown(must(Meta::foreign_keys, {"", "", "stays"}), columns), event + room);
  EXPECT_EQ(shown(must(Meta::foreign_keys), columns), event + room);
  EXPECT_EQ(shown(must(Meta::referenced_by, {"", "sales", "events"}), columns), event);
  EXPECT_EQ(shown(must(Meta::referenced_by, {"", "", "rooms"}), columns), room);
}

TEST_F(PostgresCatalogue, TellsTriggersViewsAndRoutines) {
  EXPECT_EQ(shown(must(Meta::triggers, {"", "", "stays"}), {"name", "timing", "event", "enabled"}),
            "stays_touched|BEFORE|INSERT OR UPDATE|1\n");
  EXPECT_TRUE(shown(must(Meta::view_text, {"", "", "room_names"}), {"text"}).ends_with("   FROM rooms;\n"));
  EXPECT_EQ(shown(must(Meta::view_text), {"object"}), "floors\nroom_names\n");
  EXPECT_EQ(shown(must(Meta::routines),
                  {"schema", "name", "arguments", "returns", "volatility", "kind", "comment"}),
            "public|tidy||-|volatile|procedure|-\n"
            "public|touched||trigger|volatile|function|-\n"
            "public|twice|n integer DEFAULT 1|integer|immutable|function|doubles\n");
}

TEST_F(PostgresCatalogue, MeasuresTablesWithTheirPartitionsAndTheDatabase) {
  const auto number = [](const Table& table, const std::string& name) {
    for (std::size_t r = 0; r < table.rows.size(); ++r)
      if (table.at(r, "name") == Value(name)) return table.at(r, "value").i64;
    return std::int64_t{-1};
  };
  const auto admin = admin_session(database_.name());
  ask(admin.get(), "CREATE TABLE long (t text)");
  ask(admin.get(), "ALTER TABLE long ALTER t SET STORAGE EXTERNAL");
  ask(admin.get(), "INSERT INTO long SELECT repeat('x', 100000) FROM generate_series(1, 10)");
  ask(admin.get(), "CREATE INDEX ON long (length(t))");
  const Table stats = must(Meta::stats, {"", "", "long"});
  for (const auto& [name, function] :
       {std::pair{"bytes", "pg_total_relation_size"}, {"indexes_bytes", "pg_indexes_size"}})
    EXPECT_EQ(std::to_string(number(stats, name)),
              ask(admin.get(), std::string("SELECT ") + function + "('long')"));
  EXPECT_GT(number(stats, "toast_bytes"), 1'000'000);
  EXPECT_EQ(number(stats, "bytes"),
            number(stats, "table_bytes") + number(stats, "indexes_bytes") + number(stats, "toast_bytes"));
  EXPECT_EQ(
      std::to_string(number(must(Meta::stats, {"", "sales", "events"}), "bytes")),
      ask(admin.get(), "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('sales.events')"));
  EXPECT_GT(number(must(Meta::stats), "bytes"), 5'000'000);
}

TEST_F(PostgresCatalogue, ListsAndFindsTablesThatSomebodyHasLocked) {
  const auto admin = admin_session(database_.name());
  ask(admin.get(), "BEGIN");
  ask(admin.get(), "LOCK TABLE rooms, stays, sales.events IN ACCESS EXCLUSIVE MODE");
  EXPECT_EQ(must(Meta::objects).rows.size(), 11u);
  EXPECT_EQ(must(Meta::columns, {}, "%floor%").rows.size(), 2u);
}

TEST_F(PostgresCatalogue, SaysOfANameThatIsNotThereWhatIsMissing) {
  for (const auto& [schema, name] : {std::pair{"", "events"}, {"nowhere", "rooms"}, {"sales", "EVENTS"}}) {
    Call call;
    const auto cursor = conn_->introspect(call, Meta::objects, {"", schema, name});
    ASSERT_FALSE(cursor) << schema << "." << name;
    EXPECT_EQ(cursor.error().category, Category::not_found);
    EXPECT_EQ(cursor.error().object, name);
  }
}

TEST_F(PostgresCatalogue, DescribesAnObjectInOneRoundTripOfOneCall) {
  Proxy proxy(database_.server().port);
  proxy.answer_after(std::chrono::milliseconds(100));
  conn_ = connect(database_.options_with(proxy.port()), true);
  const auto flights = [&](Call& call) {
    const int before = proxy.flights();
    for (const auto kind : {Meta::objects, Meta::columns, Meta::indexes, Meta::foreign_keys,
                            Meta::referenced_by, Meta::constraints, Meta::triggers, Meta::view_text}) {
      auto cursor = conn_->introspect(call, kind, {"", "", "stays"});
      EXPECT_TRUE(cursor) << static_cast<int>(kind);
      if (cursor) fetch(**cursor);
    }
    return proxy.flights() - before;
  };
  Call first({}, Clock::now() + std::chrono::seconds(20));
  EXPECT_EQ(flights(first), 1);
  const auto admin = admin_session(database_.name());
  ask(admin.get(), "ALTER TABLE stays ADD COLUMN later int");
  const auto columns = must(Meta::columns, {"", "", "stays"});
  EXPECT_EQ(columns.rows.size(), 5u) << "what one call has read is not for the next";
  const int before = proxy.flights();
  must(Meta::columns);
  EXPECT_EQ(proxy.flights() - before, 1);
}

// Since 18: columns that are computed when they are read, keys over time, names of what is NOT NULL.
TEST_F(PostgresCatalogue, TellsOfColumnsAndKeysThatEighteenBrought) {
  const auto admin = admin_session(database_.name());
  ask(admin.get(), "CREATE EXTENSION btree_gist");
  const auto make = [&] {
    ask(admin.get(),
        "CREATE TABLE booked (id int, during daterange, half int GENERATED ALWAYS AS (id / 2) VIRTUAL, note "
        "text"
        " CONSTRAINT noted NOT NULL, PRIMARY KEY (id, during WITHOUT OVERLAPS))");
    ask(admin.get(),
        "CREATE TABLE stays_in (room int, during daterange,"
        " FOREIGN KEY (room, PERIOD during) REFERENCES booked (id, PERIOD during))");
  };
  if (server_major(*conn_) < 18) {
    EXPECT_THROW(make(), std::runtime_error);
    return;
  }
  make();
  const auto columns = must(Meta::columns, {"", "", "booked"});
  ASSERT_EQ(columns.rows.size(), 4U);
  EXPECT_EQ(columns.at(2, "generated").bytes, "virtual");
  EXPECT_EQ(columns.at(2, "expression").bytes, "(id / 2)");
  EXPECT_EQ(columns.at(3, "nullable").i64, 0);
  EXPECT_EQ(columns.at(1, "is_primary_key").i64, 1);
  const auto constraints = must(Meta::constraints, {"", "", "booked"});
  ASSERT_EQ(constraints.rows.size(), 1U) << "NOT NULL stands with the column";
  EXPECT_EQ(constraints.at(0, "definition").bytes, "PRIMARY KEY (id, during WITHOUT OVERLAPS)");
  const auto keys = must(Meta::foreign_keys, {"", "", "stays_in"});
  ASSERT_EQ(keys.rows.size(), 1U);
  EXPECT_EQ(keys.at(0, "ref_columns").bytes, R"(["id", "during"])");
  EXPECT_EQ(cell(*conn_, "SELECT count(half) FROM booked"), "0");
}

}  // namespace
}  // namespace dbmux::test
