// Settings that name who calls: they hold for his call, and for nobody else's.
#include <thread>

#include "host_test.hpp"

namespace dbmux::test {
namespace {

class PostgresSessionVariables : public ThroughHost {
 protected:
  ConnectionProfile profile(std::vector<Option> variables) const {
    variables.push_back(option("database", database_.name()));
    auto made = profile_of("127.0.0.1:" + std::to_string(database_.server().port), std::move(variables));
    made.pool_max = 1;
    return made;
  }
  ConnectionProfile named() const {
    return profile({option("session.application_name", "dbmux/${user.name}"),
                    option("session.app.user", "${user.name}"), option("session.app.costs", "$${5}")});
  }
  static std::string as(Connection& connection, const std::string& principal, const std::string& text,
                        bool read_only = true) {
    return answer(connection, {.text = text, .read_only = read_only, .principal = principal});
  }

  FreshDatabase database_;
};

constexpr const char* kWho =
    "SELECT current_setting('app.user') || ' as ' || current_setting('application_name')";

TEST_F(PostgresSessionVariables, AreThoseOfWhoCallsOnASessionThatTheyShare) {
  const auto connection = add(named());
  for (const auto* user : {"ann", "bob", "ann", "o'hara; DROP TABLE t", "${user.name}", ""})
    for (const bool read_only : {true, false})
      EXPECT_EQ(as(*connection, user, kWho, read_only), std::string(user) + " as dbmux/" + user);
  EXPECT_EQ(as(*connection, "ann", "SELECT current_setting('app.costs')"), "${5}");
}

TEST_F(PostgresSessionVariables, EndWithTheCall) {
  const auto with = add(named());
  EXPECT_EQ(as(*with, "ann", kWho), "ann as dbmux/ann");
  EXPECT_EQ(as(*with, "ann", "SELECT 1/0"), "invalid: division by zero");
  EXPECT_EQ(as(*with, "ann", "CREATE TABLE t AS SELECT current_setting('app.user') AS made_by", false),
            "not one cell");
  EXPECT_EQ(ask(admin_session().get(),
                "SELECT string_agg(DISTINCT application_name, ',') FROM pg_stat_activity WHERE datname = '" +
                    database_.name() + "'"),
            "dbmux")
      << "what is left on the sessions";
  EXPECT_EQ(as(*with, "bob", "SELECT made_by FROM t"), "ann");
}

TEST_F(PostgresSessionVariables, LetRowSecurityTellPeopleApart) {
  const auto admin = admin_session(database_.name());
  ask(admin.get(),
      "DROP ROLE IF EXISTS row_reader; CREATE ROLE row_reader LOGIN PASSWORD 'postgres-test';"
      "CREATE TABLE notes (owner text, note text);"
      "INSERT INTO notes VALUES ('ann', 'of ann'), ('bob', 'of bob');"
      "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY own ON notes USING (owner = current_setting('app.user', true));"
      "GRANT SELECT, INSERT, UPDATE ON notes TO row_reader");
  auto made = named();
  std::erase_if(made.options, [](const Option& o) { return o.path == "user"; });
  made.options.push_back(option("user", "row_reader"));
  {
    const auto connection = add(made);
    EXPECT_EQ(as(*connection, "ann", "SELECT string_agg(note, ',') FROM notes"), "of ann");
    EXPECT_EQ(as(*connection, "bob", "SELECT string_agg(note, ',') FROM notes"), "of bob");
    EXPECT_EQ(as(*connection, "eve", "SELECT count(*) FROM notes"), "0");
    EXPECT_EQ(as(*connection, "ann' OR true --", "SELECT count(*) FROM notes"), "0");
    EXPECT_EQ(as(*connection, "bob", "UPDATE notes SET note = note || '!' RETURNING note", false), "of bob!");
    EXPECT_TRUE(
        as(*connection, "bob", "INSERT INTO notes VALUES ('ann', 'x')", false).starts_with("denied:"));
    EXPECT_TRUE(registry_.remove("pg"));
  }
  EXPECT_EQ(ask(admin.get(), "SELECT string_agg(note, ',' ORDER BY note) FROM notes"), "of ann,of bob!");
  ask(admin.get(), "DROP TABLE notes; DROP ROLE row_reader");
}

TEST_F(PostgresSessionVariables, DoNotStandInTheWayOfWhatRunsAlone) {
  const auto connection = add(named());
  for (const auto* text : {"CREATE TABLE t (a int)", "CREATE INDEX CONCURRENTLY i ON t (a)", "VACUUM t",
                           "REINDEX TABLE t", "DROP INDEX CONCURRENTLY i"})
    EXPECT_EQ(as(*connection, "ann", text, false), "not one cell") << text;
}

TEST_F(PostgresSessionVariables, AreRefusedWhereTheyCouldUndoWhatHolds) {
  for (const auto* name : {"transaction_read_only", "role", "statement_timeout", "DateStyle",
                           "app.user; RESET ALL", "search_path", ".user", "app.", "session_authorization"}) {
    const auto connection = add(profile({option(std::string("session.") + name, "x")}));
    EXPECT_TRUE(read(*connection, "SELECT 1").starts_with("invalid: session: ")) << name;
    EXPECT_TRUE(registry_.remove("pg"));
  }
}

TEST_F(PostgresSessionVariables, AServerThatRefusesOneRunsNothing) {
  const auto connection = add(profile({option("session.timezone", "nowhere")}));
  EXPECT_TRUE(
      as(*connection, "ann", "CREATE TABLE public.t (a int)", false).starts_with("invalid: invalid value"));
  EXPECT_EQ(ask(admin_session(database_.name()).get(), "SELECT to_regclass('public.t') IS NULL"), "t");
}

}  // namespace
}  // namespace dbmux::test
