"""Two and more processes over one state folder and one folder of temporary files: each works, and nothing of any is lost."""

import json
import pathlib
import subprocess
import threading

import sealed_store
from conftest import binary

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i, '{}' AS whose FROM n"


def each_in_a_thread(work, items):
    """Runs work(item) for all at once; what one of them raises fails the test."""
    problems = []

    def run(item):
        try:
            work(item)
        except BaseException as problem:  # of a thread; told by the test
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    if problems:
        raise problems[0]


def started(dbmux, how_many):
    temporary = dbmux.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    profile = dbmux.profile(
        f"dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: {dbmux.database('shop.db')}}}\nexport_dir: {dbmux.folder}/exports\n")
    sessions = []
    for number in range(how_many):
        dbmux.stderr = dbmux.folder / f"stderr {number}"
        sessions.append(dbmux.start("--profile", profile, environment={"TMPDIR": str(temporary)}))
    return sessions


def test_the_history_has_the_calls_of_all_processes(dbmux):
    sessions = started(dbmux, 4)

    def calls(number):
        for i in range(150):
            assert not sessions[number].call("execute_query", {"query": f"SELECT {i} AS call_of_{number}"}, 30).is_error
        assert sessions[number].close(30) == 0

    each_in_a_thread(calls, range(4))
    done = dbmux.run("history", "--json", "--last", "10000")
    history = json.loads(done.stdout)
    statements = [call["statement"] for call in reversed(history["calls"])]
    assert history["damaged"] == history["not_kept"] == 0 and len(statements) == 600
    for number in range(4):
        mine = [s for s in statements if s.endswith(f"call_of_{number}")]
        assert mine == [f"SELECT {i} AS call_of_{number}" for i in range(150)]


def test_secrets_that_are_set_at_the_same_time_are_all_there(dbmux):
    def secret(*arguments, text=""):
        done = subprocess.run([binary(), "secret", *arguments], env=dbmux.environment, input=text, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr

    def work(number):
        for i in range(8):
            secret("set", f"n{number}-{i}", text=f"value {number} {i}")
            if i % 4 == 3:
                secret("rotate")
                secret("rm", f"n{number}-{i}")

    each_in_a_thread(work, range(6))
    now = sealed_store.read((dbmux.home / "secrets").read_bytes(), sealed_store.keys_of((dbmux.home / "secrets.key").read_bytes()))
    assert now == {f"n{number}-{i}": f"value {number} {i}" for number in range(6) for i in range(8) if i % 4 != 3}


def test_each_process_keeps_its_own_results(dbmux):
    sessions = started(dbmux, 3)
    kept = {}

    def work(number):
        session = sessions[number]
        table = session.call("execute_query", {"query": NUMBERS.format(number), "keep": True}, 60).json()["kept"]["table"]
        for _ in range(10):
            counted = session.call("execute_query", {"query": f"SELECT count(*), min(whose), max(whose) FROM {table}", "connectionId": "results"}, 60).json()
            assert counted["rows"] == [[3000, str(number), str(number)]]
        saved = session.call("execute_query", {"query": f"SELECT * FROM {table}", "connectionId": "results", "save": "ndjson"}, 60).json()
        kept[number] = (table, saved["saved"])

    each_in_a_thread(work, range(3))
    for number, (_, path) in kept.items():
        rows = [json.loads(line) for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines()]
        assert len(rows) == 3000 and {row["whose"] for row in rows} == {str(number)}
    sessions[0].kill()  # the others' folders stay
    for number in (1, 2):
        answer = sessions[number].call("execute_query", {"query": f"SELECT count(*) FROM {kept[number][0]}", "connectionId": "results"}).json()
        assert answer["rows"] == [[3000]]
        assert sessions[number].close(30) == 0
