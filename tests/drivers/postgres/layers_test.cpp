// Each layer that holds reading, switched off alone in a build of the plugin for this test, and all at once.
#include "postgres_test.hpp"

namespace dbmux::test {
namespace {

// The engine's: the transaction is READ ONLY, its end is a ROLLBACK, sessions default to reading.
struct Attack {
  const char* name;
  const char* text;
  const char* harm;  // asked by the administrator: "t" once it is done
  // Which of our own layers stop it alone, where the server itself would let it happen.
  bool words, parser, names, engine, role;
};

constexpr Attack kAttacks[] = {
    {"a plain write", "DELETE FROM kept", "SELECT NOT EXISTS (SELECT FROM kept)", true, true, false, true,
     true},
    {"a write in WITH", "WITH g AS (DELETE FROM kept RETURNING a) SELECT * FROM g",
     "SELECT NOT EXISTS (SELECT FROM kept)", true, true, false, true, true},
    {"a table by SELECT INTO", "SELECT 1 AS a INTO made", "SELECT to_regclass('made') IS NOT NULL", true,
     true, false, true, true},
    {"an end of the transaction", "COMMIT", "SELECT false", true, true, false, false, false},
    {"a function that deletes", "SELECT sweep()", "SELECT NOT EXISTS (SELECT FROM kept)", false, false, true,
     true, true},
    {"a sequence", "SELECT nextval('counter')", "SELECT last_value > 10 FROM counter", true, false, true,
     true, true},
    {"a large object", "SELECT lo_from_bytea(4711, 'x')",
     "SELECT EXISTS (SELECT FROM pg_largeobject_metadata WHERE oid = 4711)", true, false, true, false, false},
    {"another session that writes",
     "SELECT dblink_exec('host=127.0.0.1 port=' || current_setting('port') || ' user=postgres "
     "password=postgres-test dbname=' || current_database(), 'DELETE FROM kept')",
     "SELECT NOT EXISTS (SELECT FROM kept)", true, false, true, false, false},
    {"another session behind a view", "SELECT * FROM evil", "SELECT NOT EXISTS (SELECT FROM kept)", false,
     false, true, false, false},
    {"a lock that outlives the transaction", "SELECT pg_advisory_lock(7)",
     "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 7)", true, false, true,
     false, false},
    {"a lock behind a view", "SELECT * FROM locking",
     "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 8)", false, false, true,
     false, false},
};

// In a grammar that the parser does not know, from a version of the server on.
struct NewAttack {
  int since;
  const char* name;
  const char* text;
  const char* harm;
  bool words, engine;  // which of them stop it alone, where the profile leaves such statements to the engine
};

constexpr const char* kGone = "SELECT NOT EXISTS (SELECT FROM kept WHERE a = 1)";
constexpr NewAttack kNewAttacks[] = {
    {17, "MERGE in WITH",
     "WITH m AS (MERGE INTO kept AS k USING (VALUES (1)) AS v (a) ON k.a = v.a WHEN MATCHED THEN DELETE"
     " RETURNING k.a) SELECT * FROM m",
     kGone, true, true},
    {17, "MERGE that gives rows",
     "MERGE INTO kept AS k USING (VALUES (1)) AS v (a) ON k.a = v.a WHEN MATCHED THEN DELETE"
     " RETURNING merge_action()",
     kGone, true, true},
    {17, "a function that deletes", "SELECT sweep() FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$'))",
     kGone, false, true},
    {17, "a function that deletes, within JSON_TABLE",
     "SELECT * FROM JSON_TABLE('[1]', '$[*]' PASSING sweep() AS s COLUMNS (a int PATH '$'))", kGone, false,
     true},
    {17, "a sequence", "SELECT nextval('counter') FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$'))",
     "SELECT last_value > 10 FROM counter", true, true},
    {17, "another session",
     "SELECT dblink_exec('host=127.0.0.1 port=' || current_setting('port') || ' user=postgres "
     "password=postgres-test dbname=' || current_database(), 'DELETE FROM kept')"
     " FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$'))",
     kGone, true, false},
    {17, "rows that are killed where they lie",
     "SELECT heap_force_kill('kept'::regclass, ARRAY['(0,1)']::tid[])"
     " FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$'))",
     kGone, true, false},
    {16, "a predicate", "SELECT 1 WHERE sweep()::text IS JSON", kGone, false, true},
    {16, "a number", "SELECT sweep() WHERE 1_000 = 1000", kGone, false, true},
    {18, "UPDATE that gives what was", "UPDATE kept SET a = 2 RETURNING WITH (OLD AS o) o.a", kGone, true,
     true},
    {18, "a table with a virtual column",
     "CREATE TABLE made (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)",
     "SELECT to_regclass('made') IS NOT NULL", true, true},
};

class PostgresLayers : public PostgresTest {
 protected:
  void SetUp() override {
    const auto admin = admin_session(database_.name());
    for (const char* statement :
         {"CREATE EXTENSION dblink", "CREATE TABLE kept (a int)", "CREATE SEQUENCE counter",
          "CREATE FUNCTION sweep() RETURNS int LANGUAGE sql AS 'DELETE FROM kept; SELECT 1'",
          "CREATE FUNCTION by_itself() RETURNS text LANGUAGE sql AS $$ SELECT dblink_exec('host=127.0.0.1 "
          "port=' ||"
          " current_setting('port') || ' user=postgres password=postgres-test dbname=' || current_database(),"
          " 'DELETE FROM kept') $$",
          "CREATE VIEW evil AS SELECT by_itself()",
          "CREATE VIEW locking AS SELECT pg_advisory_lock(8) IS NULL AS l",
          "CREATE ROLE layers_reader LOGIN PASSWORD 'postgres-test'",
          "REVOKE CREATE ON SCHEMA public FROM PUBLIC",  // as it is from 15 on
          "GRANT SELECT ON ALL TABLES IN SCHEMA public TO layers_reader"})
      run_as(admin.get(), statement);
    if (ask(admin.get(), "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_surgery'") == "1")
      run_as(admin.get(), "CREATE EXTENSION pg_surgery");  // since 14
  }
  void TearDown() override {
    const auto admin = admin_session(database_.name());
    run_as(admin.get(), "DROP OWNED BY layers_reader");
    run_as(admin.get(), "DROP ROLE layers_reader");
  }

