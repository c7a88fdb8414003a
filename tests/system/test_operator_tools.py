"""Tools of the operator's own, as a client sees them: listed, called, checked, and reloaded."""

import json
import os
import signal
import time

import pytest

from conftest import compact, node

TOOL = """\
- name: orders_of_customer
  description: Orders of one customer, newest first, with status and total.
  connection: shop
  statement: SELECT id, status, total_cents FROM "Orders" WHERE customer_id = ?1 AND (?2 IS NULL OR status = ?2) ORDER BY id DESC
  parameters:
    - {name: customer_id, type: integer, required: true}
    - {name: status, type: string, enum: [open, paid, shipped]}
  limits: {rows: 5}
"""


def tool(name, statement="SELECT 1 AS one"):
    return f"- {{name: {name}, description: d, statement: {statement}}}\n"


class Operator:
    def __init__(self, dbmux):
        self.dbmux = dbmux
        dbmux.database("shop.db")
        self.tools = dbmux.folder / "tools.d"
        self.tools.mkdir()
        self.profile = self.write_profile("")

    def write_profile(self, more, access="read-only"):
        return self.dbmux.profile(
            f'dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: "{self.dbmux.folder}/shop.db", access: {access}}}\n'
            f"tools: {{add_from: tools.d/*.yaml}}\n{more}")

    def write(self, name, text):
        """As a careful editor writes: whole, or not at all."""
        draft = self.tools / (name + ".draft")
        draft.write_text(text, encoding="utf-8")
        draft.rename(self.tools / name)

    def start(self):
        return self.dbmux.start("--profile", self.profile)

    def log_has(self, text, seconds=15):
        until = time.monotonic() + seconds
        while text not in self.dbmux.logged():
            assert time.monotonic() < until, f"not logged: {text}\n{self.dbmux.logged()}"
            time.sleep(0.02)


@pytest.fixture
def operator(dbmux):
    return Operator(dbmux)


def listed(session):
    return {tool["name"]: tool for tool in session.request("tools/list", {}).message["result"]["tools"]}


def was_told(session, seconds=15):
    until = time.monotonic() + seconds
    while not any(n["method"] == "notifications/tools/list_changed" for n in session.notifications):
        assert time.monotonic() < until, session.notifications
        time.sleep(0.02)
    session.notifications.clear()


def test_a_tool_is_listed_behind_ours_and_bound_by_the_driver(operator):
    operator.write("orders.yaml", TOOL)
    session = operator.start()
    tools = listed(session)
    assert list(tools)[-1] == "orders_of_customer"
    assert tools["orders_of_customer"]["inputSchema"] == {
        "type": "object",
        "properties": {"customer_id": {"type": "integer"}, "status": {"type": "string", "enum": ["open", "paid", "shipped"]}},
        "required": ["customer_id"]}
    assert tools["orders_of_customer"]["annotations"]["readOnlyHint"] is True
    answer = session.call("orders_of_customer", {"customer_id": 1, "status": "open"}).json()
    assert answer["columns"] == ["id", "status", "total_cents"]
    assert {row[1] for row in answer["rows"]} == {"open"} and answer["why"] == "limit: 5 rows"
    wrong = session.call("orders_of_customer", {"customer_id": "1 OR 1=1"})
    assert wrong.is_error and wrong.json()["error"]["category"] == "invalid"
    rest = session.call("execute_query", {"next": answer["next"]}).json()
    assert rest["columns"] == answer["columns"] and rest["rows"]


def test_a_tool_costs_a_model_about_65_tokens(operator):
    before = listed(operator.start())
    operator.write("orders.yaml", TOOL)
    after = listed(operator.start())
    texts = [compact({"tools": list(tools.values())}) for tools in (before, after)]
    done = node("count_tokens.mjs", input=json.dumps(texts))
    assert done.returncode == 0, done.stderr
    without, with_one = json.loads(done.stdout)
    assert with_one - without <= 95, "annotations, which cost 14, included"


def test_a_tool_works_from_the_shell(operator):
    operator.write("orders.yaml", TOOL)
    done = operator.dbmux.run("call", "orders_of_customer", "-p", operator.profile, "--arg", "customer_id=1")
    assert done.returncode == 2 and "must be an integer" in done.stderr, "the shell has only texts"
    operator.write("orders.yaml", TOOL.replace("type: integer, ", ""))
    done = operator.dbmux.run("call", "orders_of_customer", "-p", operator.profile, "--arg", "customer_id=1")
    assert done.returncode == 0, done.stderr


def test_the_check_tells_the_place_of_every_mistake(operator):
    operator.write("a.yaml", "- {name: list_tables, description: d, statement: s}\n")
    operator.write("b.yaml", "- {name: b, description: d, statment: s}\n")
    done = operator.dbmux.run("profile", "check", operator.profile)
    assert done.returncode == 3
    assert "tools.d/b.yaml:1:29: [0].statment: unknown key; did you mean 'statement'?" in done.stdout
    operator.write("b.yaml", tool("b"))
    done = operator.dbmux.run("profile", "check", operator.profile)
    assert done.returncode == 3
    assert "tools.d/a.yaml:1:3: list_tables: dbmux itself has a tool 'list_tables'; give yours another name" in done.stdout
    operator.write("a.yaml", tool("a"))
    done = operator.dbmux.run("profile", "check", operator.profile)
    assert done.returncode == 0 and done.stdout.endswith("ok: 1 connection, 2 tools of your own\n"), done.stdout
    shown = operator.dbmux.run("profile", "show", operator.profile)
    assert "SELECT 1 AS one" in shown.stdout


