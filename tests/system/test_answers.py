"""Answers and messages to the letter, as people and models see them."""

import json
import re

import pytest

from conftest import ENDLESS, compact, profile_of

ORDERS_BY_STATUS = 'SELECT status, count(*) AS orders, sum(total_cents) AS total FROM "Orders" GROUP BY 1 ORDER BY 2 DESC, 1'


def answered(session, tool, **arguments):
    answer = session.call(tool, arguments)
    assert not answer.is_error, answer.text
    return answer


def refused(session, tool, **arguments):
    answer = session.call(tool, arguments)
    assert answer.is_error, answer.text
    return answer


def error_of(session, tool, **arguments):
    return refused(session, tool, **arguments).json()["error"]


# ---- rows --------------------------------------------------------------------------------------------------------


def test_rows_are_one_compact_document(shop):
    answer = answered(shop, "execute_query", query=ORDERS_BY_STATUS)
    assert answer.texts == [
        '{"columns":["status","orders","total"],"rows":[["paid",84,1054200],["open",83,1045800],["shipped",83,1037500]],'
        '"row_count":3,"truncated":false}'
    ]
    assert "structuredContent" not in answer.message["result"]


def test_a_cut_answer_says_why_and_how_to_go_on(shop):
    text = answered(shop, "execute_query", query='SELECT id FROM "Orders" ORDER BY id').text
    rows = compact([[i] for i in range(1, 101)])
    shape = re.compile(
        r'\{"columns":\["id"\],"rows":' + re.escape(rows) + r',"row_count":100,"truncated":true,"why":"limit: 100 rows",'
        r'"total":250,"next":"([\w-]+-100)","hint":"call execute_query with only \{\\"next\\":\\"\1\\"\} within 15 minutes, '
        r'or narrow the query"\}')
    assert shape.fullmatch(text), text[-400:]


def test_next_alone_gives_the_rest_of_the_same_snapshot(shop):
    first = answered(shop, "execute_query", query='SELECT id FROM "Orders" ORDER BY id', limit=200).json()
    rest = answered(shop, "execute_query", next=first["next"]).json()
    assert [row[0] for row in rest["rows"]] == list(range(201, 251))
    assert rest["truncated"] is False and "next" not in rest


def test_a_long_cell_is_clipped_and_announced(shop):
    answer = answered(shop, "execute_query", query="SELECT id, note FROM notes ORDER BY id").json()
    assert answer["clipped"] == [[1, "note"]]
    assert re.fullmatch(r"a very long note (xy)+x? ?… \[\+\d,\d{3} characters\]", answer["rows"][1][1])
    assert [row[1] for row in answer["rows"][2:]] == [None, ""]


