"""What the runner must know of SQLite: the fixture, an unguarded handle, a second opinion, locks."""

import base64
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
EXTENSION = '__attribute__((constructor)) static void run(void);\n#include <stdio.h>\n' \
    'static void run(void) { FILE *f = fopen("extension-ran", "w"); if (f) fclose(f); }\n'

CONTROL = ("SELECT count(*), min(name) FROM customers", [[12, ""]])
VARIANTS = ("delete", "wal")


def shell(path, script, *options):
    done = subprocess.run(
        ["sqlite3", "-batch", "-bail", *options, str(path)], input=script.encode(), capture_output=True, check=False
    )
    if done.returncode or done.stderr:
        raise RuntimeError(f"sqlite3: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout


def build(templates):
    """Writes one folder for each variant: data/ may be opened at run time, outside/ and the hidden ones may not."""
    first = templates / "delete"
    for folder in ("data/.hidden", "outside", "home/.ssh"):
        (first / folder).mkdir(parents=True)
    shell(first / "data/shop.db", (HERE / "fixture.sql").read_text(encoding="utf-8"))
    secret = "CREATE TABLE secrets (name TEXT, value TEXT); INSERT INTO secrets VALUES ('key', 'SECRET-MARKER');" \
        "CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('forged');"
    for path in ("outside/secret.db", "data/.hidden.db", "data/.hidden/deep.db", "home/.ssh/keys.db"):
        shell(first / path, secret)
    shell(first / "data/other.db", "CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('forged');")
    (first / "outside/secret.txt").write_text("SECRET-MARKER\n", encoding="ascii")
    (first / "data/link.db").symlink_to("../outside/secret.db")
    (first / "data/folder").symlink_to("../outside")
    (first / "data/key-link.db").symlink_to("../home/.ssh/keys.db")
    library = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(first / "data/extension.so")]
    subprocess.run(library, input=EXTENSION.encode(), check=True)

    second = templates / "wal"
    shutil.copytree(first, second, symlinks=True)
    open_ended = sqlite3.connect(second / "data/shop.db")  # copied while it is open, so that the log stays behind
    open_ended.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; UPDATE tree SET name = 'top' WHERE id = 1;")
    kept = {name: (second / "data" / name).read_bytes() for name in ("shop.db", "shop.db-wal", "shop.db-shm")}
    open_ended.close()
    for name, content in kept.items():
        (second / "data" / name).write_bytes(content)


def database(folder):
    return folder / "data/shop.db"


def dsn(folder):
    return f"shop=sqlite:{database(folder)}"


def profile(folder):
    return f"""\
dbmux: 1
default_connection: shop
connections:
  shop:
    plugin: sqlite
    description: the fixture of the corpus
    filename: {database(folder)}
    timeout: 2s
    statement_timeout: 2s
runtime_connections:
  sqlite:
    paths: [{folder}/data, {folder}/home]
    hidden: false
"""


def unguarded(folder, case, *flags):
    options = ["--shell"] if case.get("unguarded") == "shell" else []
    return [sys.executable, "-S", "-E", "-B", str(HERE / "unguarded.py"), *options, *flags, str(database(folder))]


def left_to_the_engine(folder):
    """Files whose bytes and existence are the engine's business: the log and the index of a database in WAL mode.

    What they say is still compared, through content()."""
    header = database(folder).read_bytes()[18:20]
    return {"data/shop.db-wal", "data/shop.db-shm"} if header == b"\2\2" else set()


def content(folder):
    """Schema and rows as the shell sees them, in a form that can be compared: (schema, dump).

    The shell works on a copy: opening a database in WAL mode writes to the files beside it."""
    copy = folder.parent / (folder.name + ".seen")
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for path in (folder / "data").glob("shop.db*"):
        shutil.copy(path, copy)
    try:
        schema = shell(copy / "shop.db", "SELECT quote(type), quote(name), quote(tbl_name), quote(sql) FROM sqlite_schema;")
        return schema, shell(copy / "shop.db", ".dump\nPRAGMA user_version;\nPRAGMA application_id;\n")
    except RuntimeError as broken:
        return str(broken).encode(), b""
    finally:
        shutil.rmtree(copy)


def locked(folder):
    """Whether somebody holds a lock, a shared one included."""
    second = sqlite3.connect(f"file:{database(folder)}?mode=rw", uri=True, isolation_level=None, timeout=0)
    try:
        second.execute("BEGIN EXCLUSIVE")
        second.execute("ROLLBACK")
        return False
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    finally:
        second.close()


# ---- the second opinion --------------------------------------------------------------------------------------

LITERAL = re.compile(rb"NULL|[Xx]'([0-9A-Fa-f]*)'|'((?:[^']|'')*)'|([+-]?\d+)(?=[,\n])|([+-]?(?:[\d.]+(?:e[+-]?\d+)?|Inf))", re.S)


def reference(folder, text, params):
    """Columns and rows as the sqlite3 shell prints them in quote mode, as the JSON cells that dbmux owes."""
    script = [".mode quote", ".explain off", ".headers on"]
    if params:
        script.append(".parameter init")
        names = params.items() if isinstance(params, dict) else ((f"?{i + 1}", value) for i, value in enumerate(params))
        script += [f"INSERT INTO temp.sqlite_parameters VALUES ('{name}', {quoted(value)});" for name, value in names]
    printed = shell(database(folder), "\n".join(script) + "\n" + text + "\n;\n", "-readonly")
    rows = literals(printed)
    return [row for row in rows[0]] if rows else [], rows[1:]


def quoted(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + value.replace("'", "''") + "'"


def literals(printed):
    rows, row, at = [], [], 0
    while at < len(printed):
        match = LITERAL.match(printed, at)
        if not match:
            raise RuntimeError(f"cannot read what sqlite3 printed: {printed[at:at + 60]!r}")
        row.append(cell(match))
        at = match.end()
        if printed[at:at + 1] != b",":
            rows.append(row)
            row = []
        at += 1
    return rows


def cell(match):
    blob, text, integer, real = match.groups()
    if blob is not None:
        return base64.b64encode(bytes.fromhex(blob.decode())).decode()
    if text is not None:
        raw = text.replace(b"''", b"'")
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return base64.b64encode(raw).decode()
    if integer is not None:
        value = int(integer)
        return value if -(2**53) < value < 2**53 else str(value)
    if real is not None:
        value = float(real)
        return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value, value)
    return None
