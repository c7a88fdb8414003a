"""What search_tables finds in a real PostgreSQL beyond tables and columns."""

import pytest


@pytest.fixture
def session(dbmux, postgres):
    postgres.run("DROP SCHEMA IF EXISTS searched CASCADE", "CREATE SCHEMA searched",
                 "CREATE TABLE searched.refunds (id int PRIMARY KEY, note text)",
                 "CREATE FUNCTION searched.refund_total(of int, since date DEFAULT NULL) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT 1.0'",
                 "COMMENT ON FUNCTION searched.refund_total IS 'all refunds of a customer'",
                 "CREATE PROCEDURE searched.settle() LANGUAGE sql AS 'SELECT 1'",
                 "COMMENT ON PROCEDURE searched.settle() IS 'books what was REFUNDED'")
    yield dbmux.start(f"db=postgres://postgres:{postgres.password}@127.0.0.1:{postgres.port}/postgres?sslmode=disable")
    postgres.run("DROP SCHEMA searched CASCADE")


def test_functions_and_procedures_are_found_by_name_and_comment(session):
    answer = session.call("search_tables", {"search_term": "refund", "schema": "searched"}).json()
    assert answer["matches"] == [
        {"table": "searched.refunds", "kind": "table"},
        {"routine": "searched.refund_total", "kind": "function", "arguments": "of integer, since date DEFAULT NULL::date",
         "returns": "numeric", "volatility": "stable", "comment": "all refunds of a customer"},
        {"routine": "searched.settle", "kind": "procedure", "arguments": "", "volatility": "volatile", "comment": "books what was REFUNDED"}]
    assert session.call("search_tables", {"search_term": "settled", "schema": "searched"}).json()["matches"] == []
    everything = session.call("search_tables", {"search_term": "", "schema": "searched"}).json()["matches"]
    assert everything == [{"table": "searched.refunds", "kind": "table"}]
