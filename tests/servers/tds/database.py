"""A database: one SQLite file, with the functions and catalog views that the translated T-SQL calls."""
import datetime
import pathlib
import sqlite3
import struct
import threading
import uuid

from datatypes import BadValue, Type
from tokens import ServerError

PRODUCT_VERSION = "16.0.1000.6"
_FILES = threading.Lock()

_VIEWS = """
CREATE TEMP VIEW information_schema_schemata AS
 SELECT tds_database() AS CATALOG_NAME, 'dbo' AS SCHEMA_NAME, 'dbo' AS SCHEMA_OWNER;
CREATE TEMP VIEW information_schema_tables AS
 SELECT tds_database() AS TABLE_CATALOG, 'dbo' AS TABLE_SCHEMA, name AS TABLE_NAME,
        iif(type='view','VIEW','BASE TABLE') AS TABLE_TYPE
 FROM main.sqlite_schema WHERE type IN ('table','view') AND name NOT LIKE 'sqlite_%';
CREATE TEMP VIEW information_schema_columns AS
 SELECT t.TABLE_CATALOG, t.TABLE_SCHEMA, t.TABLE_NAME, c.name AS COLUMN_NAME, c.cid+1 AS ORDINAL_POSITION,
        c.dflt_value AS COLUMN_DEFAULT, iif(c."notnull" OR c.pk,'NO','YES') AS IS_NULLABLE,
        tds_type(c.type,'name') AS DATA_TYPE, tds_type(c.type,'length') AS CHARACTER_MAXIMUM_LENGTH,
        tds_type(c.type,'precision') AS NUMERIC_PRECISION, tds_type(c.type,'scale') AS NUMERIC_SCALE,
        tds_type(c.type,'fraction') AS DATETIME_PRECISION
 FROM information_schema_tables t JOIN pragma_table_xinfo(t.TABLE_NAME) c;
CREATE TEMP VIEW information_schema_table_constraints AS
 SELECT t.TABLE_CATALOG AS CONSTRAINT_CATALOG, 'dbo' AS CONSTRAINT_SCHEMA, 'PK_'||t.TABLE_NAME AS CONSTRAINT_NAME,
        t.TABLE_CATALOG, t.TABLE_SCHEMA, t.TABLE_NAME, 'PRIMARY KEY' AS CONSTRAINT_TYPE
 FROM information_schema_tables t WHERE EXISTS (SELECT 1 FROM pragma_table_info(t.TABLE_NAME) WHERE pk>0);
CREATE TEMP VIEW information_schema_key_column_usage AS
 SELECT k.*, c.name AS COLUMN_NAME, c.pk AS ORDINAL_POSITION
 FROM information_schema_table_constraints k JOIN pragma_table_info(k.TABLE_NAME) c WHERE c.pk>0;
"""


def declared(spelt: str) -> Type | None:
    """The type that a column's declaration in SQLite stands for."""
    try:
        return Type.parse(spelt.removesuffix(" text"))
    except BadValue:
        return None


def _type_part(spelt: str, part: str):
    t = declared(spelt) or Type("nvarchar", -1)
    if part == "name":
        return t.name
    if part == "length":
        return t.size if "char" in t.name or "binary" in t.name else None
    if part in ("precision", "scale"):
        fixed = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19, "money": 19, "float": 53, "real": 24}
        scale = t.scale if t.name == "decimal" else 4 if t.name == "money" else None if t.name in ("float", "real") else 0
        precision = t.size if t.name == "decimal" else fixed.get(t.name)
        return precision if part == "precision" else None if precision is None else scale
    return t.scale if t.name in ("datetime2", "time", "datetimeoffset") else {"datetime": 3, "date": 0}.get(t.name)


