"""`dbmux secret` and the sealed store behind it: what people type and see, and what survives a kill."""

import base64
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import pytest

import sealed_store
from conftest import binary
from terminal import typed

SECRET = "correct-horse-7Q"
KILLS = 500  # at any moment; test_kills.py has as many at every change of a file


class Store:
    def __init__(self, dbmux):
        self.dbmux = dbmux
        self.environment = dict(dbmux.environment)
        self.file = dbmux.home / "secrets"
        self.key = dbmux.home / "secrets.key"

    def run(self, *arguments, text=None):
        return subprocess.run([str(binary()), "secret", *arguments], env=self.environment, input=text or "", cwd=self.dbmux.folder,
                              capture_output=True, text=True, timeout=30, check=False)

    def start(self, *arguments):
        return subprocess.Popen([str(binary()), "secret", *arguments], env=self.environment, stdin=subprocess.PIPE,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def names(self):
        return [secret["name"] for secret in json.loads(self.run("list", "--json").stdout)["secrets"]]

    def secrets(self):
        return sealed_store.read(self.file.read_bytes(), sealed_store.keys_of(self.key.read_bytes()))


@pytest.fixture
def store(dbmux):
    return Store(dbmux)


def test_secrets_are_set_listed_and_removed(store):
    done = store.run("set", "erp", text=SECRET + "\n")
    assert done.returncode == 0 and 'store:erp' in done.stdout and str(store.key) in done.stdout
    assert store.run("set", "crm", text="other").returncode == 0
    listed = store.run("list")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["crm", "erp"] == store.names()
    assert re.search(r"^erp +\d{4}-\d\d-\d\dT[\d:.]+Z$", listed.stdout, re.MULTILINE)
    assert store.secrets() == {"erp": SECRET, "crm": "other"}
    assert store.run("rm", "crm").returncode == 0 and store.names() == ["erp"]
    missing = store.run("rm", "erq")
    assert missing.returncode == 1 and missing.stderr == "dbmux: there is no secret 'erq'; did you mean 'erp'?\n"


def test_a_rotation_changes_the_key_and_keeps_the_secrets(store):
    store.run("set", "erp", text=SECRET)
    before = store.key.read_bytes()
    done = store.run("rotate")
    assert done.returncode == 0 and done.stdout == f"1 secret sealed anew; the key is in {store.key}\n"
    assert store.key.read_bytes() != before and store.secrets() == {"erp": SECRET}


@pytest.mark.parametrize("arguments, text, code, said", [
    (["set", "a b"], "x", 2, "a secret's name is of letters"),
    (["set", "erp"], "", 2, "the secret is empty"),
    (["set", "erp"], "x" * 70000, 2, "longer than 65536 bytes"),
    (["rotate"], "", 1, "there is no store of secrets yet"),
    (["rm"], "", 2, "need a name"),
])
def test_what_cannot_be_is_refused_in_plain_words(store, arguments, text, code, said):
    done = store.run(*arguments, text=text)
    assert done.returncode == code and said in done.stderr and done.stdout == ""
    assert not store.file.exists()


def test_a_store_that_others_can_read_is_refused_with_what_mends_it(store):
    store.run("set", "erp", text=SECRET)
    for file in (store.file, store.key):
        file.chmod(0o644)
        done = store.run("list")
        assert done.returncode == 3 and f"chmod 600 {file}" in done.stderr
        file.chmod(0o600)
    assert store.names() == ["erp"]


def test_a_wrong_key_says_so_and_loses_nothing(store):
    store.run("set", "erp", text=SECRET)
    key, before = store.key.read_bytes(), store.file.read_bytes()
    store.key.write_bytes(base64.b64encode(os.urandom(32)))
    for arguments in (["list"], ["set", "erp"], ["rm", "erp"], ["rotate"]):
        done = store.run(*arguments, text="other")
        assert done.returncode == 3 and "sealed with another key" in done.stderr and SECRET not in done.stderr
    assert store.file.read_bytes() == before
    store.key.write_bytes(key)
    assert store.secrets() == {"erp": SECRET}


def test_a_secret_stands_in_no_list_of_processes_and_no_output(store):
    process = store.start("set", "erp")
    process.stdin.write(SECRET.encode())
    process.stdin.flush()
    assert SECRET.encode() not in pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes()
    process.stdin.close()
    assert process.wait(30) == 0
    for arguments in (["list"], ["list", "--json"], ["rotate"], ["rm", "nothing"], ["set", "erp"]):
        done = store.run(*arguments, text=SECRET)
        assert SECRET not in done.stdout + done.stderr
    assert all(SECRET.encode() not in path.read_bytes() for path in store.dbmux.home.iterdir())


def test_a_person_is_asked_twice_and_sees_nothing_of_it(store):
    argv = [str(binary()), "secret", "set", "erp"]
    once, again = ("(not shown)", SECRET.encode() + b"\n", True), ("Once more", SECRET.encode() + b"\n", True)
    code, shown = typed(argv, store.environment, [once, again])
    assert code == 0 and SECRET not in shown, shown
    assert store.secrets() == {"erp": SECRET}
    code, shown = typed(argv, store.environment, [once, ("Once more", b"another\n", True)])
    assert code == 1 and "the two are not the same; nothing was changed" in shown
    code, shown = typed(argv, store.environment, [("(not shown)", b"\x03", True)])
    assert code == -signal.SIGINT
    assert store.secrets() == {"erp": SECRET}


def test_a_killed_writer_leaves_the_old_or_the_new_state(store):
    """Hundreds of kills at random points of `set` and `rotate`; an independent reader sees all of one state or of the other."""
    chance = random.Random(20261121)
    store.run("set", "kept", text="always")
    store.run("set", "changed", text="0")
    began = time.monotonic()
    for arguments in (["set", "changed"], ["rotate"]) * 5:
        store.run(*arguments, text="0")
    takes = (time.monotonic() - began) / 10
    last, outcomes = "0", {"old": 0, "new": 0}
    for number in range(1, KILLS + 1):
        new, rotates = str(number), number % 3 == 0
        before = store.file.read_bytes()
        process = store.start(*(["rotate"] if rotates else ["set", "changed"]))
        process.stdin.write(b"" if rotates else new.encode())
        process.stdin.close()
        time.sleep(chance.uniform(0, takes))
        process.kill()
        process.wait(30)
        secrets = store.secrets()
        assert secrets["kept"] == "always" and set(secrets) == {"kept", "changed"}
        assert secrets["changed"] in ({last} if rotates else {last, new}), f"kill {number}: {secrets}"
        last = secrets["changed"]
        outcome = "old" if store.file.read_bytes() == before else "new"
        outcomes[outcome] += 1
        takes *= 1.02 if outcome == "old" else 0.98  # what else the machine does makes it slower and faster
    assert min(outcomes.values()) > KILLS / 50, f"the kills came too early or too late: {outcomes}"
    assert store.run("rotate").returncode == 0 and store.run("set", "changed", text="end").returncode == 0
    assert store.secrets() == {"kept": "always", "changed": "end"}
    assert sorted(path.name for path in store.dbmux.home.iterdir()) == ["secrets", "secrets.key", "secrets.lock"]
