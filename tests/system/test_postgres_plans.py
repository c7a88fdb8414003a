"""Plans of a real PostgreSQL, and the guard that looks at them before anything runs."""

import subprocess
import os

import pytest


def asked(postgres, statement):
    done = subprocess.run(["psql", "-qXAt", "-h", postgres.host, "-p", str(postgres.port), "-U", "postgres", "-c", statement],
                          env={**os.environ, "PGPASSWORD": postgres.password}, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


@pytest.fixture
def session(dbmux, postgres):
    postgres.run("DROP TABLE IF EXISTS looked_at",
                 "CREATE TABLE looked_at (id int PRIMARY KEY, k int, t text) WITH (autovacuum_enabled = off)",
                 "INSERT INTO looked_at SELECT i, i % 100, 'x' FROM generate_series(1, 50000) i", "ANALYZE looked_at")
    place = (f"plugin: postgres, host: 127.0.0.1, port: {postgres.port}, user: postgres, database: postgres, "
             f"password: {{secret: \"literal:{postgres.password}\"}}")
    profile = dbmux.profile(f"""dbmux: 1
default_connection: free
connections:
  free: {{{place}, guard: {{max_cost: none}}}}
  whole: {{{place}, guard: {{full_scan_rows: 10000}}}}
  dear: {{{place}, guard: {{max_cost: 100}}}}
  writing: {{{place}, access: read-write}}
""")
    return dbmux.start("-p", profile)


def refused(session, connection, query, **more):
    answer = session.call("execute_query", {"connectionId": connection, "query": query, **more})
    assert answer.is_error, answer.text
    return answer.json()["error"]


def test_a_statement_beyond_the_guard_is_refused_before_it_runs(session, postgres):
    scans = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'looked_at'"
    before = asked(postgres, scans)
    error = refused(session, "whole", "SELECT * FROM looked_at WHERE t = 'y'")
    assert error == {
        "category": "resource",
        "message": "Not run: it would read about 50,000 rows to find its own (Seq Scan of looked_at), and whole tables may be read here "
                   "up to 10,000 rows.",
        "limit": "guard full_scan_rows 10,000 of connection 'whole'",
        "hint": "Filter on an indexed column, ask for a smaller part, or look at explain_query."}
    dear = refused(session, "dear", "SELECT k, count(*) FROM looked_at GROUP BY k")
    assert dear["message"].startswith("Not run: its plan costs 1,0") and "Seq Scan of looked_at" in dear["message"]
    assert refused(session, "whole", "SELECT nothing FROM looked_at")["category"] == "not_found"
    asked(postgres, "SELECT pg_stat_clear_snapshot()")
    assert asked(postgres, scans) == before


def test_what_is_within_the_guard_runs(session):
    for connection, query, params in [("whole", "SELECT t FROM looked_at WHERE id = $1", [7]), ("whole", "SELECT t FROM looked_at LIMIT 1", []),
                                      ("dear", "SELECT t FROM looked_at WHERE id = 7", []), ("whole", "SHOW work_mem", []),
                                      ("free", "SELECT DISTINCT t FROM looked_at", [])]:
        answer = session.call("execute_query", {"connectionId": connection, "query": query, "params": params})
        assert not answer.is_error and answer.json()["row_count"] == 1, answer.text


def test_a_plan_is_measured_where_it_may_run_and_undone(session, postgres):
    def explained(connection, query, **more):
        return session.call("explain_query", {"connectionId": connection, "query": query, **more})

    plan = explained("free", "SELECT * FROM looked_at WHERE t = $1").json()
    assert list(plan) == ["cost", "rows", "text", "warnings"] and plan["warnings"] == ["reads the whole of looked_at (50000 rows)"]
    measured = explained("free", "SELECT * FROM looked_at WHERE id = $1", params=[7], analyze=True).json()
    assert list(measured) == ["cost", "rows", "ms", "text", "warnings"] and measured["ms"] > 0 and "took" in measured["text"]
    assert explained("whole", "SELECT * FROM looked_at WHERE t = 'y'", analyze=True).json()["error"]["category"] == "resource"
    assert explained("free", "DELETE FROM looked_at", analyze=True).json()["error"]["category"] == "read_only"
    deleted = explained("writing", "DELETE FROM looked_at WHERE id < 100", analyze=True)
    assert not deleted.is_error and "99 rows" in deleted.json()["text"], deleted.text
    assert asked(postgres, "SELECT count(*) FROM looked_at") == "50000"
