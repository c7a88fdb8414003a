"""access: confirm, from the client's side and from the person's."""

import contextlib
import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import binary

UPDATE = {"query": 'UPDATE "Orders" SET status = ? WHERE id <= ?', "params": ["closed", 3]}


@pytest.fixture
def confirming(dbmux):
    """Starts a session over a database whose writes a person must allow."""
    dbmux.database("shop.db")
    profile = dbmux.profile(
        f'dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: "{dbmux.folder}/shop.db", access: confirm}}\n')

    def start(version="2025-06-18", capabilities=None):
        session = dbmux.unstarted("--stdio", "--profile", profile)
        session.request("initialize", {
            "protocolVersion": version, "capabilities": capabilities or {}, "clientInfo": {"name": "t", "version": "1"}})
        session.send({"method": "notifications/initialized"})
        return session

    return start


@pytest.fixture
def closed(dbmux):
    """How many orders are closed, as the database itself says."""

    def count(name="shop.db"):
        with contextlib.closing(sqlite3.connect(dbmux.folder / name)) as connection:
            return connection.execute("SELECT count(*) FROM \"Orders\" WHERE status = 'closed'").fetchone()[0]

    return count


def code_of(answer):
    assert answer.is_error and answer.json()["error"]["category"] == "need_input", answer.text
    return re.search(r"dbmux confirm (\w{4}-\w{4})", answer.json()["error"]["hint"]).group(1)


