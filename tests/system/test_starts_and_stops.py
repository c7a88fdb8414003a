"""Processes that start and end in every way while calls are in flight, and clients that do not read."""

import json
import os
import pathlib
import random
import select
import signal
import subprocess
import threading
import time

import pytest

from conftest import ENDLESS, binary

STARTS = 200
AT_ONCE = 4
WIDE = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i, printf('%0200d', i) AS text FROM n"
MEBIBYTE = 1 << 20


def line(number, method, params):
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"


INITIALIZE = line(0, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}})


def call(number, query, **more):
    return line(number, "tools/call", {"name": "execute_query", "arguments": {"query": query, **more}})


class Place:
    """What one process may leave something in."""

    def __init__(self, dbmux, name):
        self.folder = dbmux.folder / name
        self.temporary, self.exports, self.home = (self.folder / part for part in ("tmp", "exports", "home"))
        for folder in (self.temporary, self.exports, self.home):
            folder.mkdir(parents=True)
        self.profile = self.folder / "place.yaml"
        self.profile.write_text(
            f"dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: {dbmux.folder}/shop.db, timeout: 120s}}\nexport_dir: {self.exports}\n", encoding="utf-8")
        self.profile.chmod(0o600)
        self.environment = {**dbmux.environment, "TMPDIR": str(self.temporary), "DBMUX_HOME": str(self.home), "HOME": str(self.home)}

    def start(self, stdout=subprocess.PIPE):
        return subprocess.Popen([binary(), "--stdio", "--profile", self.profile], env=self.environment, stdin=subprocess.PIPE, stdout=stdout,
                                stderr=subprocess.DEVNULL)

    def left(self):
        history = {self.home / "history", *(self.home / "history").glob("*.log")}
        return [path for folder in (self.temporary, self.exports, self.home) for path in folder.rglob("*") if path not in history]


IN_FLIGHT = b"".join([
    call(1, ENDLESS), call(2, WIDE, limit=10), call(3, ENDLESS.replace("count(*)", "i"), save="csv"),
    call(4, WIDE, keep=True), call(5, "SELECT 1", connectionId="results"), call(6, ENDLESS), line(7, "tools/list", {}),
])


def stop(process, how):
    if how == "end of input":
        process.stdin.close()
    elif how == "SIGTERM":
        process.send_signal(signal.SIGTERM)
    elif how == "SIGINT":
        process.send_signal(signal.SIGINT)
    elif how == "client gone":
        process.stdout.close()
    elif how == "everything closed":
        process.stdin.close()
        process.stdout.close()
    elif how == "killed":
        process.kill()
    code = process.wait(30)
    for pipe in (process.stdin, process.stdout):
        try:
            pipe.close()
        except BrokenPipeError:
            pass
    return code


def test_two_hundred_starts_and_stops_with_calls_in_flight_leave_nothing_behind(dbmux):
    dbmux.database("shop.db")
    ways = ["end of input", "SIGTERM", "SIGINT", "client gone", "everything closed", "killed"]
    problems = []

    def one_after_the_other(first):
        chance = random.Random(first)
        place = Place(dbmux, f"place {first}")
        for number in range(first, STARTS, AT_ONCE):
            how = ways[number // AT_ONCE % len(ways)]
            process = place.start()
            process.stdin.write(INITIALIZE + IN_FLIGHT)
            process.stdin.flush()
            process.stdout.readline()
            time.sleep(chance.choice((0, 0, 0.01, 0.1)) * chance.random())
            code = stop(process, how)
            wanted = -signal.SIGKILL if how == "killed" else 0
            left = place.left()
            if code != wanted:
                problems.append(f"{number}: {how}: exit code {code}")
            if how != "killed" and left:
                problems.append(f"{number}: {how}: left {left}")
            if [path for path in left if path.is_relative_to(place.exports) or path.is_relative_to(place.home)]:
                problems.append(f"{number}: {how}: left {left}")

    threads = [threading.Thread(target=one_after_the_other, args=(first,)) for first in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(200)
    assert not any(thread.is_alive() for thread in threads), "a process does not end"
    assert not problems, problems[:10]


@pytest.fixture
def place(dbmux):
    dbmux.database("shop.db")
    return Place(dbmux, "place")


def resident(process):
    for row in pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines():
        if row.startswith("VmHWM:"):
            return int(row.split()[1]) * 1024
    return 0


def fed(process, calls, seconds=10):
    """How many of the calls the process took off its input before it stopped reading."""
    os.set_blocking(process.stdin.fileno(), False)
    until, taken = time.monotonic() + seconds, 0
    for text in calls:
        rest = text
        while rest and time.monotonic() < until:
            if not select.select([], [process.stdin], [], 0.2)[1]:
                continue
            rest = rest[os.write(process.stdin.fileno(), rest):]
        if rest:
            break
        taken += 1
    return taken


def test_a_client_that_does_not_read_costs_little_and_loses_nothing_when_it_reads_again(place):
    process = place.start()
    try:
        process.stdin.write(INITIALIZE)
        process.stdin.flush()
        process.stdout.readline()
        number = 60
        taken = fed(process, [call(i, WIDE, limit=1000) for i in range(1, number + 1)])
        assert taken == number
        time.sleep(1)
        assert resident(process) < 160 * MEBIBYTE
        got = {json.loads(process.stdout.readline())["id"] for _ in range(number)}
        assert got == set(range(1, number + 1))
        assert stop(process, "end of input") == 0
    finally:
        process.kill()


@pytest.mark.parametrize("how", ["end of input", "SIGTERM", "client gone", "everything closed"])
def test_a_client_that_does_not_read_cannot_keep_the_process_from_ending(place, how):
    process = place.start()
    try:
        process.stdin.write(INITIALIZE + call(1, "SELECT 1 AS one", keep=True))
        process.stdin.flush()
        answers = {answer.get("id"): answer for answer in (json.loads(process.stdout.readline()) for _ in range(2))}
        table = json.loads(answers[1]["result"]["content"][0]["text"])["kept"]["table"]
        fed(process, [call(i, f"SELECT * FROM {table}", connectionId="results") for i in range(2, 4)])
        fed(process, [call(i, WIDE, limit=1000) for i in range(4, 40)])
        time.sleep(0.5)
        assert process.poll() is None
        assert stop(process, how) == 0
        assert place.left() == []
    finally:
        process.kill()


def test_answers_that_are_still_to_come_are_written_after_the_end_of_input(place):
    process = place.start()
    process.stdin.write(INITIALIZE + b"".join(call(i, WIDE, limit=20) for i in range(1, 30)))
    process.stdin.close()
    answers = [json.loads(row) for row in process.stdout]
    assert process.wait(30) == 0
    assert sorted(answer["id"] for answer in answers) == list(range(30))