def test_formats_change_the_form_and_not_the_rows(shop):
    query = "SELECT id, name FROM customers ORDER BY id"
    objects = answered(shop, "execute_query", query=query, format="objects").json()
    assert objects == [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Blaise"}, {"id": 3, "name": "Česlav"}]
    csv = answered(shop, "execute_query", query=query, format="csv").text
    assert csv.splitlines() == ["id,name", "1,Ada", "2,Blaise", "3,Česlav"]
    markdown = answered(shop, "execute_query", query=query, format="markdown").text
    assert "Česlav" in markdown and markdown.count("|") >= 10


def test_access_goes_into_meta_and_not_into_the_text(shop):
    answer = answered(shop, "execute_query", query="SELECT 1")
    access = answer.message["result"]["_meta"]["dbmux/access"]
    assert access["verdict"] == "read" and set(access["by"]) >= {"parser", "file"}
    assert "verdict" not in answer.text


# ---- the other operations ----------------------------------------------------------------------------------------


def test_list_tables_counts_rows(shop):
    answer = answered(shop, "list_tables").json()
    assert list(answer) == ["schema", "tables", "truncated"]
    assert answer["schema"] == "main"
    tables = {table["name"]: table for table in answer["tables"]}
    assert tables["Orders"] == {"name": "Orders", "kind": "table", "row_count": 250, "row_count_is": "exact"}
    assert tables["open_orders"]["kind"] == "view"


def test_describe_table_says_what_a_query_needs(shop):
    answer = answered(shop, "describe_table", table_name="Orders").json()
    assert list(answer) == [
        "table", "kind", "row_count", "row_count_is", "columns", "foreignKeys", "referencedBy", "indexes", "constraints"]
    assert (answer["table"], answer["kind"], answer["row_count"], answer["row_count_is"]) == ("main.Orders", "table", 250, "exact")
    assert answer["columns"][:2] == [
        {"name": "id", "type": "INTEGER", "nullable": False, "isPrimaryKey": True},
        {"name": "status", "type": "TEXT", "nullable": False, "isPrimaryKey": False, "defaultValue": "'open'"}]
    assert answer["foreignKeys"] == [{"columns": ["customer_id"], "references": "main.customers(id)"}]
    assert answer["referencedBy"] == ["main.order_items(order_id)"]
    assert answer["indexes"] == [{"name": "orders_customer_idx", "columns": ["customer_id"], "unique": False}]
    assert "CHECK (total_cents >= 0)" in answer["constraints"]


def test_search_tables_finds_tables_and_columns(shop):
    answer = answered(shop, "search_tables", search_term="CUSTOMER").json()
    assert list(answer) == ["matches", "truncated"]
    found = {match["table"]: [column["name"] for column in match.get("columns", [])] for match in answer["matches"]}
    assert "main.customers" in found
    assert found["main.Orders"] == ["customer_id"]


def test_read_table_pages_in_key_order(shop):
    answer = answered(shop, "read_table", table_name="Orders", limit=2, offset=100).json()
    assert [row[0] for row in answer["rows"]] == [101, 102]
    assert (answer["table"], answer["limit"], answer["offset"]) == ("main.Orders", 2, 100)
    following = answered(shop, "execute_query", next=answer["next"]).json()
    assert [row[0] for row in following["rows"]] == [103, 104]


def test_get_table_stats_gives_rows_bytes_and_column_types(shop):
    answer = answered(shop, "get_table_stats", table_name="Orders").json()
    assert list(answer)[:5] == ["table", "row_count", "row_count_is", "bytes", "column_types"]
    assert answer["row_count"] == 250 and answer["bytes"] >= 4096
    assert {kind.lower(): columns for kind, columns in answer["column_types"].items()} == {"integer": 3, "text": 1}


def test_explain_query_shows_the_plan_without_running(shop):
    answer = answered(shop, "explain_query", query='SELECT * FROM "Orders" WHERE customer_id = 2').json()
    assert list(answer)[:3] == ["cost", "rows", "text"]
    assert "orders_customer_idx" in answer["text"]
    answered(shop, "explain_query", query=ENDLESS)


def test_list_connections_says_where_each_comes_from(writable):
    answer = answered(writable, "list_connections").json()
    first, second = answer["connections"]
    assert list(first) == ["id", "plugin", "description", "access", "state", "origin", "default"]
    assert (first["id"], first["plugin"], first["access"], first["default"]) == ("shop", "sqlite", "read-only", True)
    assert first["origin"].endswith("test.yaml:4:3") or re.search(r"test\.yaml:4", first["origin"])
    assert (second["id"], second["access"]) == ("notes", "read-write")


def test_health_check_gives_checks_with_advice(shop):
    answer = answered(shop, "health_check").json()
    assert answer["connection"] == "shop" and answer["status"] in ("ok", "warn")
    assert answer["checks"] and all(list(check) == ["check", "status", "value", "advice"] for check in answer["checks"])


def test_query_history_keeps_statements_and_no_parameter_values(shop):
    answered(shop, "execute_query", query="SELECT name FROM customers WHERE email = ?", params=["ada@example.org"])
    text = answered(shop, "query_history").text
    call = json.loads(text)["calls"][0]
    assert list(call) == ["at", "operation", "connection", "statement", "ms", "rows", "error"]
    assert (call["operation"], call["connection"], call["rows"], call["error"]) == ("execute_query", "shop", 1, None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", call["at"])
    assert "ada@example.org" not in text


def test_execute_update_says_how_many_rows_changed(writable):
    answer = answered(writable, "execute_update", connectionId="notes", query="INSERT INTO notes (text) VALUES (?), (?)", params=["a", "b"])
    assert answer.json() == {"rows_affected": 2, "insert_id": 2}


def test_connect_database_gives_the_new_connection_under_our_own_name(writable, dbmux):
    config = {"filename": str(dbmux.folder / "shop.db")}
    answer = answered(writable, "connect_database", connectionId="second", type="sqlite", config=config)
    assert answer.text == '{"connectionId":"second","plugin":"sqlite","access":"read-write"}'


# ---- arguments ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool, arguments", [
    ("execute_query", {"sql": "SELECT ? AS a", "parameters": [1]}),
    ("execute_query", {"query": "SELECT 1 AS a", "max_rows": 1}),
    ("execute_query", {"query": "SELECT 1 AS a", "connection": "shop"}),
    ("execute_query", {"query": "SELECT 1 AS a", "connection_id": "shop"}),
    ("read_table", {"table": "customers"}),
    ("read_table", {"collection": "customers", "schema": "public"}),
    ("read_table", {"table_name": "main.customers"}),
    ("list-tables", {"schema": "main"}),
    ("get-table-stats", {"table_name": "customers"}),
])
def test_the_words_that_models_use_are_understood(shop, tool, arguments):
    answered(shop, tool, **arguments)


