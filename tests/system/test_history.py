"""`dbmux history`: what assistants ran here, kept across processes."""

import getpass
import json
import re
import signal
import subprocess

import pytest

from conftest import binary

FIELDS = ["at", "operation", "connection", "statement", "ms", "rows", "error"]
KEPT = [*FIELDS, "who"]  # a folder may hold the calls of several people


class History:
    def __init__(self, dbmux):
        self.dbmux = dbmux
        self.folder = dbmux.home / "history"
        self.shop = f"shop=sqlite:{dbmux.database('shop.db')}"

    def session(self, *arguments, **options):
        return self.dbmux.start("--tools", "all", *arguments, **options)

    def ran(self, *statements, arguments=(), **options):
        """One process that runs these, and ends."""
        session = self.session(*(arguments or [self.shop]), **options)
        for statement in statements:
            session.call("execute_query", {"query": statement})
        assert session.close() == 0

    def run(self, *arguments):
        return self.dbmux.run("history", *arguments)

    def calls(self, *arguments):
        done = self.run("--json", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["calls"]

    def statements(self, *arguments):
        return [call["statement"] for call in self.calls(*arguments)]


@pytest.fixture
def history(dbmux):
    return History(dbmux)


def test_calls_are_kept_across_processes_newest_first(history):
    history.ran("SELECT 1", "SELEC 2")
    history.ran("SELECT 3")
    assert history.statements() == ["SELECT 3", "SELEC 2", "SELECT 1"]
    third, second, first = history.calls()
    assert list(first) == KEPT and first["who"] == getpass.getuser() and (first["operation"], first["connection"], first["rows"], first["error"]) == ("execute_query", "shop", 1, None)
    assert second["rows"] is None and second["error"] == "syntax" and first["at"] < second["at"] < third["at"]
    assert history.statements("--last", "2") == ["SELECT 3", "SELEC 2"]


def test_a_person_sees_a_table_with_the_newest_last(history):
    history.ran("SELECT 1", "SELECT 2")
    lines = history.run().stdout.splitlines()
    assert lines[0].split() == KEPT and "SELECT 1" in lines[-2] and "SELECT 2" in lines[-1]
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", lines[-1])


def test_the_tool_tells_the_same_of_its_own_process(history):
    history.ran("SELECT 1")
    session = history.session(history.shop)
    for statement in ("SELECT 2", "SELECT nothing FROM nowhere", "SELECT 3"):
        session.call("execute_query", {"query": statement})
    told = session.call("query_history", {}).json()["calls"]
    assert session.close() == 0
    assert len(told) == 3 and [{key: call[key] for key in FIELDS} for call in told] == [{key: call[key] for key in FIELDS} for call in history.calls()[1:4]]


def test_one_connection_can_be_asked_for(history):
    other = f"other=sqlite:{history.dbmux.database('other.db')}"
    session = history.session(history.shop, other)
    for connection in ("shop", "other", "shop"):
        session.call("execute_query", {"query": f"SELECT '{connection}'", "connectionId": connection})
    assert session.close() == 0
    assert history.statements("-c", "other") == ["SELECT 'other'"] and len(history.statements("-c", "shop")) == 2
    assert "no calls on 'nosuch' are kept in " in history.run("-c", "nosuch").stdout


def test_no_value_of_a_parameter_and_no_secret_is_kept(history):
    secret = "correct-horse-7Q"
    profile = history.dbmux.profile(
        "dbmux: 1\nconnections:\n"
        f"  shop: {{plugin: sqlite, filename: {history.dbmux.folder}/shop.db}}\n"
        '  erp: {plugin: postgres, host: 127.0.0.1, port: 1, user: app, password: {secret: "env:APP_PASSWORD"}}\n')
    session = history.session("--profile", profile, environment={"APP_PASSWORD": secret})
    session.call("execute_query", {"query": "SELECT ?", "params": ["value-of-a-parameter"]})
    session.call("execute_query", {"query": "SELECT 1", "connectionId": "erp"})
    session.call("execute_query", {"query": f"SELECT '{secret}'"})
    assert session.close() == 0
    kept = b"".join(path.read_bytes() for path in history.folder.iterdir()).decode()
    assert "SELECT ?" in kept and "value-of-a-parameter" not in kept
    assert secret not in kept + history.run().stdout


def test_its_files_are_private_and_begin_a_new_line_after_a_kill(history):
    session = history.session(history.shop)
    session.call("execute_query", {"query": "SELECT 'kept'"})
    assert session.close() == 0
    [segment] = history.folder.iterdir()
    assert segment.stat().st_mode & 0o777 == 0o600 and history.folder.stat().st_mode & 0o777 == 0o700
    with segment.open("ab") as file:
        file.write(b"0badc0de {\"at\":\"2026-")  # what a kill leaves behind
    history.ran("SELECT 'after'")
    done = history.run("--json")
    assert [call["statement"] for call in json.loads(done.stdout)["calls"]] == ["SELECT 'after'", "SELECT 'kept'"]
    assert json.loads(done.stdout)["damaged"] == 1
    assert "1 damaged" in history.run().stderr


def test_two_processes_share_it(history):
    sessions = [history.session(history.shop) for _ in range(2)]
    for number in range(20):
        for which, session in enumerate(sessions):
            session.call("execute_query", {"query": f"SELECT {number}, 'of {which}'"})
    assert [session.close() for session in sessions] == [0, 0]
    assert sorted(history.statements("--last", "100")) == sorted(f"SELECT {number}, 'of {which}'" for number in range(20) for which in range(2))


def test_a_terminated_process_keeps_its_last_calls(history):
    session = history.session(history.shop)
    session.call("execute_query", {"query": "SELECT 'last'"})
    session.process.send_signal(signal.SIGTERM)
    session.process.wait(20)
    assert history.statements() == ["SELECT 'last'"]


def test_it_is_bounded_and_can_be_turned_off(history):
    profile = f"dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: {history.dbmux.folder}/shop.db}}\nhistory: "
    history.ran("SELECT 1")
    [segment] = history.folder.iterdir()
    segment.rename(history.folder / "2020-01-01.0.log")
    history.ran("SELECT 2")
    assert history.statements() == ["SELECT 2"], "older than the days that are kept"
    history.ran("SELECT 3", arguments=["--profile", history.dbmux.profile(profile + "{enabled: false}\n")])
    history.ran("SELECT 4", environment={"DBMUX_HISTORY": "off"})
    assert history.statements() == ["SELECT 2"]


def test_a_person_at_a_shell_is_not_kept_and_an_empty_history_says_so(history):
    subprocess.run([binary(), "call", "list_tables", history.shop], env=history.dbmux.environment, check=True, capture_output=True, timeout=30)
    assert history.calls() == [] and not history.folder.exists()
    assert history.run().stdout == f"no calls are kept in {history.folder}; they are while dbmux serves a client\n"