  static void run_as(PGconn* session, const char* statement) { ask(session, statement); }

  // What an attack does with these layers off: a fresh session, and the state of before.
  template <class Attack>
  bool does_harm(const Attack& attack, const std::string& layers_off, const std::string& user = "postgres",
                 bool engine_decides = false) {
    const auto admin = admin_session(database_.name());
    run_as(admin.get(), "TRUNCATE kept");
    run_as(admin.get(), "INSERT INTO kept VALUES (1)");
    run_as(admin.get(), "DROP TABLE IF EXISTS made");
    run_as(admin.get(), "SELECT setval('counter', 10)");
    run_as(admin.get(), "SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
    auto options = database_.options_with(database_.server().port, "disable", user);
    options.push_back(json_option("layersOff", layers_off));
    Param decides;
    decides.name = "engineDecides";
    decides.kind = Kind::boolean;
    decides.i64 = engine_decides ? 1 : 0;
    options.push_back(decides);
    Call call({}, Clock::now() + std::chrono::seconds(30));
    const auto source = plugin()->open(call, options, [this](Call&, std::string_view) -> Result<std::string> {
      return *database_.secret();
    });
    EXPECT_TRUE(source) << (source ? "" : source.error().message);
    auto conn = (*source)->connect(call, true);
    EXPECT_TRUE(conn) << (conn ? "" : conn.error().message);
    static_cast<void>(run(**conn, attack.text));
    return ask(admin.get(), attack.harm) == "t";
  }

  static std::shared_ptr<Plugin> plugin() {
    static const auto loaded = Plugin::load(DBMUX_LAYERS_PLUGIN);
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return *loaded;
  }

  static Param json_option(const std::string& name, const std::string& json) {
    Param p;
    p.name = name;
    p.kind = Kind::json;
    p.text = json;
    return p;
  }
};

TEST_F(PostgresLayers, WithAllOffEveryAttackDoesItsHarm) {
  for (const auto& attack : kAttacks)
    if (std::string_view(attack.text) != "COMMIT") {
      EXPECT_TRUE(does_harm(attack, R"(["all"])")) << attack.name;
    }
}

TEST_F(PostgresLayers, WithNoneOffNoneDoes) {
  for (const auto& attack : kAttacks) EXPECT_FALSE(does_harm(attack, "[]")) << attack.name;
}

TEST_F(PostgresLayers, WithOneOffTheOthersHold) {
  for (const char* layer : {"words", "parser", "transaction", "rollback", "session"})
    for (const auto& attack : kAttacks) {
      // What a function does is seen by the parser's walk alone.
      if (std::string_view(layer) == "parser" && !attack.words && !attack.engine) continue;
      EXPECT_FALSE(does_harm(attack, "[\"" + std::string(layer) + "\"]"))
          << attack.name << " without " << layer;
    }
}

TEST_F(PostgresLayers, EachOfOursStopsAloneWhatItKnows) {
  for (const auto& attack : kAttacks) {
    if (std::string_view(attack.text) == "COMMIT") continue;
    const std::string engine = R"("transaction","rollback","session")";
    EXPECT_EQ(does_harm(attack, "[" + engine + R"(,"parser","names"])"), !attack.words)
        << attack.name << ": words";
    EXPECT_EQ(does_harm(attack, "[" + engine + R"(,"words","names"])"), !attack.parser)
        << attack.name << ": parser";
    EXPECT_EQ(does_harm(attack, "[" + engine + R"(,"words"])"), !attack.parser && !attack.names)
        << attack.name << ": names";
  }
}

TEST_F(PostgresLayers, TheEnginesStopWhatIsItsBusiness) {
  const std::string ours = R"("words","parser","names")";
  for (const auto& attack : kAttacks) {
    // What the server thinks of large objects in a READ ONLY transaction depends on its version.
    if (std::string_view(attack.text) == "COMMIT" ||
        std::string_view(attack.text).find("lo_") != std::string::npos)
      continue;
    EXPECT_EQ(does_harm(attack, "[" + ours + R"(,"rollback","session"])"), !attack.engine) << attack.name;
    EXPECT_EQ(does_harm(attack, "[" + ours + R"(,"transaction","rollback"])"), !attack.engine) << attack.name;
  }
}

TEST_F(PostgresLayers, TheRollbackUndoesWhatTheServerLetsHappen) {
  for (const auto& attack : kAttacks)
    if (std::string_view(attack.text).find("lo_") != std::string::npos ||
        std::string_view(attack.text).starts_with("DELETE")) {
      EXPECT_FALSE(does_harm(attack, R"(["words","parser","names","transaction","session"])")) << attack.name;
    }
}

TEST_F(PostgresLayers, WhatTheGrammarDoesNotKnowIsHeldByWordsAndEngine) {
  const auto plain = connect(true);
  const int major = server_major(*plain);
  const auto left_to_engine = [&](const NewAttack& attack, const char* off) {
    return does_harm(attack, off, "postgres", true);
  };
  for (const auto& attack : kNewAttacks) {
    const bool known = major >= attack.since;
    EXPECT_EQ(does_harm(attack, R"(["all"])"), known) << attack.name;
    EXPECT_FALSE(left_to_engine(attack, "[]")) << attack.name;
    EXPECT_EQ(left_to_engine(attack, R"(["words"])"), known && !attack.engine)
        << attack.name << ": the engine";
    EXPECT_EQ(left_to_engine(attack, R"(["transaction","rollback","session"])"), known && !attack.words)
        << attack.name << ": the words";
    const auto refused = run(*plain, attack.text);
    ASSERT_FALSE(refused) << attack.name;
    if (known) {
      EXPECT_TRUE(refused.error().category == Category::not_understood ||
                  refused.error().category == Category::read_only)
          << attack.name << ": " << refused.error().message;
    }
  }
}

TEST_F(PostgresLayers, ARoleThatMayOnlyReadStopsWritesWithAllElseOff) {
  for (const auto& attack : kAttacks)
    if (attack.role) {
      EXPECT_FALSE(does_harm(attack, R"(["all"])", "layers_reader")) << attack.name;
    }
}

}  // namespace
}  // namespace dbmux::test