@pytest.mark.parametrize("query, params", [
    ("SELECT ? AS a, ? AS b", [1, "x"]), ("SELECT ?2 AS b, ?1 AS a", [1, "x"]), ("SELECT :a AS a, :b AS b", {"a": 1, "b": "x"}),
    ("SELECT @a AS a, @b AS b", {"a": 1, "b": "x"}), ("SELECT $a AS a, $b AS b", {"a": 1, "b": "x"}),
])
def test_parameters_are_positional_or_named(shop, query, params):
    answer = answered(shop, "execute_query", query=query, params=params).json()
    assert sorted(map(str, answer["rows"][0])) == ["1", "x"]


def test_an_unknown_argument_names_the_way(shop):
    assert error_of(shop, "read_table", table_name="customers", where="id = 1")["message"] == \
        "argument 'where' unknown for read_table; use execute_query for filters."


def test_a_misspelt_argument_names_the_nearest(shop):
    message = error_of(shop, "execute_query", qeury="SELECT 1")["message"]
    assert re.search("did you mean '?query|there are: query", message), message


def test_an_unknown_connection_names_those_there_are(writable):
    assert error_of(writable, "list_tables", connectionId="prod")["message"] == "connectionId 'prod' unknown; there are: shop, notes."


# ---- errors ------------------------------------------------------------------------------------------------------


def test_a_missing_table_suggests_the_nearest(shop):
    error = error_of(shop, "execute_query", query="SELECT * FROM order_item")
    assert (error["category"], error["message"]) == ("not_found", "no such table: order_item")
    assert error["did_you_mean"][0].removeprefix("main.") == "order_items"


def test_a_missing_column_and_broken_syntax_give_their_place(shop):
    error = error_of(shop, "execute_query", query="SELECT 'ž', nmae FROM customers")
    assert "nmae" in error["message"] and error["position"] == 13
    error = error_of(shop, "execute_query", query="SELEC 1")
    assert error["category"] == "syntax" and error["position"] == 1


def test_a_refused_write_is_worded_for_the_model(shop):
    answer = refused(shop, "execute_query", query='UPDATE "Orders" SET status = 1')
    assert answer.text == (
        '{"error":{"category":"read_only","message":"Refused: UPDATE would change data, and the connection \'shop\' is '
        'read-only. Nothing was run.","by":["parser"],"hint":"This cannot be changed from here. Tell the person that a '
        'write was needed; the operator decides."}}')


def test_a_refusal_never_says_how_to_lift_the_bound(shop):
    for tool in ("execute_query", "execute_update", "execute-update"):
        text = refused(shop, tool, query="DELETE FROM notes").text
        assert not re.search("access:|read-write|your profile|yaml", text), text


