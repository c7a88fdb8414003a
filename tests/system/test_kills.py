"""kill -9 while the stores are written: whatever the moment, what is read afterwards is the old state or the new one, never half of it."""

import base64
import json
import random
import shutil
import signal
import subprocess
import threading
import time
import zlib

import pytest

import sealed_store
from conftest import HERE, binary

PARTS = (0, 1, 30, 70, 99, 100)  # per cent of a write that reach the file
CALLS = 3
FEW = {"initialize": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "killed", "version": "1"}}}


@pytest.fixture(scope="module")
def dying(tmp_path_factory):
    library = tmp_path_factory.mktemp("dying") / "dying.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, HERE / "dying.c", "-ldl"], check=True)
    return library


def death(library, below, change, part):
    return {"LD_PRELOAD": str(library), "DYING_BELOW": str(below), "DYING_AT": str(change), "DYING_PERCENT": str(part)}


# ---- the sealed store

def secrets_in(home):
    if not (home / "secrets").exists():
        return {}
    return sealed_store.read((home / "secrets").read_bytes(), sealed_store.keys_of((home / "secrets.key").read_bytes()))


def run_secret(dbmux, arguments, environment=None):
    return subprocess.run([binary(), "secret", *arguments], env={**dbmux.environment, **(environment or {})}, input="new value", text=True,
                          capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("arguments, before, after", [
    (["set", "first"], {}, {"first": "new value"}),
    (["set", "b"], {"a": "new value", "b": "old"}, {"a": "new value", "b": "new value"}),
    (["rm", "b"], {"a": "new value", "b": "new value"}, {"a": "new value"}),
    (["rotate"], {"a": "new value", "b": "new value"}, {"a": "new value", "b": "new value"}),
], ids=["the first", "another", "removal", "rotation"])
def test_a_kill_at_any_change_of_the_sealed_store_leaves_a_whole_one(dbmux, dying, tmp_path, arguments, before, after):
    if before == {"a": "new value", "b": "old"}:
        subprocess.run([binary(), "secret", "set", "b"], env=dbmux.environment, input="old", text=True, check=True, capture_output=True)
    for name in before:
        if before[name] == "new value":
            assert run_secret(dbmux, ["set", name]).returncode == 0
    kept = tmp_path / "kept"
    shutil.copytree(dbmux.home, kept)
    change, kills, seen = 1, 0, set()
    while True:
        for part in PARTS:
            shutil.rmtree(dbmux.home)
            shutil.copytree(kept, dbmux.home)
            code = run_secret(dbmux, arguments, death(dying, dbmux.home, change, part)).returncode
            assert code in (0, -signal.SIGKILL)
            now = secrets_in(dbmux.home)
            assert now in (before, after), f"change {change}, {part} %: {now}"
            if code == 0:
                break
            seen.add(now == before)
            kills += 1
        if code == 0:
            break
        assert run_secret(dbmux, ["set", "later"]).returncode == 0, "whoever comes next cannot go on"
        assert secrets_in(dbmux.home) == {**now, "later": "new value"}
        change += 1
    assert kills >= 5 * len(PARTS) and secrets_in(dbmux.home) == after
    assert seen == {True, False} or before == after
    assert not [path.name for path in dbmux.home.iterdir() if path.name.startswith(".")]


# ---- the history

def whole_lines(home):
    """An independent reader: the statements of the lines whose checksum is right."""
    statements = []
    for file in sorted((home / "history").glob("*.log")):
        for line in file.read_bytes().split(b"\n"):
            if len(line) > 9 and line[:8] == b"%08x" % zlib.crc32(line[9:]):
                record = json.loads(line[9:])
                if "statement" in record:
                    statements.append(record["statement"])
    return statements


def shown(dbmux):
    done = dbmux.run("history", "--json", "--last", "100000")
    assert done.returncode == 0, done.stderr
    history = json.loads(done.stdout)
    return [call["statement"] for call in reversed(history["calls"])], history["damaged"]


class Serving:
    """A process that answered some calls; its statements name it."""

    def __init__(self, dbmux, name, calls=CALLS, environment=None):
        self.statements = [f"SELECT '{name}' AS who, {i} AS number, '{'x' * 300}' AS filling" for i in range(calls)]
        self.process = subprocess.Popen([binary(), "--stdio", f"shop=sqlite:{dbmux.folder}/shop.db"], env={**dbmux.environment, **(environment or {})},
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        requests = [("initialize", FEW["initialize"])] + [
            ("tools/call", {"name": "execute_query", "arguments": {"query": statement}}) for statement in self.statements]
        self.process.stdin.write(b"".join(
            json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"
            for number, (method, params) in enumerate(requests)))
        self.process.stdin.flush()
        for _ in requests:
            self.process.stdout.readline()

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(60)
        self.process.stdout.close()
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(60)
        self.process.stdin.close()
        self.process.stdout.close()


def test_a_kill_at_any_change_of_the_history_leaves_whole_records_of_all_that_ended_before(dbmux, dying):
    dbmux.database("shop.db")
    chance = random.Random(7)
    ended, kills, torn, change = [], 0, 0, 1
    while True:
        for number in range(24):
            part = PARTS[number] if number < len(PARTS) else chance.uniform(0, 100)
            serving = Serving(dbmux, f"change {change} at {number}", environment=death(dying, dbmux.home, change, int(part)))
            code = serving.end()
            assert code in (0, -signal.SIGKILL)
            found = whole_lines(dbmux.home)
            assert [s for s in found if s in set(ended)] == ended, f"change {change}, {part} %: a record of an earlier process is gone"
            news = [s for s in found if s not in set(ended)]
            assert sorted(news) == sorted(set(news)) and set(news) <= set(serving.statements), "half a record, or one twice"
            assert code != 0 or len(news) == CALLS
            torn += 0 < len(news) < CALLS
            ended += news
            if code == 0:
                break
            kills += 1
        if code == 0:
            break
        change += 1
    statements, damaged = shown(dbmux)
    assert sorted(statements) == sorted(ended) and kills >= 24 * 2 and torn > 0
    assert 0 < damaged <= kills


def test_processes_that_are_killed_at_random_take_nothing_from_each_other(dbmux):
    """Eight at a time write the same history and are killed within its next write; what a process wrote before it was done is there."""
    dbmux.database("shop.db")
    chance = random.Random(20261121)
    moments = [chance.uniform(0.2, 0.32) for _ in range(160)]  # a batch is written a quarter of a second after its first call
    problems, whole, lock = [], [], threading.Lock()

    def one_after_the_other(first):
        try:
            for number in range(first, len(moments), 8):
                serving = Serving(dbmux, f"process {number}", calls=20)
                if number % 4 == 0:
                    assert serving.end() == 0
                    with lock:
                        whole.extend(serving.statements)
                else:
                    time.sleep(moments[number])
                    serving.kill()
        except Exception as problem:  # of a thread; told by the test
            problems.append(problem)

    threads = [threading.Thread(target=one_after_the_other, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not problems and not any(thread.is_alive() for thread in threads), problems
    statements, _ = shown(dbmux)
    assert sorted(statements) == sorted(whole_lines(dbmux.home)) and len(statements) == len(set(statements))
    assert set(whole) <= set(statements)
    assert len(statements) > len(whole), "every kill came before the write"