def in_a_terminal(dbmux, typed, *arguments):
    """What a person sees who runs dbmux and types, and the exit code."""
    master, slave = pty.openpty()
    process = subprocess.Popen([str(binary()), *arguments], env=dbmux.environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    os.write(master, typed.encode() + b"\n")
    seen, until = b"", time.monotonic() + 20
    while time.monotonic() < until:
        if not select.select([master], [], [], 0.2)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    code = process.wait(10)
    os.close(master)
    return seen.decode(), code


def asked(session, seconds=15):
    """The next request of the server."""
    until = time.monotonic() + seconds
    while True:
        for message in list(session.notifications):
            if "id" in message:
                session.notifications.remove(message)
                return message
        assert time.monotonic() < until, session.notifications
        time.sleep(0.01)


def test_a_client_that_cannot_ask_gets_a_code_and_the_person_runs_it(dbmux, confirming, closed):
    session = confirming()
    code = code_of(session.call("execute_update", UPDATE))
    assert closed() == 0
    assert code_of(session.call("execute_update", UPDATE)) == code, "it waits once"
    seen, exit_code = in_a_terminal(dbmux, "yes", "confirm", code.lower().replace("-", ""))
    assert exit_code == 0 and "Allowed, once." in seen
    assert "A rehearsal that was rolled back changed 3 rows." in seen and '["closed",3]' in seen
    assert closed() == 0, "the person allowed it; the assistant has not repeated it yet"
    assert session.call("execute_update", {**UPDATE, "params": ["closed", 300]}).is_error, "another statement"
    assert session.call("execute_update", UPDATE).text == '{"rows_affected":3}'
    assert closed() == 3
    assert code_of(session.call("execute_update", UPDATE)) != code, "once"


def test_a_person_may_say_no(dbmux, confirming, closed):
    session = confirming()
    code = code_of(session.call("execute_update", UPDATE))
    seen, exit_code = in_a_terminal(dbmux, "y", "confirm", code)
    assert exit_code == 6 and "Declined. Nothing was run." in seen
    assert code_of(session.call("execute_update", UPDATE)) != code
    assert closed() == 0


def test_confirm_wants_a_terminal_and_a_code_that_waits(dbmux, confirming):
    session = confirming()
    code = code_of(session.call("execute_update", UPDATE))
    piped = dbmux.run("confirm", code)
    assert piped.returncode == 6 and "by a person, in a terminal" in piped.stderr
    assert session.call("execute_update", UPDATE).is_error
    unknown = dbmux.run("confirm", "AAAA-AAAA")
    assert unknown.returncode == 1 and "no write waits under 'AAAA-AAAA'" in unknown.stderr
    waiting = dbmux.run("confirm")
    assert waiting.returncode == 0 and code in waiting.stdout and "UPDATE" in waiting.stdout
    folder = dbmux.home / "confirm"
    assert [oct(path.stat().st_mode & 0o777) for path in (folder, *folder.glob("*.json"))] == ["0o700", "0o600"]


def test_one_call_from_the_shell_is_confirmed_too(dbmux, confirming):
    arguments = ("call", "execute_update", "-p", dbmux.folder / "test.yaml", "--arg", 'query=UPDATE "Orders" SET status = 1')
    confirming()
    first = dbmux.run(*arguments)
    assert first.returncode == 6
    code = re.search(r"dbmux confirm (\w{4}-\w{4})", first.stderr).group(1)
    assert in_a_terminal(dbmux, "yes", "confirm", code)[1] == 0
    assert dbmux.run(*arguments).returncode == 0


@pytest.mark.parametrize("reply, runs", [
    ({"action": "accept", "content": {"confirm": True}}, True),
    ({"action": "accept", "content": {"confirm": False}}, False),
    ({"action": "decline"}, False),
    ({"action": "cancel"}, False),
])
def test_a_client_that_can_ask_shows_the_question(confirming, closed, reply, runs):
    session = confirming(capabilities={"elicitation": {}})
    call = session.start("tools/call", {"name": "execute_update", "arguments": UPDATE})
    question = asked(session)
    assert question["method"] == "elicitation/create"
    assert "changed 3 rows" in question["params"]["message"] and UPDATE["query"] in question["params"]["message"]
    session.send({"id": question["id"], "result": reply})
    answer = session.response()
    assert answer["id"] == call
    text = answer["result"]["content"][0]["text"]
    assert (text == '{"rows_affected":3}') is runs, text
    if not runs:
        assert "A person declined UPDATE on 'shop'; nothing was run." in text
    assert closed() == (3 if runs else 0)


def stateless(session, arguments, more=None):
    return session.request("tools/call", {
        "name": "execute_update", "arguments": arguments, **(more or {}),
        "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                  "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
                  "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}}}).message


def test_a_stateless_client_brings_the_answer_back_once(dbmux, confirming, closed):
    confirming()
    session = dbmux.unstarted("--stdio", "--profile", dbmux.folder / "test.yaml")
    first = stateless(session, UPDATE)["result"]
    assert first["resultType"] == "input_required", first
    (key, question), = first["inputRequests"].items()
    assert question["method"] == "elicitation/create" and "changed 3 rows" in question["params"]["message"]
    answers = {"requestState": first["requestState"], "inputResponses": {key: {"action": "accept", "content": {"confirm": True}}}}
    other = stateless(session, {**UPDATE, "params": ["closed", 300]}, answers)
    assert other["error"]["code"] == -32602, "the answer was about another statement"
    done = stateless(session, UPDATE, answers)["result"]
    assert done["content"][0]["text"] == '{"rows_affected":3}', done
    assert closed() == 3
    with contextlib.closing(sqlite3.connect(dbmux.folder / "shop.db")) as connection, connection:
        connection.execute("UPDATE \"Orders\" SET status = 'open'")
    again = stateless(session, UPDATE, answers)["result"]
    assert again["resultType"] == "input_required", "once"
    assert closed() == 0


def test_a_code_outlives_the_process_that_gave_it(dbmux, confirming):
    session = confirming()
    code = code_of(session.call("execute_update", UPDATE))
    session.process.send_signal(signal.SIGKILL)
    session.process.wait(10)
    assert in_a_terminal(dbmux, "yes", "confirm", code)[1] == 0
    session = confirming()
    assert session.call("execute_update", UPDATE).text == '{"rows_affected":3}'


def allowed(dbmux, session, arguments=None):
    """A code, and the person has said yes to it."""
    code = code_of(session.call("execute_update", arguments or UPDATE))
    assert in_a_terminal(dbmux, "yes", "confirm", code)[1] == 0
    return code


@pytest.mark.parametrize("other", [
    {**UPDATE, "params": ["closed", 4]},
    {**UPDATE, "params": ["closed", "3"]},
    {"query": UPDATE["query"].replace("<=", ">="), "params": UPDATE["params"]},
    {"query": UPDATE["query"] + " ", "params": UPDATE["params"]},
])
def test_what_was_allowed_is_no_leave_for_another_write(dbmux, confirming, closed, other):
    session = confirming()
    code = allowed(dbmux, session)
    assert code_of(session.call("execute_update", other)) != code
    assert closed() == 0


def test_what_was_allowed_is_no_leave_for_another_database(dbmux, confirming, closed):
    allowed(dbmux, confirming())
    dbmux.database("other.db")
    same_name = dbmux.profile(f'dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: "{dbmux.folder}/other.db", access: confirm}}\n')
    code_of(dbmux.start("--profile", same_name).call("execute_update", UPDATE))
    two = dbmux.profile("dbmux: 1\nconnections:\n" + "".join(
        f'  {name}: {{plugin: sqlite, filename: "{dbmux.folder}/shop.db", access: confirm}}\n' for name in ("shop", "twin")))
    session = dbmux.start("--profile", two)
    code_of(session.call("execute_update", {**UPDATE, "connectionId": "twin"}))
    assert closed() == 0 and closed("other.db") == 0
    assert session.call("execute_update", {**UPDATE, "connectionId": "shop"}).text == '{"rows_affected":3}'
    assert closed() == 3


def test_a_code_is_good_for_ten_minutes(dbmux, confirming, closed):
    session = confirming()
    code = allowed(dbmux, session)
    (path,) = (dbmux.home / "confirm").glob("*.json")
    entry = json.loads(path.read_text(encoding="utf-8"))
    assert 0 < entry["until"] - time.time() <= 601
    path.write_text(json.dumps({**entry, "until": int(time.time()) - 1}), encoding="utf-8")
    assert code_of(session.call("execute_update", UPDATE)) != code
    assert not path.exists()
    (path,) = (dbmux.home / "confirm").glob("*.json")
    entry = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**entry, "until": int(time.time()) - 1}), encoding="utf-8")
    seen, exit_code = in_a_terminal(dbmux, "yes", "confirm", path.stem)
    assert exit_code == 1 and "codes are good once, for 10 minutes" in seen
    assert closed() == 0


