"""A real full disk under everything that is written: a small tmpfs, mounted where only dbmux and its test see it.

Mounting needs root or user namespaces for everybody; where neither is to be had these tests fail and say so."""

import json
import os
import pathlib
import subprocess
import time

import pytest

import sealed_store
from conftest import binary

WIDE = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i, printf('%0500d', i) AS text FROM n"
MEBIBYTE = 1 << 20


class Disk:
    """A file system of so many bytes at `folder`, for the processes that are started with enter()."""

    def __init__(self, folder, size):
        folder.mkdir()
        self.folder = folder
        unshare, self._enter = ["unshare", "--mount"], ["--mount"]
        if os.geteuid() != 0:
            unshare, self._enter = [*unshare, "--user", "--map-root-user"], [*self._enter, "--user", "--preserve-credentials"]
        self.holder = subprocess.Popen(
            [*unshare, "sh", "-c", f'mount -t tmpfs -o size={size},mode=700 tmpfs "$1" && echo mounted && exec cat', "sh", folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "mounted\n":
            pytest.fail("mounting a tmpfs needs root or user namespaces: " + self.holder.stderr.read())
        self.seen = pathlib.Path(f"/proc/{self.holder.pid}/root{folder}")

    def enter(self, *arguments):
        return ["nsenter", f"--target={self.holder.pid}", *self._enter, "--", *map(str, arguments)]

    def fill(self):
        with open(self.seen / "ballast", "ab", buffering=0) as ballast:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        ballast.write(b"x" * size)
                except OSError:
                    pass

    def free(self):
        (self.seen / "ballast").unlink()

    def end(self):
        self.holder.stdin.close()
        self.holder.wait(30)


class Full:
    def __init__(self, dbmux, disk):
        self.dbmux, self.disk = dbmux, disk
        self.folder = disk.folder
        self.home = self.folder / "home"
        self.exports = self.folder / "exports"
        (disk.seen / "home").mkdir(mode=0o700)
        dbmux.database("shop.db")
        self.session = None

    @property
    def environment(self):
        return {**self.dbmux.environment, "TMPDIR": str(self.folder), "DBMUX_HOME": str(self.home)}

    def serve(self, more=""):
        profile = self.dbmux.profile(
            f"dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: {self.dbmux.folder}/shop.db}}\nexport_dir: {self.exports}\n" + more)
        program, *arguments = self.disk.enter(binary(), "--stdio", "--profile", profile)
        self.session = self.dbmux.unstarted(*arguments, program="/usr/bin/" + program, environment=self.environment)
        self.session.initialize()
        return self.session

    def run(self, *arguments, text=""):
        return subprocess.run(self.disk.enter(binary(), *arguments), env=self.environment, input=text, capture_output=True, text=True, timeout=60,
                              check=False)

    def query(self, sql, **more):
        return self.session.call("execute_query", {"query": sql, **more}, 60)

    def files(self):
        return sorted(path.name for path in self.disk.seen.iterdir() if path.name not in ("home", "ballast"))


@pytest.fixture
def full(dbmux, tmp_path):
    disk = Disk(tmp_path / "disk", 4 * MEBIBYTE)
    yield Full(dbmux, disk)
    dbmux.end()
    disk.end()


def still_answers(full):
    assert full.query("SELECT 1 AS one").json()["rows"] == [[1]]


def test_rows_that_found_no_room_are_told_and_those_before_them_can_be_read(full):
    full.serve()
    answer = full.query(WIDE.format(20_000), keep=True, limit=10).json()
    kept = answer["kept"]
    assert answer["row_count"] == 10 and not kept["complete"] and kept["why"] == f"no space left in {full.folder} to keep the rest of the rows", kept
    assert 1000 < kept["rows"] < 20_000 and "total" not in answer
    last = full.session.read(f"{kept['result']}?format=ndjson&offset={kept['rows'] - 1}")
    assert json.loads(last.texts[0])["i"] == kept["rows"]
    assert json.loads(last.texts[1])["why"] == "the kept rows end here"
    page = full.session.call("execute_query", {"next": f"{kept['table']}-{kept['rows'] - 3}"}).json()
    assert [row[0] for row in page["rows"]] == list(range(kept["rows"] - 2, kept["rows"] + 1))
    assert page["truncated"] and page["why"] == "the kept rows end here"
    still_answers(full)


def test_a_table_of_kept_rows_that_finds_no_room_is_an_error_and_the_rows_stay(full):
    full.serve()
    kept = full.query(WIDE.format(4_000), keep=True).json()["kept"]
    assert kept["complete"]
    error = full.query(f"SELECT count(*) FROM {kept['table']}", connectionId="results").json()["error"]
    assert error["category"] == "resource" and error["message"].startswith(f"No space is left in {full.folder} for the table"), error
    assert kept["result"] in error["hint"]
    last = full.session.read(f"{kept['result']}?format=ndjson&offset=3999")
    assert json.loads(last.text)["i"] == 4_000
    small = full.query("SELECT 7 AS seven", keep=True).json()["kept"]["table"]
    assert full.query(f"SELECT seven FROM {small}", connectionId="results").json()["rows"] == [[7]]


@pytest.mark.parametrize("form", ["csv", "json", "ndjson"])
def test_a_result_that_finds_no_room_is_not_saved_and_leaves_nothing(full, form):
    full.serve()
    error = full.query(WIDE.format(20_000), save=form).json()["error"]
    assert error["category"] == "resource" and "there is no space left. Nothing was left behind." in error["message"], error
    exports = full.disk.seen / "exports"
    assert list(exports.iterdir()) == []
    saved = full.query(WIDE.format(100), save=form).json()
    assert (exports / pathlib.Path(saved["saved"]).name).stat().st_size == saved["bytes"]


def test_an_answer_that_finds_no_room_is_an_error_of_its_own_call(full):
    full.serve("defaults: {limits: {rows: none, tokens: none, bytes: none, cell: none}}\n")
    full.disk.fill()
    error = full.query(WIDE.format(20_000), limit=20_000).json()["error"]
    assert error["category"] == "resource" and "space" in error["message"], error
    still_answers(full)


def test_a_secret_that_finds_no_room_is_refused_and_the_others_stay(full):
    assert full.run("secret", "set", "erp", text="kept").returncode == 0
    full.disk.fill()
    before = {path.name: path.read_bytes() for path in (full.disk.seen / "home").iterdir()}
    for arguments in (["set", "erp"], ["set", "new"], ["rotate"]):
        done = full.run("secret", *arguments, text="other " * 2000)
        assert done.returncode != 0 and "No space left" in done.stderr and "untouched" in done.stderr, done
        now = {path.name: path.read_bytes() for path in (full.disk.seen / "home").iterdir()}
        assert now == before
    assert json.loads(full.run("secret", "list", "--json").stdout)["secrets"][0]["name"] == "erp"
    full.disk.free()
    assert full.run("secret", "set", "new", text="other").returncode == 0
    home = full.disk.seen / "home"
    assert sealed_store.read((home / "secrets").read_bytes(), sealed_store.keys_of((home / "secrets.key").read_bytes())) == {"erp": "kept", "new": "other"}


def test_the_first_secret_that_finds_no_room_leaves_no_store(full):
    full.disk.fill()
    done = full.run("secret", "set", "erp", text="x")
    assert done.returncode != 0 and "No space left" in done.stderr, done
    assert not (full.disk.seen / "home/secrets").exists()
    full.disk.free()
    assert full.run("secret", "set", "erp", text="x").returncode == 0


def test_calls_are_answered_when_their_history_finds_no_room_and_the_missing_are_counted(full):
    full.serve()
    still_answers(full)
    assert full.session.close() == 0
    full.disk.fill()
    full.serve()
    for number in range(300):
        assert full.query(f"SELECT {number} AS n, '{'x' * 400}' AS x").json()["rows"][0][0] == number
    assert full.session.close() == 0
    log = full.dbmux.logged()
    assert "history not kept" in log and "No space left" in log
    full.disk.free()
    full.serve()
    still_answers(full)
    assert full.session.close() == 0
    done = full.run("history", "--json", "--last", "1000")
    history = json.loads(done.stdout)
    statements = [call["statement"] for call in history["calls"]]
    assert statements.count("SELECT 1 AS one") == 2
    assert statements[0] == "SELECT 1 AS one" == statements[-1]


def test_a_process_that_finds_room_again_says_how_many_calls_are_missing(full):
    full.serve()
    full.disk.fill()
    for number in range(100):
        full.query(f"SELECT {number} AS n, '{'x' * 400}' AS x")
    until = time.monotonic() + 30
    while "history not kept" not in full.dbmux.logged() and time.monotonic() < until:
        full.query("SELECT 2 AS two")
    full.disk.free()
    still_answers(full)
    assert full.session.close() == 0
    history = json.loads(full.run("history", "--json", "--last", "100000").stdout)
    assert history["not_kept"] > 0 and history["calls"][0]["statement"] == "SELECT 1 AS one"
    done = full.run("history")
    assert f"{history['not_kept']} calls of this time could not be kept" in done.stderr