class Databases:
    """The databases of a server, by their lower-case names."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("master", "test"):
            self.create(name)

    def path(self, name: str) -> pathlib.Path:
        return self.folder / (name.lower() + ".db")

    def names(self) -> set:
        return {p.stem for p in self.folder.glob("*.db")}

    def create(self, name: str) -> None:
        with _FILES:
            db = sqlite3.connect(self.path(name))
            db.execute("PRAGMA journal_mode=WAL")
            db.close()

    def drop(self, name: str) -> None:
        with _FILES:
            for suffix in ("", "-wal", "-shm"):
                self.path(name).with_name(name.lower() + ".db" + suffix).unlink(missing_ok=True)


class Database:
    """One session's handle. `state` offers user, database, trancount, rowcount, identity, spid and the attention."""

    def __init__(self, databases: Databases, name: str, state):
        self.state = state
        self.failure: ServerError | None = None  # of a function: SQLite only says that there was one
        self.db = sqlite3.connect(databases.path(name), timeout=20, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA foreign_keys=ON")
        self.db.execute("PRAGMA synchronous=OFF")
        self.db.execute("PRAGMA temp_store=MEMORY")
        self.db.set_progress_handler(lambda: state.attention.is_set(), 20000)
        self._add_functions()
        self.db.executescript(_VIEWS)
        self.db.execute("PRAGMA busy_timeout=0")  # statements wait by themselves, so that they can be stopped

    def close(self) -> None:
        self.db.close()

    def cast(self, value, spelt: str):
        try:
            return Type.parse(spelt).convert(value)
        except OverflowError as error:
            self.failure = ServerError(8115, 16, 2, f"Arithmetic overflow error converting expression to data type {error}.")
        except BadValue:
            kind = "nvarchar" if isinstance(value, str) else "varbinary"
            self.failure = ServerError(245, 16, 1, f"Conversion failed when converting the {kind} value '{value}' to data type {spelt}.")
        raise self.failure

    def _try_cast(self, value, spelt: str):
        try:
            return Type.parse(spelt).convert(value)
        except (BadValue, OverflowError):
            return None

    def _add_functions(self) -> None:
        state = self.state

        def length(v):
            return None if v is None else len(str(v).rstrip(" ").encode("utf-16-le")) // 2

        def data_length(v):
            if isinstance(v, (str, bytes)):
                return len(v if isinstance(v, bytes) else v.encode("utf-16-le"))
            return None if v is None else 8 if isinstance(v, float) else 4 if -(2**31) <= v < 2**31 else 8

        def concat(*values):
            return "".join("" if v is None else str(v) for v in values)

        properties = {"productversion": PRODUCT_VERSION, "edition": "Developer Edition (a server of tests)", "engineedition": 3}
        add = self.db.create_function
        for name, arguments, function in [
            ("tds_cast", 2, self.cast), ("tds_try_cast", 2, self._try_cast), ("tds_type", 2, _type_part),
            ("tds_len", 1, length), ("tds_datalength", 1, data_length), ("tds_concat", -1, concat),
            ("tds_replicate", 2, lambda text, n: text * n), ("tds_newid", 0, lambda: str(uuid.uuid4()).upper()),
            ("tds_now", 0, lambda: datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f") + "0"),
            ("tds_user", 0, lambda: state.user), ("tds_user", 1, lambda _: state.user),
            ("tds_database", 0, lambda: state.database), ("tds_schema", 0, lambda: "dbo"),
            ("tds_property", 1, lambda name: properties.get(name.lower())), ("tds_role", -1, lambda *_: 0),
            ("tds_permission", -1, lambda *_: 1), ("tds_trancount", 0, lambda: state.trancount),
            ("tds_rowcount", 0, lambda: state.rowcount), ("tds_identity", 0, lambda: state.identity),
            ("scope_identity", 0, lambda: state.identity), ("tds_spid", 0, lambda: state.spid), ("tds_error", 0, lambda: 0),
            ("tds_version", 0, lambda: f"A server of tests over SQLite {sqlite3.sqlite_version} that answers like {PRODUCT_VERSION}"),
            ("tds_nestlevel", 0, lambda: 0), ("tds_max_precision", 0, lambda: 38), ("tds_float", 1, lambda v: struct.unpack(">d", v)[0]),
        ]:
            add(name, arguments, function)

    # ---- what the types of columns are

    def column_types(self, tables: list[str]) -> dict[str, Type]:
        found = {}
        for table in tables:
            for row in self.db.execute("SELECT name, type FROM pragma_table_xinfo(?)", (table,)):
                t = declared(row[1])
                if t is not None:
                    found.setdefault(row[0].lower(), t)
        return found

    # ---- errors

    def error(self, e: sqlite3.Error, line: int) -> ServerError:
        if self.failure is not None:
            failure, self.failure = self.failure, None
            failure.line = line
            return failure
        text = str(e)
        name = text.rpartition(": ")[2]
        near = text.partition('near "')[2].rpartition('"')[0]
        known = [
            ("no such table", 208, 16, f"Invalid object name '{name}'.", True),
            ("no such column", 207, 16, f"Invalid column name '{name.rpartition('.')[2]}'.", True),
            ("has no column named", 207, 16, f"Invalid column name '{text.rpartition(' ')[2]}'.", True),
            ("no such function", 195, 15, f"'{name}' is not a recognized built-in function name.", True),
            ("syntax error", 102, 15, f"Incorrect syntax near '{near}'.", True),
            ("incomplete input", 102, 15, "Incorrect syntax near the end of the statement.", True),
            ("UNIQUE constraint", 2627, 14, f"Violation of UNIQUE KEY constraint. Cannot insert duplicate key in object 'dbo.{name.partition('.')[0]}'.", False),
            ("NOT NULL constraint", 515, 16, f"Cannot insert the value NULL into column '{name.rpartition('.')[2]}', table 'dbo.{name.partition('.')[0]}'; column does not allow nulls.", False),
            ("FOREIGN KEY constraint", 547, 16, "The statement conflicted with a FOREIGN KEY constraint.", False),
            ("CHECK constraint", 547, 16, f'The statement conflicted with the CHECK constraint "{name}".', False),
            ("already exists", 2714, 16, f"There is already an object named '{(text.split() + ['', ''])[1].strip('`')}' in the database.", True),
            ("locked", 1222, 16, "Lock request time out period exceeded.", False),
        ]
        for phrase, number, severity, message, aborts in known:
            if phrase in text:
                return ServerError(number, severity, 1, message, line, aborts)
        return ServerError(50000, 16, 1, f"The server of the tests does not know this: {text}", line, True)