def test_a_rehearsal_leaves_nothing_and_tells_what_would_fail(dbmux, confirming, closed):
    session = confirming(capabilities={"elicitation": {}})
    refused = session.call("execute_update", {"query": 'INSERT INTO "Orders" (id) VALUES (1)'})
    assert refused.json()["error"]["category"] == "constraint", refused.text
    assert not [message for message in session.notifications if "id" in message], "nobody is asked about what cannot work"
    session.start("tools/call", {"name": "execute_update", "arguments": UPDATE})
    question = asked(session)
    assert closed() == 0, "rehearsed, and rolled back"
    with contextlib.closing(sqlite3.connect(dbmux.folder / "shop.db", timeout=1)) as other, other:
        other.execute('UPDATE "Orders" SET status = status')
    session.send({"id": question["id"], "result": {"action": "cancel"}})
    session.response()
    assert closed() == 0


def test_a_write_of_a_tool_of_the_operators_is_confirmed_with_its_values(dbmux, closed):
    dbmux.database("shop.db")
    profile = dbmux.profile(f"""\
dbmux: 1
connections:
  shop: {{plugin: sqlite, filename: "{dbmux.folder}/shop.db", access: read-write}}
tools:
  add:
    - name: close_orders
      description: Close the orders up to an id.
      access: confirm
      statement: UPDATE "Orders" SET status = 'closed' WHERE id <= ?
      parameters: [{{name: id, type: integer, required: true}}]
""")
    session = dbmux.start("--profile", profile)
    code = code_of(session.call("close_orders", {"id": 3}))
    seen, exit_code = in_a_terminal(dbmux, "yes", "confirm", code)
    assert exit_code == 0 and "changed 3 rows" in seen and "with the values [3]" in seen
    code_of(session.call("close_orders", {"id": 4}))
    assert closed() == 0
    assert session.call("close_orders", {"id": 3}).text == '{"rows_affected":3}'
    assert closed() == 3