def test_a_statement_that_runs_too_long_is_stopped_at_the_limit(dbmux):
    dbmux.database("shop.db")
    profile = profile_of(dbmux.folder).replace('shop.db"', 'shop.db", timeout: 1s')
    dbmux.database("notes.db", "CREATE TABLE notes (a);")
    session = dbmux.start("--profile", dbmux.profile(profile))
    error = error_of(session, "execute_query", query=ENDLESS)
    assert error["category"] == "timeout" and error["waited_for"] == "execution"
    assert error["message"] == "Stopped after 1 s; the statement was cancelled and is no longer running."
    assert error["limit"] == "timeout 1s of connection 'shop'"
    assert 900 <= error["elapsed_ms"]


def test_a_call_may_ask_for_more_time_up_to_the_ceiling(dbmux):
    path = dbmux.database("shop.db")
    session = dbmux.start("--profile", dbmux.profile(
        f"dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: {path}, timeout: 100ms, statement_timeout: 1s}}\n"))
    assert error_of(session, "execute_query", query=ENDLESS)["elapsed_ms"] < 900
    assert error_of(session, "execute_query", query=ENDLESS, timeout=3600)["elapsed_ms"] >= 900


def test_a_missing_file_names_its_neighbours(dbmux):
    dbmux.database("notes.db", "CREATE TABLE notes (a);")
    session = dbmux.start(f"shop=sqlite:{dbmux.folder}/note.db")
    assert error_of(session, "list_tables")["message"] == \
        f"{dbmux.folder}/note.db does not exist; near it: notes.db. To create it set createIfNotExists: true."
    assert not (dbmux.folder / "note.db").exists()


# ---- profiles that are wrong: the process lives and says where ----------------------------------------------------


def test_a_wrong_profile_name_suggests_the_right_one(dbmux):
    session = dbmux.start("--profile", "lokal")
    message = error_of(session, "list_tables")["message"]
    assert re.fullmatch(r"profile 'lokal' not found in .+; there are: .*\blocal\b.*\. Did you mean local\?", message), message


def test_a_misspelt_key_gives_file_line_and_column(dbmux):
    profile = dbmux.profile("dbmux: 1\nconnections:\n  shop:\n    plugin: sqlite\n    acces: read-only\n    filename: /tmp/x.db\n")
    session = dbmux.start("--profile", profile)
    assert [tool["name"] for tool in session.request("tools/list", {}).message["result"]["tools"]]
    message = error_of(session, "list_tables")["message"]
    assert message.endswith("test.yaml:5:5: connections.shop.acces: unknown key; did you mean 'access'? (read-only, confirm, read-write)")


def test_broken_yaml_gives_file_line_and_column(dbmux):
    session = dbmux.start("--profile", dbmux.profile("dbmux: 1\nconnections: [\n"))
    assert re.search(r"test\.yaml:\d+:\d+: ", error_of(session, "execute_query", query="SELECT 1")["message"])


def test_a_missing_variable_disables_only_its_own_connection(dbmux):
    path = dbmux.database("shop.db")
    session = dbmux.start("--profile", dbmux.profile(
        "dbmux: 1\nconnections:\n  shop:\n    plugin: sqlite\n    filename: ${NOT_SET_HERE}\n"
        f"  other:\n    plugin: sqlite\n    filename: {path}\n"))
    answered(session, "list_tables", connectionId="other")
    message = error_of(session, "list_tables", connectionId="shop")["message"]
    assert re.search(r"test\.yaml:5:\d+: connections\.shop\.filename: NOT_SET_HERE is not set, so 'shop' is disabled; "
                     r"the other connection works\.", message), message


def test_what_is_not_built_yet_is_refused_and_not_weakened(dbmux):
    path = dbmux.database("shop.db")
    session = dbmux.start("--profile", dbmux.profile(
        f"dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: {path}, schemas: [a]}}\n"))
    assert "not built yet" in error_of(session, "execute_query", query="SELECT 1")["message"]