def test_a_clash_with_a_tool_of_ours_is_told_by_every_call(operator):
    operator.write("a.yaml", tool("execute-query"))
    answer = operator.start().call("list_tables", {})
    assert answer.is_error and "dbmux itself has a tool 'execute-query'" in answer.text


def test_a_file_that_appears_changes_or_goes_changes_the_tools(operator):
    operator.write("a.yaml", tool("a"))
    session = operator.start()
    assert session.call("a", {}).json()["rows"] == [[1]]
    operator.write("b.yaml", tool("b"))
    was_told(session)
    assert {"a", "b"} <= set(listed(session))
    operator.write("b.yaml", tool("c", "SELECT 2 AS two"))
    was_told(session)
    assert session.call("c", {}).json()["rows"] == [[2]]
    assert "error" in session.call("b", {}).message
    (operator.tools / "a.yaml").unlink()
    was_told(session)
    assert not {"a", "b"} & set(listed(session))


def test_a_link_that_is_pointed_elsewhere_is_seen(operator):
    for version in ("1", "2"):
        folder = operator.dbmux.folder / ("version" + version)
        folder.mkdir()
        (folder / "a.yaml").write_text(tool("a" + version), encoding="utf-8")
    operator.tools.rmdir()
    operator.tools.symlink_to("version1")
    session = operator.start()
    assert "a1" in listed(session)
    fresh = operator.dbmux.folder / "fresh"
    fresh.symlink_to("version2")
    fresh.rename(operator.tools)
    was_told(session)
    assert "a2" in listed(session) and "a1" not in listed(session)


def test_what_cannot_be_used_is_logged_and_the_old_tools_stay(operator):
    operator.write("a.yaml", tool("a"))
    session = operator.start()
    operator.write("a.yaml", "- {name: a, description: d, statement: s, conection: shop}\n")
    operator.log_has("tools.d/a.yaml:1:43: [0].conection: unknown key; did you mean 'connection'?")
    assert session.call("a", {}).json()["rows"] == [[1]]
    operator.write("a.yaml", tool("a", "SELECT 3 AS three"))
    operator.log_has('"event":"tools reloaded"')
    assert session.call("a", {}).json()["rows"] == [[3]]
    assert not session.notifications, "what a client sees has not changed"


def test_sighup_reloads_and_does_not_end_the_process(operator):
    operator.write("a.yaml", tool("a"))
    session = operator.start()
    os.kill(session.process.pid, signal.SIGHUP)
    operator.log_has('"event":"tools reloaded"')
    assert session.call("a", {}).json()["rows"] == [[1]]
    session.process.send_signal(signal.SIGTERM)
    assert session.process.wait(10) == 0


def test_without_tools_of_its_own_sighup_ends_the_process(shop):
    shop.call("list_tables", {})
    shop.process.send_signal(signal.SIGHUP)
    assert shop.process.wait(10) == 0


def test_a_tool_writes_only_where_the_connection_and_the_tool_say_so(operator):
    write = "- {name: close, description: d, access: read-write, statement: 'UPDATE \"Orders\" SET status = ''x'' WHERE id = 1'}\n"
    operator.write("a.yaml", write)
    answer = operator.start().call("list_tables", {})
    assert answer.is_error and "more than its connection 'shop' allows, which is read-only" in answer.text
    operator.write_profile("", access="read-write")
    session = operator.start()
    assert listed(session)["close"]["annotations"]["destructiveHint"] is True
    assert session.call("close", {}).text == '{"rows_affected":1}'


def test_the_profile_itself_is_read_again_for_its_tools(operator):
    session = operator.start()
    assert "mine" not in listed(session)
    more = "tools:\n  add_from: tools.d/*.yaml\n  add: [{name: mine, description: d, statement: SELECT 4 AS four}]\n"
    operator.profile.write_text(operator.profile.read_text(encoding="utf-8").replace("tools: {add_from: tools.d/*.yaml}\n", more), encoding="utf-8")
    was_told(session)
    assert session.call("mine", {}).json()["rows"] == [[4]]
    line = operator.profile.read_text(encoding="utf-8").count("\n") + 1
    operator.profile.write_text(operator.profile.read_text(encoding="utf-8") + "tolos: {}\n", encoding="utf-8")
    operator.log_has(f"test.yaml:{line}:1: tolos: unknown key; did you mean 'tools'?")
    assert session.call("mine", {}).json()["rows"] == [[4]]


def test_a_name_of_ours_that_comes_by_a_reload_is_refused(operator):
    operator.write("a.yaml", tool("a"))
    session = operator.start()
    operator.write("b.yaml", tool("list_tables"))
    operator.log_has("tools.d/b.yaml:1:3: list_tables: dbmux itself has a tool 'list_tables'; give yours another name")
    assert session.call("a", {}).json()["rows"] == [[1]] and "tables" in session.call("list_tables", {}).json()
