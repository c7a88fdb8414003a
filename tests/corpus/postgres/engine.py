"""What the runner must know of PostgreSQL: the fixture, an unguarded session, a second opinion, what is left behind.

The server is that of tests/servers; each case has a database of its own, made from a template, and an administrator's
session that watches it."""

import os
import pathlib
import re
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from handle import Handle, SqlError, cell

HERE = pathlib.Path(__file__).parent
SERVERS = pathlib.Path(os.environ.get("DBMUX_TEST_SERVERS", f"/tmp/dbmux-servers-{os.getuid()}"))
PASSWORD = "postgres-test"
TEMPLATE = f"corpus_template_{os.getpid()}"
CONTROL = ("SELECT count(*), min(name) FROM customers", [[12, ""]])
VARIANTS = ("usual",)
LOGINS = ("postgres", "corpus_reader")
making = threading.Lock()


def port():
    return (SERVERS / "postgres/port").read_text(encoding="ascii").strip()


def conninfo(database, user="postgres"):
    return f"host=127.0.0.1 port={port()} dbname={database} user={user} password={PASSWORD} sslmode=disable connect_timeout=10"


def database(folder):
    return "corpus_" + re.sub(r"\W", "_", folder.parent.name).lower()


def administer(text, where="postgres"):
    session = Handle(conninfo(where))
    try:
        return session.run(text)
    finally:
        session.close()


def build(templates):
    """The files beside a database, and the database that all others are copies of."""
    first = templates / VARIANTS[0]
    for folder in ("data", "outside"):
        (first / folder).mkdir(parents=True)
    (first / "outside/secret.txt").write_text("SECRET-MARKER\n", encoding="ascii")
    administer(f"DROP DATABASE IF EXISTS {TEMPLATE}")
    administer(
        "DO $$ BEGIN CREATE ROLE corpus_reader LOGIN PASSWORD 'postgres-test';"
        " EXCEPTION WHEN duplicate_object THEN NULL; WHEN unique_violation THEN NULL; END $$"
    )
    administer(f"CREATE DATABASE {TEMPLATE}")
    for statement in (HERE / "fixture.sql").read_text(encoding="utf-8").split("\n\n"):
        administer(statement, TEMPLATE)


