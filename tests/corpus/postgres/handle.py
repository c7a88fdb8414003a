"""libpq without any guard: the simple protocol, every statement of a text, all that comes back."""

import base64
import ctypes
import json

lib = ctypes.CDLL("libpq.so.5")
for name in ("PQconnectdb", "PQexec", "PQgetResult", "PQnotifies"):
    getattr(lib, name).restype = ctypes.c_void_p
for name in ("PQerrorMessage", "PQresultErrorMessage", "PQfname"):
    getattr(lib, name).restype = ctypes.c_char_p
lib.PQgetvalue.restype = ctypes.c_void_p

CONNECTION_OK = 0
COMMAND_OK, TUPLES_OK, COPY_OUT, COPY_IN, FATAL = 1, 2, 3, 4, 7
KEPT_ROWS = 1000
SETTINGS = "-c DateStyle=ISO -c IntervalStyle=iso_8601 -c bytea_output=hex -c extra_float_digits=1 -c TimeZone=UTC -c client_min_messages=error"


class SqlError(Exception):
    pass


class Handle:
    def __init__(self, conninfo, settings=SETTINGS):
        text = conninfo + (f" options='{settings}'" if settings else "")
        self.db = ctypes.c_void_p(lib.PQconnectdb(text.encode()))
        if lib.PQstatus(self.db) != CONNECTION_OK:
            raise SqlError(lib.PQerrorMessage(self.db).decode("utf-8", "replace"))

    def close(self):
        lib.PQfinish(self.db)

    def run(self, text):
        """Columns, types and rows of the last statement that has any; cells are texts or None."""
        result = ctypes.c_void_p(lib.PQexec(self.db, text.encode("utf-8", "surrogatepass")))
        try:
            status = lib.PQresultStatus(result)
            if status == COPY_OUT:
                return ["copied"], [25], [[line] for line in self._copied()]
            if status not in (COMMAND_OK, TUPLES_OK):
                message = lib.PQresultErrorMessage(result) or lib.PQerrorMessage(self.db)
                raise SqlError(message.decode("utf-8", "replace"))
            width = lib.PQnfields(result)
            rows = [[self._cell(result, r, c) for c in range(width)] for r in range(min(lib.PQntuples(result), KEPT_ROWS))]
            return [lib.PQfname(result, c).decode() for c in range(width)], [lib.PQftype(result, c) for c in range(width)], rows
        finally:
            lib.PQclear(result)

    def one(self, text):
        return self.run(text)[2][0][0]

    def heard(self):
        """Whether a notification has come."""
        lib.PQconsumeInput(self.db)
        return bool(lib.PQnotifies(self.db))

    def _cell(self, result, r, c):
        if lib.PQgetisnull(result, r, c):
            return None
        raw = ctypes.string_at(lib.PQgetvalue(result, r, c), min(lib.PQgetlength(result, r, c), 1 << 20))
        return raw.decode("utf-8", "replace")

    def _copied(self):
        lines, buffer = [], ctypes.c_char_p()
        while (size := lib.PQgetCopyData(self.db, ctypes.byref(buffer), 0)) > 0:
            lines.append(ctypes.string_at(buffer, size).decode("utf-8", "replace").rstrip("\n"))
        while result := lib.PQgetResult(self.db):
            lib.PQclear(ctypes.c_void_p(result))
        return lines


BOOL, BYTEA, INTEGERS, FLOATS, NUMERIC, JSONS = 16, 17, {20, 21, 23, 26}, {700, 701}, 1700, {114, 3802}
TIMESTAMP, TIMESTAMPTZ, TIMETZ = 1114, 1184, 1266


def cell(oid, text):
    """A text of the server as the JSON cell that dbmux owes."""
    if text is None:
        return None
    if oid == BOOL:
        return text == "t"
    if oid in INTEGERS:
        value = int(text)
        return value if -(2**53) < value < 2**53 else text
    if oid in FLOATS or oid == NUMERIC:
        return text if text in ("NaN", "Infinity", "-Infinity") else number(oid, text)
    if oid == BYTEA:
        return base64.b64encode(bytes.fromhex(text[2:])).decode()
    if oid in JSONS:
        return json.loads(text)
    if oid in (TIMESTAMP, TIMESTAMPTZ) and "infinity" not in text:
        text = text.replace(" ", "T", 1)
    if oid in (TIMESTAMPTZ, TIMETZ) and len(text) > 3 and text[-3] in "+-":
        text += ":00"
    return text


def number(oid, text):
    return text if oid == NUMERIC else float(text)
