"""An unguarded SQLite handle: the system's own library, opened for writing, every statement of a text run in turn."""

import base64
import ctypes

lib = ctypes.CDLL("libsqlite3.so.0")
for name in ("column_name", "column_text", "errmsg"):
    getattr(lib, f"sqlite3_{name}").restype = ctypes.c_char_p
lib.sqlite3_column_int64.restype = ctypes.c_int64
lib.sqlite3_column_double.restype = ctypes.c_double
lib.sqlite3_column_blob.restype = ctypes.c_void_p
lib.sqlite3_column_text.restype = ctypes.c_void_p

READWRITE, CREATE, URI = 2, 4, 64
ROW, DONE = 100, 101
INTEGER, FLOAT, TEXT, BLOB = 1, 2, 3, 4
DBCONFIG_FTS3_TOKENIZER = 1004
KEPT_ROWS = 1000


class SqlError(Exception):
    pass


class Handle:
    def __init__(self, path, flags=READWRITE | CREATE | URI):
        self.db = ctypes.c_void_p()
        if lib.sqlite3_open_v2(path.encode(), ctypes.byref(self.db), flags, None):
            raise SqlError("unable to open database file")
        lib.sqlite3_enable_load_extension(self.db, 1)
        lib.sqlite3_db_config(self.db, DBCONFIG_FTS3_TOKENIZER, 1, None)

    def close(self):
        lib.sqlite3_close_v2(self.db)

    def run(self, text):
        """Columns of the last statement that has any, and the rows of all."""
        columns, rows = [], []
        buffer = ctypes.create_string_buffer(text.encode("utf-8", "surrogatepass"))
        at = ctypes.addressof(buffer)
        end = at + len(buffer) - 1
        while at < end:
            statement, tail = ctypes.c_void_p(), ctypes.c_void_p()
            code = lib.sqlite3_prepare_v2(
                self.db, ctypes.c_void_p(at), -1, ctypes.byref(statement), ctypes.byref(tail)
            )
            if code:
                raise SqlError(self._message())
            if tail.value == at:
                break
            at = tail.value
            if statement:
                columns = self._step(statement, rows) or columns
        return columns, rows

    def _step(self, statement, rows):
        width = lib.sqlite3_column_count(statement)
        columns = [lib.sqlite3_column_name(statement, i).decode() for i in range(width)]
        try:
            while True:
                code = lib.sqlite3_step(statement)
                if code == DONE:
                    return columns
                if code != ROW:
                    raise SqlError(self._message())
                if len(rows) < KEPT_ROWS:
                    rows.append([self._cell(statement, i) for i in range(width)])
        finally:
            lib.sqlite3_finalize(statement)

    def _cell(self, statement, i):
        kind = lib.sqlite3_column_type(statement, i)
        if kind == INTEGER:
            value = lib.sqlite3_column_int64(statement, i)
            return value if -(2**53) < value < 2**53 else str(value)
        if kind == FLOAT:
            value = lib.sqlite3_column_double(statement, i)
            return value if abs(value) != float("inf") else ("Infinity" if value > 0 else "-Infinity")
        if kind not in (TEXT, BLOB):
            return None
        pointer = (lib.sqlite3_column_text if kind == TEXT else lib.sqlite3_column_blob)(statement, i)
        size = lib.sqlite3_column_bytes(statement, i)
        raw = ctypes.string_at(pointer, min(size, 4096)) if pointer else b""
        if kind == TEXT:
            try:
                return raw.decode()
            except UnicodeDecodeError:
                pass
        return base64.b64encode(raw).decode()

    def _message(self):
        return lib.sqlite3_errmsg(self.db).decode("utf-8", "replace")