def remove_all():
    administer(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")


class Watch:
    """The administrator's eyes on one database: a session that looks, and one that only is there."""

    def __init__(self, folder):
        self.name = database(folder)
        with making:  # a template may have no sessions meanwhile
            administer(f"CREATE DATABASE {self.name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        self.eyes, self.bystander = Handle(conninfo(self.name)), Handle(conninfo(self.name, "postgres"))
        self.bystander.run("LISTEN corpus")

    def look(self, text):
        """One cell, also behind an attack on all sessions."""
        try:
            return self.eyes.one(text)
        except SqlError:
            self.eyes.close()
            self.eyes = Handle(conninfo(self.name))
            return self.eyes.one(text)

    def close(self):
        self.eyes.close()
        self.bystander.close()
        administer(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + self.name + "';"
        )
        for gid, in administer(f"SELECT gid FROM pg_prepared_xacts WHERE database = '{self.name}'")[2]:
            administer(f"ROLLBACK PREPARED '{gid}'", self.name)
        for slot, in administer(f"SELECT slot_name FROM pg_replication_slots WHERE starts_with(slot_name, '{self.name}')")[2]:
            administer(f"SELECT pg_drop_replication_slot('{slot}')")
        administer(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


watches = {}


def open_place(folder):
    for path in (folder.parent, folder, folder / "data", folder / "outside"):
        path.chmod(0o777)
    folder.parent.parent.chmod(0o711)
    watches[folder] = Watch(folder)


def close_place(folder):
    if folder in watches:
        watches.pop(folder).close()


def dsn(folder, login=LOGINS[0]):
    return f"shop=postgresql://{login}:{PASSWORD}@127.0.0.1:{port()}/{database(folder)}"


def profile(folder, login=LOGINS[0]):
    return f"""\
dbmux: 1
default_connection: shop
connections:
  shop:
    plugin: postgres
    description: the fixture of the corpus
    host: 127.0.0.1
    port: {port()}
    database: {database(folder)}
    user: {login}
    password: {PASSWORD}
    ssl: disable
    timeout: 2s
    statement_timeout: 2s
"""


def unguarded(folder, case, *flags):
    return [sys.executable, "-S", "-E", "-B", str(HERE / "unguarded.py"), *flags, conninfo(database(folder))]


def left_to_the_engine(_folder):
    return set()


CATALOG = """
SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
  SELECT format('class %s %s %s %s', relnamespace::regnamespace, relname, relkind, relacl) AS line FROM pg_class
    WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
  UNION ALL SELECT format('column %s %s %s %s', attrelid::regclass, attname, atttypid::regtype, attnotnull) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
  UNION ALL SELECT format('function %s %s %s', oid::regprocedure, md5(prosrc), provolatile) FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT format('type %s', oid::regtype) FROM pg_type WHERE oid >= 16384
  UNION ALL SELECT format('schema %s', nspname) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'
  UNION ALL SELECT format('extension %s', extname) FROM pg_extension
  UNION ALL SELECT format('trigger %s %s', tgrelid::regclass, tgname) FROM pg_trigger
  UNION ALL SELECT format('rule %s %s', ev_class::regclass, rulename) FROM pg_rewrite WHERE oid >= 16384
  UNION ALL SELECT format('comment %s %s', objoid, description) FROM pg_description WHERE objoid >= 16384
  UNION ALL SELECT format('event trigger %s', evtname) FROM pg_event_trigger
  UNION ALL SELECT format('publication %s', pubname) FROM pg_publication
  UNION ALL SELECT format('server %s', srvname) FROM pg_foreign_server
  UNION ALL SELECT format('prepared %s', gid) FROM pg_prepared_xacts WHERE database = current_database()
  UNION ALL SELECT format('slot %s', slot_name) FROM pg_replication_slots WHERE starts_with(slot_name, current_database())
  UNION ALL SELECT format('settings of %s', setconfig) FROM pg_db_role_setting d JOIN pg_database b ON b.oid = setdatabase
    WHERE datname = current_database()
  UNION ALL SELECT format('database %s %s', datconnlimit, datacl) FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT format('role %s', rolname) FROM pg_roles WHERE rolname LIKE current_database() || '%'
  UNION ALL SELECT format('reset %s', stats_reset IS NULL) FROM pg_stat_database WHERE datname = current_database()
) AS lines"""
ROWS = """
SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
  SELECT format('%s %s', c.oid::regclass, md5(query_to_xml(format(CASE c.relkind WHEN 'S' THEN 'SELECT last_value, is_called FROM %s'
      ELSE 'SELECT * FROM %s AS t ORDER BY t::text' END, c.oid::regclass), true, true, '')::text)) AS line
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'S', 'm')
  UNION ALL SELECT format('large object %s %s', loid, md5(string_agg(data, '' ORDER BY pageno))) FROM pg_largeobject GROUP BY loid
  UNION ALL SELECT format('large object %s', oid) FROM pg_largeobject_metadata
) AS lines"""


def content(folder):
    """Catalog and rows, sequences and large objects included, as the administrator sees them."""
    watch = watches[folder]
    return watch.look(CATALOG), watch.look(ROWS)


def locked(folder):
    """Whether a session that is not ours holds a lock, a shared one included."""
    watch = watches[folder]
    return watch.look(
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.datname = current_database()"
        " AND pid <> pg_backend_pid() AND locktype IN ('relation', 'advisory', 'tuple', 'object', 'transactionid')"
        " AND (locktype <> 'relation' OR mode <> 'AccessShareLock')") != "0"


def observed(folder):
    """What else has happened since: {effect: how}."""
    watch, found = watches[folder], {}
    try:
        watch.bystander.run("SELECT 1")
        if watch.bystander.heard():
            found["notification"] = "a listening session was notified"
    except SqlError:
        found["sessions"] = "another session was ended"
    running = watch.look(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND state = 'active' AND query_start < now() - interval '3 seconds'")
    if running != "0":
        found["running"] = f"{running} statements still run"
    return found


# ---- the second opinion --------------------------------------------------------------------------------------

CELL, ROW, NONE = "\x1f", "\x1e", "\x1d"
MARK = "\x1c"


def reference(folder, text, params, login=LOGINS[0]):
    """Columns and rows as psql prints them, as the JSON cells that dbmux owes."""
    for at in range(len(params or []), 0, -1):
        text = text.replace(f"${at}", quoted(params[at - 1]))
    body = text.rstrip().rstrip(";")
    script = f"{body}\n\\gdesc\n\\echo {MARK}\n{body}\n;\n\\echo {MARK} :ROW_COUNT\n"
    environment = {**os.environ, "PGPASSWORD": PASSWORD, "PGOPTIONS": "-c IntervalStyle=iso_8601 -c TimeZone=UTC -c extra_float_digits=1"}
    done = subprocess.run(
        ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-F", CELL, "-R", ROW, "-P", f"null={NONE}", conninfo(database(folder), login)],
        input=script.encode(), capture_output=True, check=False, env=environment
    )
    if done.returncode or done.stderr:
        raise RuntimeError(f"psql: {done.stderr.decode('utf-8', 'replace').strip()}")
    described, _, printed = done.stdout.decode().partition(MARK + "\n")
    printed, _, count = printed.rpartition(MARK)
    columns = [line.split(CELL) for line in described.rstrip("\n").split(ROW) if line]
    types = [oid_of(kind) for _, kind in columns] if columns and len(columns[0]) == 2 else []
    if not printed:  # no rows, or rows of no columns
        return [column[0] for column in columns] if types else [], [[]] * int(count)
    lines = printed[:-1].split(ROW)
    if not types:  # EXPLAIN and SHOW are not described
        return [], [[one] for one in lines]
    rows = [[cell(oid, None if one == NONE else one) for oid, one in zip(types, line.split(CELL))] for line in lines]
    return [name for name, _ in columns], rows


OIDS = {"boolean": 16, "bytea": 17, "bigint": 20, "smallint": 21, "integer": 23, "oid": 26, "real": 700,
        "double precision": 701, "json": 114, "jsonb": 3802}


def oid_of(kind):
    if kind.endswith("[]"):
        return 25
    if kind.startswith("numeric"):
        return 1700
    if kind.startswith("timestamp"):
        return 1184 if "with time zone" in kind else 1114
    if kind.startswith("time") and "with time zone" in kind:
        return 1266
    return OIDS.get(kind, 25)


def quoted(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else "'" + value.replace("'", "''") + "'"
