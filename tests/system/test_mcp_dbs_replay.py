"""What a client written for the npm package mcp-dbs sends, and what it reads from the answers: nothing may need a change."""

import pytest

WRITABLE = "dbmux: 1\nconnections: {{}}\nruntime_connections:\n  sqlite: {{paths: [\"{0}\"], access: read-write}}\n"
READ_ONLY = "dbmux: 1\nconnections: {{}}\nruntime_connections:\n  sqlite: {{paths: [\"{0}\"]}}\n"


def connect(session, folder, connection="shop", name="new.db", **config):
    config = {"filename": str(folder / name), "createIfNotExists": True, **config}
    return session.call("connect-database", {"connectionId": connection, "type": "sqlite", "config": config})


def said(answer):
    assert not answer.is_error, answer.text
    return answer.text


@pytest.fixture
def client(dbmux):
    return dbmux.start("--profile", dbmux.profile(WRITABLE.format(dbmux.folder)))


def test_a_whole_session_to_the_letter(client, dbmux):
    assert said(connect(client, dbmux.folder)) == 'Successfully connected to sqlite database with ID "shop"'
    assert (dbmux.folder / "new.db").exists()

    def update(query, *params):
        return said(client.call("execute-update", {"connectionId": "shop", "query": query, **({"params": list(params)} if params else {})}))

    create = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER DEFAULT 18)"
    assert update(create) == "Operation completed successfully"
    assert update("INSERT INTO users (name, age) VALUES (?, ?)", "Ada", 36) == "Operation completed successfully"
    assert update("INSERT INTO users (name) VALUES (?)", "O'Brien \"?\"") == "Operation completed successfully"
    assert update("UPDATE users SET age = ? WHERE name = ?", None, "Ada") == "Operation completed successfully"

    answer = client.call("execute-query", {"connectionId": "shop", "query": "SELECT * FROM users ORDER BY id"})
    assert answer.texts == ['[{"id":1,"name":"Ada","age":null},{"id":2,"name":"O\'Brien \\"?\\"","age":18}]']
    answer = client.call("execute-query", {"connectionId": "shop", "query": "SELECT name FROM users WHERE id = ?", "params": [3]})
    assert answer.texts == ["[]"]
    assert said(client.call("disconnect-database", {"connectionId": "shop"})) == \
        'Successfully disconnected from database with ID "shop"'


def test_resources_have_their_shape(client, dbmux):
    said(connect(client, dbmux.folder))
    for query in ("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER DEFAULT 18)", "CREATE TABLE empty (a)"):
        said(client.call("execute-update", {"connectionId": "shop", "query": query}))
    tables = client.read("database://shop/tables").json()
    assert list(tables) == ["tables"] and sorted(tables["tables"]) == ["empty", "users"]

    table = client.read("database://shop/tables/users").json()
    assert table["tableName"] == "users"
    columns = {column["name"]: column for column in table["columns"]}
    assert {key: columns["name"].get(key) for key in ("type", "nullable", "isPrimaryKey", "defaultValue")} == \
        {"type": "TEXT", "nullable": False, "isPrimaryKey": False, "defaultValue": None}
    assert columns["id"]["isPrimaryKey"] is True
    assert columns["age"]["defaultValue"] == "18" and columns["age"]["nullable"] is True

    schema = client.read("database://shop/schema").json()
    assert schema["databaseName"]
    assert {one["tableName"]: one["columns"] for one in schema["tables"]}["users"] == table["columns"]
    assert len(schema["tables"]) == 2


def test_errors_begin_with_its_words(client, dbmux):
    said(connect(client, dbmux.folder))
    answer = client.call("execute-query", {"connectionId": "shop", "query": "SELECT * FROM missing"})
    assert answer.is_error and answer.text.startswith("Error executing query: ") and "no such table: missing" in answer.text
    answer = client.call("execute-update", {"connectionId": "shop", "query": "INSERT INTO missing VALUES (1)"})
    assert answer.is_error and answer.text.startswith("Error executing update: ")
    answer = connect(client, dbmux.folder)
    assert answer.is_error and answer.text.startswith("Error connecting to database: ")
    answer = client.call("disconnect-database", {"connectionId": "nobody"})
    assert answer.is_error and answer.text.startswith("Error disconnecting from database: ")


def test_a_file_that_is_not_there_is_not_created_unasked(client, dbmux):
    answer = connect(client, dbmux.folder, createIfNotExists=False)
    assert answer.is_error
    assert not (dbmux.folder / "new.db").exists()


def test_read_only_is_kept_when_the_client_asks_for_it(client, dbmux):
    dbmux.database("shop.db")
    said(connect(client, dbmux.folder, name="shop.db", readOnly=True))
    assert client.call("execute-update", {"connectionId": "shop", "query": "DELETE FROM notes"}).is_error


def test_a_long_result_keeps_its_first_block_whole(client, dbmux):
    dbmux.database("shop.db")
    said(connect(client, dbmux.folder, name="shop.db", createIfNotExists=False))
    answer = client.call("execute-query", {"connectionId": "shop", "query": 'SELECT id FROM "Orders" ORDER BY id'})
    rows, facts = answer.texts
    assert rows.startswith('[{"id":1},{"id":2},') and rows.endswith("]")
    assert '"truncated":true' in facts and '"next":"' in facts


def test_without_the_profiles_leave_a_connection_only_reads(dbmux):
    dbmux.database("shop.db")
    session = dbmux.start("--profile", dbmux.profile(READ_ONLY.format(dbmux.folder)))
    said(connect(session, dbmux.folder, name="shop.db", createIfNotExists=False))
    answer = session.call("execute-update", {"connectionId": "shop", "query": "DELETE FROM notes"})
    assert answer.is_error and answer.text.startswith("Error executing update: Refused: DELETE would change data")
    rows = session.call("execute-query", {"connectionId": "shop", "query": "SELECT count(*) AS n FROM notes"})
    assert said(rows) == '[{"n":4}]'


def test_the_environment_names_the_file(dbmux):
    path = dbmux.database("shop.db")
    session = dbmux.start(environment={"MCP_SQLITE_FILENAME": str(path)})
    assert said(session.call("execute-query", {"query": "SELECT count(*) AS n FROM notes"})) == '[{"n":4}]'
