"""Broken input, impatient clients, signals: what must not end the process does not, what must end it does so at once."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

from conftest import ENDLESS, binary

PING = b'{"jsonrpc":"2.0","id":"alive","method":"ping"}\n'


def code_of(message):
    assert message.get("id") is None, message
    return message["error"]["code"]


def still_alive(session):
    session.send_bytes(PING)
    message = session.response()
    assert message == {"jsonrpc": "2.0", "id": "alive", "result": {}}


@pytest.mark.parametrize("line, code", [
    (b"this is not JSON\n", -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping"\n', -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"pi\xffng"}\n', -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"execute_query","arguments":{"query":"\xed\xa0\x80"}}}\n', -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b"[" * 10000 + b"]" * 10000 + b"}\n", -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":' + b"[" * 70 + b"]" * 70 + b"}}\n", -32700),
    (b"\x00\x01\x02\n", -32700),
    (b"42\n", -32600),
    (b'"ping"\n', -32600),
    (b"[]\n", -32600),
    (b'{"jsonrpc":"1.0","method":5}\n', -32600),
], ids=["text", "unfinished", "not UTF-8", "lone surrogate", "very deep", "deep", "zeros", "number", "string", "empty batch", "no request"])
def test_a_broken_line_is_answered_and_the_process_lives(shop, line, code):
    shop.send_bytes(line)
    assert code_of(shop.response()) == code
    still_alive(shop)


@pytest.mark.parametrize("mebibytes", [20, 200])
def test_a_line_over_the_limit_is_read_past_and_not_kept(shop, mebibytes):
    before = shop.peak_memory()
    shop.send_bytes(b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"')
    for _ in range(mebibytes):
        shop.send_bytes(b"x" * (1 << 20))
    shop.send_bytes(b'"}}\n')
    assert code_of(shop.response(20)) == -32600
    still_alive(shop)
    assert shop.peak_memory() - before < 64 << 20


def test_a_line_below_the_limit_is_understood(shop):
    answer = shop.call("execute_query", {"query": "SELECT length(?) AS n", "params": ["x" * (8 << 20)]}, 20)
    assert answer.is_error or answer.json()["rows"] == [[8 << 20]]
    still_alive(shop)


def test_line_ends_of_windows_and_empty_lines_are_accepted(shop):
    shop.send_bytes(b"\n\r\n" + PING.rstrip(b"\n") + b"\r\n")
    assert shop.response()["id"] == "alive"


@pytest.mark.parametrize("given", ["text", "0", 0, 7, -1, 9007199254740991])
def test_ids_come_back_with_their_type(shop, given):
    shop.send({"id": given, "method": "ping"})
    message = shop.response()
    assert message["id"] == given and type(message["id"]) is type(given)


@pytest.mark.parametrize("method, params, code", [
    ("no/such/method", {}, -32601), ("server/discover", {}, -32602), ("tools/call", {"name": "no_such_tool", "arguments": {}}, -32602),
    ("tools/call", {}, -32602), ("resources/read", {"uri": "database://nowhere/tables"}, -32002), ("resources/read", {}, -32602),
    ("tools/list", {"cursor": "forged"}, -32602),
])
def test_what_does_not_exist_has_its_code(shop, method, params, code):
    answer = shop.request(method, params)
    assert answer.message["error"]["code"] == code
    still_alive(shop)


@pytest.mark.parametrize("arguments", [
    {"query": 5}, {"query": None}, {"query": ["SELECT 1"]}, {"query": ""}, {"query": "SELECT 1", "limit": "ten"},
    {"query": "SELECT 1", "limit": 0}, {"query": "SELECT 1", "limit": -5}, {"query": "SELECT ?", "params": "x"}, {"query": "SELECT 1", "format": "xml"},
    {"query": "SELECT 1", "timeout": -1}, {"query": "SELECT ?", "params": []}, {"query": "SELECT 1", "params": [1, 2]}, {},
])
def test_wrong_arguments_are_errors_of_the_tool(shop, arguments):
    answer = shop.call("execute_query", arguments)
    assert answer.is_error and "result" in answer.message
    assert answer.json()["error"]["message"]


def test_missing_arguments_are_no_arguments(shop):
    answer = shop.request("tools/call", {"name": "list_tables"})
    assert not answer.is_error and answer.json()["tables"]


def test_a_slow_call_does_not_hold_up_the_others(shop):
    slow = shop.start("tools/call", {"name": "execute_query", "arguments": {"query": ENDLESS}})
    assert shop.call("execute_query", {"query": "SELECT 1 AS quick"}).json()["rows"] == [[1]]
    shop.send({"method": "notifications/cancelled", "params": {"requestId": slow}})
    still_alive(shop)


def test_a_cancelled_call_is_not_answered_and_stops_computing(shop):
    slow = shop.start("tools/call", {"name": "execute_query", "arguments": {"query": ENDLESS}})
    time.sleep(0.3)
    shop.send({"method": "notifications/cancelled", "params": {"requestId": slow, "reason": "enough"}})
    still_alive(shop)
    for _ in range(10):
        used = shop.cpu_seconds()
        time.sleep(0.3)
        if shop.cpu_seconds() - used < 0.1:
            break
    else:
        pytest.fail("the statement goes on")
    still_alive(shop)


def test_cancelling_what_does_not_run_changes_nothing(shop):
    for request in (999, "x", None, {}):
        shop.send({"method": "notifications/cancelled", "params": {"requestId": request}})
    still_alive(shop)


def test_many_calls_at_once_are_all_answered(shop):
    wanted = {shop.start("tools/call", {"name": "execute_query", "arguments": {"query": f"SELECT {i} AS i"}}): i for i in range(200)}
    got = {}
    for _ in wanted:
        message = shop.response()
        got[message["id"]] = json.loads(message["result"]["content"][0]["text"])["rows"][0][0]
    assert got == wanted


def test_the_end_of_input_ends_an_idle_process(shop):
    assert shop.close(2) == 0


def test_the_end_of_input_ends_a_process_in_mid_call(shop):
    shop.start("tools/call", {"name": "execute_query", "arguments": {"query": ENDLESS}})
    time.sleep(0.2)
    assert shop.close(3) == 0


def test_an_unfinished_line_at_the_end_of_input_is_no_obstacle(shop):
    shop.send_bytes(b'{"jsonrpc":"2.0","id":1,')
    assert shop.close(2) == 0


@pytest.mark.parametrize("in_mid_call", [False, True])
def test_a_termination_signal_ends_it_promptly(shop, in_mid_call):
    if in_mid_call:
        shop.start("tools/call", {"name": "execute_query", "arguments": {"query": ENDLESS}})
        time.sleep(0.2)
    shop.process.send_signal(signal.SIGTERM)
    assert shop.process.wait(3) == 0


def test_a_client_that_is_gone_ends_it(dbmux):
    path = dbmux.database("shop.db")
    process = subprocess.Popen(
        [binary(), "--stdio", f"shop=sqlite:{path}"], env=dbmux.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    process.stdout.close()
    try:
        process.stdin.write(PING * 3)
        process.stdin.close()
    except BrokenPipeError:
        pass
    try:
        assert process.wait(3) >= 0, "a signal killed it"
    finally:
        process.kill()


def test_logs_are_json_on_stderr_and_nothing_else_is_on_stdout(dbmux):
    session = dbmux.start("--log-level", "debug", "--profile", "no-such-profile")
    session.call("execute_query", {"query": "SELECT 1"})
    session.send_bytes(b"rubbish\n")
    session.response()
    assert session.close() == 0
    assert session.impure == []
    lines = [json.loads(line) for line in dbmux.logged().splitlines()]
    assert any("no-such-profile" in json.dumps(line) for line in lines)


def test_a_database_that_is_no_database_harms_only_itself(dbmux):
    broken = dbmux.folder / "broken.db"
    broken.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    session = dbmux.start(f"broken=sqlite:{broken}", f"shop=sqlite:{dbmux.database('shop.db')}")
    assert session.call("list_tables", {"connectionId": "broken"}).is_error
    assert not session.call("list_tables", {"connectionId": "shop"}).is_error


@pytest.mark.parametrize("kind", ["/dev/zero", "/dev/stdin", "pipe", "socket", "folder"])
def test_only_regular_files_are_opened_at_run_time(dbmux, kind):
    path = kind if kind.startswith("/dev") else str(dbmux.folder / kind)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
    elif kind == "folder":
        os.mkdir(path)
    session = dbmux.start("--profile", dbmux.profile(
        f"dbmux: 1\nconnections: {{}}\nruntime_connections:\n  sqlite: {{paths: [/dev, {dbmux.folder}], access: read-write}}\n"))
    answer = session.call("connect-database", {"connectionId": "x", "type": "sqlite", "config": {"filename": path}})
    assert answer.is_error and answer.text.startswith("Error connecting to database: ")
    still_alive(session)


def test_a_file_that_is_locked_is_told_from_a_slow_statement(dbmux):
    path = dbmux.database("shop.db")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    profile = dbmux.profile(f"dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: {path}, timeout: 1s}}\n")
    session = dbmux.start("--profile", profile)
    error = session.call("execute_query", {"query": "SELECT count(*) FROM notes"}).json()["error"]
    assert error["category"] != "timeout" or error["waited_for"] == "lock", error
    assert "lock" in json.dumps(error)
    other.execute("ROLLBACK")
    assert not session.call("execute_query", {"query": "SELECT count(*) FROM notes"}).is_error
