"""A file in the plugin folder that is no good gives one clear line, and nothing else stops working."""

import os
import subprocess

import pytest

from conftest import HERE, binary, copy_of_installation

ROOT = HERE.parents[1]


def plugins_of(program):
    return program.parents[1] / "lib/dbmux/plugins"


def compiled(path, *defines):
    source = ROOT / "tests/plugins/wrong/wrong.c"
    command = ["cc", "-shared", "-fPIC", f"-I{ROOT}/plugin-api/include", *defines, str(source), "-o", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    path.chmod(0o644)


@pytest.fixture
def installation(dbmux):
    return copy_of_installation(dbmux.folder / "installed")


def spoil(kind, folder):
    path = folder / f"{kind}.so"
    if kind == "text":
        path.write_text("This is a text file.\n", encoding="ascii")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "foreign":
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", path], input=b"int x;", check=True)
    elif kind == "version":
        compiled(path, '-DWRONG_ID="version"', "-DWRONG_MAJOR=2")
    elif kind == "draft":
        compiled(path, '-DWRONG_ID="draft"', "-DWRONG_DRAFT=999")
    elif kind == "truncated":
        path.write_bytes((folder / "sqlite.so").read_bytes()[:3000])
    elif kind == "missing":
        path.symlink_to("nowhere.so")
    return path


SAID = {
    "text": "ELF", "empty": "is empty", "foreign": "dbmux_plugin_v1", "version": "version", "draft": "draft", "truncated": "does not load",
    "missing": "missing",
}


@pytest.mark.parametrize("kind", SAID)
def test_a_file_that_is_no_plugin_is_named_and_the_others_work(dbmux, installation, kind):
    spoil(kind, plugins_of(installation))
    path = dbmux.database("shop.db")
    done = subprocess.run([installation, "plugin", "list"], env=dbmux.environment, capture_output=True, text=True, timeout=30, check=False)
    lines = [line for line in done.stdout.splitlines() if kind in line]
    assert any("sqlite" in line for line in done.stdout.splitlines()), done.stdout + done.stderr
    assert lines and SAID[kind] in " ".join(lines), done.stdout

    profile = dbmux.profile(
        f"dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: {path}}}\n  wrong: {{plugin: {kind}, filename: {path}}}\n")
    session = dbmux.start("--profile", profile, program=installation)
    assert not session.call("list_tables", {"connectionId": "shop"}).is_error
    answer = session.call("list_tables", {"connectionId": "wrong"})
    assert answer.is_error and kind in answer.text
    assert session.close() == 0


UNSAFE = {"file": ["plugin 'sqlite'", "is group-writable (0775)", "chmod g", "or pin its sha256 in the profile"], "folder": ["plugin 'sqlite'", "writable"]}


@pytest.mark.parametrize("named_by", ["profile", "dsn"])
@pytest.mark.parametrize("what", UNSAFE)
def test_a_plugin_that_others_may_write_is_refused_with_the_reason(dbmux, installation, what, named_by):
    folder = plugins_of(installation)
    if what == "file":
        os.chmod(folder / "sqlite.so", 0o775)
    else:
        os.chmod(folder, 0o777)
    path = dbmux.database("shop.db")
    profile = dbmux.profile(f"dbmux: 1\nconnections:\n  shop: {{plugin: sqlite, filename: {path}}}\n")
    named = ["--profile", profile] if named_by == "profile" else [f"shop=sqlite:{path}"]
    answer = dbmux.start(*named, program=installation).call("list_tables", {})
    assert answer.is_error and all(words in answer.text for words in UNSAFE[what]), answer.text


def test_an_unknown_plugin_names_those_there_are(dbmux):
    session = dbmux.start("--profile", dbmux.profile("dbmux: 1\nconnections:\n  shop: {plugin: sqlight, filename: x}\n"))
    answer = session.call("list_tables", {})
    assert answer.is_error and "sqlight" in answer.text and "sqlite" in answer.text


def loaded_files(dbmux, *arguments):
    environment = {**dbmux.environment, "LD_DEBUG": "files"}
    done = subprocess.run([binary(), *arguments], env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stderr


def test_plugins_are_listed_without_loading_them(dbmux):
    dsn = f"shop=sqlite:{dbmux.database('shop.db')}"
    assert "sqlite" in dbmux.run("plugin", "list").stdout
    assert "plugins/sqlite.so" not in loaded_files(dbmux, "plugin", "list")
    assert "plugins/sqlite.so" in loaded_files(dbmux, "call", "list_tables", dsn)
