"""Running the statements of a batch or of sp_executesql, and telling the client."""
import sqlite3
import time

import tokens
from datatypes import MAX, BadValue, Type
from tokens import Column, ServerError
from tsql import (Statement, Token, Translation, at_top, literal_type, matching, parts, quoted, statements_of, tokens_of,
                  type_of)

_CHANGES = {"INSERT", "UPDATE", "DELETE", "MERGE"}


class Interrupted(Exception):
    """By an attention."""


class Execution:
    def __init__(self, session, reply):
        self.session, self.reply = session, reply
        self.translation = Translation({}, {n.lower() for n in session.databases.names()})
        self.in_procedure = False
        self._held = None  # the last DONE, until it is known whether more follows

    # ---- requests

    def batch(self, text: str) -> None:
        failed = self._run_all(text)
        if self._held is None or failed:
            self._done(tokens.DONE, self._status(tokens.ERROR_STATUS if failed else 0), 0)
        self._write_held(0)

    def execute_sql(self, given: list) -> None:
        """sp_executesql: the statement, the parameters' definitions, their values."""
        before = self.session.trancount
        self.in_procedure = True
        try:
            self._bind(given)
            failed = self._run_all(given[0][3] or "")
        except ServerError as error:
            self._tell(error)
            failed = True
        if self.session.trancount != before:
            self._tell(ServerError(266, 16, 2, "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT "
                                               f"statements. Previous count = {before}, current count = {self.session.trancount}."))
        self.reply.write(tokens.return_status(1 if failed else 0))
        self.reply.write(tokens.done(tokens.DONE_PROC, self._status(tokens.ERROR_STATUS if failed else 0), 0))

    def failed_call(self, error: ServerError) -> None:
        self._tell(error)
        self.reply.write(tokens.done(tokens.DONE_PROC, tokens.ERROR_STATUS))

    def _bind(self, given: list) -> None:
        if not given or given[0][2].name != "nvarchar":
            raise ServerError(214, 16, 2, "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.")
        if len(given) > 1 and given[1][2].name != "nvarchar":
            raise ServerError(214, 16, 3, "Procedure expects parameter '@parameters' of type 'ntext/nchar/nvarchar'.")
        wanted = {}
        for definition in parts(tokens_of(given[1][3] or "")) if len(given) > 1 else []:
            if definition:
                kind = [t for t in definition[1:] if t.upper not in ("AS", "OUTPUT", "OUT", "READONLY")]
                wanted[definition[0].text.lower()] = type_of(kind)
        values = {}
        for i, (name, _, _, value) in enumerate(given[2:]):
            if not name and i >= len(wanted):
                raise ServerError(8144, 16, 2, "Procedure or function  has too many arguments specified.")
            name = name or list(wanted)[i]
            if name not in wanted:
                raise ServerError(8145, 16, 1, f"{name} is not a parameter for procedure .")
            try:
                values[name] = wanted[name].convert(value)
            except (BadValue, OverflowError):
                raise ServerError(8114, 16, 5, f"Error converting data type nvarchar to {wanted[name].name}.") from None
        for name, t in wanted.items():
            if name not in values:
                raise ServerError(8178, 16, 1, f"The parameterized query expects the parameter '{name}', which was not supplied.")
            self.translation.variables[name] = (t, values[name])

    # ---- telling

    def _status(self, bits: int) -> int:
        return bits | (tokens.IN_TRANSACTION if self.session.trancount else 0)

    def _write_held(self, more: int) -> None:
        if self._held is not None:
            token, status, count = self._held
            self.reply.write(tokens.done(token, status | more, count))
            self._held = None

    def _write(self, token: bytes) -> None:
        self._write_held(tokens.MORE)
        self.reply.write(token)

    def _done(self, token: int, status: int, count: int) -> None:
        self._write_held(tokens.MORE)
        self._held = (token, status, count)
        if self.in_procedure:
            self._write_held(tokens.MORE)

    def _statement_done(self, count: int | None) -> None:
        bits = tokens.COUNT if count is not None and not self.session.nocount else 0
        self._done(tokens.DONE_IN_PROC if self.in_procedure else tokens.DONE, self._status(bits), count or 0)

    def _tell(self, error: ServerError) -> None:
        self._write(tokens.message(error, "TDS-TESTS", ""))

    # ---- statements

    def _run_all(self, text: str) -> bool:
        """Whether an error has ended the batch."""
        try:
            statements = statements_of(text)
        except ServerError as error:
            self._tell(error)
            return True
        for statement in statements:
            if self.session.attention.is_set():
                raise Interrupted()
            try:
                self._run(statement)
            except ServerError as error:
                self._tell(error)
                if error.severity >= 14 and error.number in (2627, 515, 547):
                    self._tell(ServerError(3621, 0, 0, "The statement has been terminated.", error.line))
                if self.session.xact_abort and self.session.trancount:
                    self._roll_back()
                if error.aborts_batch or self.session.xact_abort:
                    return True
                self._done(tokens.DONE_IN_PROC if self.in_procedure else tokens.DONE, self._status(tokens.ERROR_STATUS), 0)
        return False

    def _run(self, s: Statement) -> None:
        verb = s.tokens[0].upper
        if verb == "WITH":
            verb = next((w for w in _CHANGES if at_top(s.tokens, w) >= 0), verb)
        if s.then is not None:
            chosen = s.then if self._scalar(s.tokens, condition=True) else s.otherwise
            if chosen is not None:
                self._run(chosen)
        elif verb in ("SELECT", "WITH"):
            self._select(s)
        elif verb in _CHANGES:
            self._change(s)
        elif verb in ("CREATE", "DROP", "ALTER", "TRUNCATE"):
            self._define(s)
        else:
            simple = {"SET": self._set, "DECLARE": self._declare, "PRINT": self._print, "RAISERROR": self._raise, "THROW": self._throw,
                      "WAITFOR": self._wait, "BEGIN": self._begin, "COMMIT": self._commit, "ROLLBACK": self._rollback,
                      "SAVE": self._save, "USE": self._use}.get(verb)
            if simple is None:
                raise ServerError(2812, 16, 62, f"Could not find stored procedure '{s.tokens[min(1, len(s.tokens) - 1)].text}'.", s.line, True)
            simple(s)

    def _sqlite(self, sql: str, line: int) -> sqlite3.Cursor:
        """Waits for locks as long as the session wants, and until an attention comes."""
        since = time.monotonic()
        while True:
            try:
                return self.session.db.db.execute(sql, self.translation.values())
            except sqlite3.Error as error:
                self._interrupted()
                waits = "locked" in str(error) and (self.session.lock_timeout < 0 or time.monotonic() - since < self.session.lock_timeout)
                if not waits:
                    raise self.session.db.error(error, line) from error
            self.session.attention.wait(0.02)

    def _interrupted(self) -> None:
        if self.session.attention.is_set():
            raise Interrupted()

    def _scalar(self, expression: list[Token], condition: bool = False):
        sql = self.translation.sql(expression)
        row = self._sqlite(f"SELECT iif({sql},1,0)" if condition else f"SELECT {sql}", expression[0].line).fetchone()
        return row[0]

    # ---- rows

    def _select(self, s: Statement) -> None:
        body = s.tokens
        start = at_top(body, "SELECT")
        into = at_top(body, "INTO", max(start, 0))
        if start >= 0 and into > 0:
            made = "CREATE TEMP TABLE " if body[into + 1].name().startswith("#") else "CREATE TABLE "
            self._sqlite(made + quoted(body[into + 1].name()) + " AS " + self.translation.sql(body[:into] + body[into + 2 :]), s.line)
            self._statement_done(0)
            return
        items, tables = _select_list(body, start)
        if items and len(items[0]) > 2 and items[0][0].kind == "variable" and items[0][1].upper == "=":
            for item in items:
                t, _ = self.translation.variables[item[0].text.lower()]
                self.translation.variables[item[0].text.lower()] = (t, t.convert(self._scalar(item[2:])))
            return
        rows = self._sqlite(self.translation.sql(_named(body)), s.line)
        self._send_rows(rows, items, tables, s.line)

    def _send_rows(self, rows: sqlite3.Cursor, items: list, tables: list[str], line: int) -> None:
        names = [d[0] for d in rows.description]
        exact = len(items) == len(names) and not any(t.text == "*" and len(i) <= 3 for i in items for t in i)
        first = self._fetch(rows, 1, line)
        if any(v is None for row in first for v in row):
            first += self._fetch(rows, 50, line)
        of_tables = self.session.db.column_types(tables)
        columns, encoders = [], []
        for i, name in enumerate(names):
            t, shown = self._static_type(items[i], name, of_tables) if exact else (of_tables.get(name.lower()), name)
            t = t or _inferred([row[i] for row in first])
            columns.append(Column(shown, t))
            encoders.append(_tolerant(t))
        self._write(tokens.columns(columns))
        count, batch = 0, first
        while batch:
            for row in batch:
                self.reply.write(tokens.row(encoders, row))
            count += len(batch)
            self._interrupted()
            batch = self._fetch(rows, 100, line)
        self.session.rowcount = count
        self._statement_done(count)

    def _fetch(self, rows: sqlite3.Cursor, n: int, line: int) -> list:
        try:
            return rows.fetchmany(n)
        except sqlite3.Error as error:
            self._interrupted()
            raise self.session.db.error(error, line) from error

    def _static_type(self, item: list[Token], name: str, of_tables: dict) -> tuple[Type | None, str]:
        item, alias = _without_alias(item)
        last = item[-1]
        column = all(t.kind in ("word", "name") or t.upper == "." for t in item) and last.upper != "NULL"
        shown = alias if alias is not None else last.name() if column else ""
        if item[0].upper in ("CAST", "TRY_CAST") and matching(item, 1) == len(item) - 1:
            inner = item[2:-1]
            return type_of(inner[at_top(inner, "AS") + 1 :]), shown
        if item[0].upper in ("CONVERT", "TRY_CONVERT") and matching(item, 1) == len(item) - 1:
            return type_of(parts(item[2:-1])[0]), shown
        if item[0].kind == "variable" and len(item) == 1 and item[0].text.lower() in self.translation.variables:
            return self.translation.variables[item[0].text.lower()][0], shown
        if len(item) == 1 and (t := literal_type(item[0])) is not None:
            return t, shown
        if len(item) == 2 and item[0].upper == "-" and (t := literal_type(item[1])) is not None:
            return t, shown
        if item[0].upper == "COUNT" or item[0].text.upper() in ("@@TRANCOUNT", "@@ROWCOUNT", "@@SPID", "@@ERROR"):
            return Type("int"), shown
        if item[0].upper in ("GETDATE", "SYSDATETIME", "SYSUTCDATETIME"):
            return Type("datetime" if item[0].upper == "GETDATE" else "datetime2", 0, 7), shown
        return of_tables.get(last.name().lower()) if column else Type("int") if last.upper == "NULL" and len(item) == 1 else None, shown

    # ---- changes

    def _change(self, s: Statement) -> None:
        body, returning = _output(s.tokens)
        rows = self._sqlite(self.translation.sql(body) + (" RETURNING " + self.translation.sql(returning) if returning else ""), s.line)
        if returning:
            verb = at_top(body, "INTO")
            self._send_rows(rows, parts(returning), [_name_at(body, verb + 1)] if verb >= 0 else [], s.line)
            return
        count = max(rows.rowcount, 0)
        if any(t.upper == "INSERT" for t in body[:40]):
            self.session.identity = rows.lastrowid
        self.session.rowcount = count
        self._statement_done(count)

    def _define(self, s: Statement) -> None:
        words = s.words(3)
        if words[1:2] == ["DATABASE"]:
            self._define_database(s, words[0])
        elif words[:2] == ["CREATE", "TABLE"]:
            self._sqlite(self.translation.table(s.tokens), s.line)
        elif words[0] == "TRUNCATE":
            self._sqlite("DELETE FROM " + self.translation.sql(s.tokens[2:]), s.line)
        else:
            body = [t for t in s.tokens if t.upper not in ("CLUSTERED", "NONCLUSTERED")]
            if words[:2] == ["DROP", "INDEX"] and at_top(body, "ON") > 0:
                body = body[: at_top(body, "ON")]
            self._sqlite(self.translation.sql(body), s.line)
        self._statement_done(None)

    def _define_database(self, s: Statement, verb: str) -> None:
        name = s.tokens[-1].name()
        exists = name.lower() in self.session.databases.names()
        if verb == "CREATE":
            if exists:
                raise ServerError(1801, 16, 3, f"Database '{name}' already exists. Choose a different database name.", s.line, True)
            self.session.databases.create(name)
        elif verb == "DROP":
            if not exists and "IF" not in [t.upper for t in s.tokens]:
                raise ServerError(3701, 11, 1, f"Cannot drop the database '{name}', because it does not exist.", s.line, True)
            self.session.databases.drop(name)

    # ---- the session

    def _set(self, s: Statement) -> None:
        words = [t.upper for t in s.tokens]
        if s.tokens[1].kind == "variable":
            name = s.tokens[1].text.lower()
            if name not in self.translation.variables:
                raise ServerError(137, 15, 1, f'Must declare the scalar variable "{s.tokens[1].text}".', s.line, True)
            t, _ = self.translation.variables[name]
            self.translation.variables[name] = (t, t.convert(self._scalar(s.tokens[3:])))
        elif "NOCOUNT" in words:
            self.session.nocount = words[-1] == "ON"
        elif "XACT_ABORT" in words:
            self.session.xact_abort = words[-1] == "ON"
        elif "LOCK_TIMEOUT" in words:
            number = "".join(t.text for t in s.tokens[2:])
            self.session.lock_timeout = int(number) / 1000

    def _declare(self, s: Statement) -> None:
        for one in parts(s.tokens[1:]):
            equals = at_top(one, "=")
            kind = [t for t in (one[1:equals] if equals > 0 else one[1:]) if t.upper != "AS"]
            t = type_of(kind)
            value = t.convert(self._scalar(one[equals + 1 :])) if equals > 0 else None
            self.translation.variables[one[0].text.lower()] = (t, value)

    def _print(self, s: Statement) -> None:
        text = self._scalar(s.tokens[1:])
        self._tell(ServerError(0, 0, 1, "" if text is None else str(text), s.line))

    def _raise(self, s: Statement) -> None:
        end = matching(s.tokens, 1)
        message, severity, state, *arguments = (self._scalar(p) for p in parts(s.tokens[2:end]))
        if arguments:
            message = message % tuple(arguments)
        error = ServerError(50000, severity, state, message, s.line)
        if severity > 10:
            raise error
        self._tell(error)
        if any(t.upper == "NOWAIT" for t in s.tokens[end:]):
            self.reply.flush()

    def _throw(self, s: Statement) -> None:
        number, text, state = (self._scalar(p) for p in parts(s.tokens[1:]))
        raise ServerError(number, 16, state, text, s.line, True)

    def _wait(self, s: Statement) -> None:
        hours, minutes, seconds = str(self._scalar(s.tokens[2:])).split(":")
        self._write_held(tokens.MORE)
        self.reply.flush()
        if self.session.attention.wait(int(hours) * 3600 + int(minutes) * 60 + float(seconds)):
            raise Interrupted()

    def _begin(self, s: Statement) -> None:
        if s.words(2)[1:] not in (["TRAN"], ["TRANSACTION"]):
            raise ServerError(102, 15, 1, "The server of the tests has no blocks.", s.line, True)
        if self.session.trancount == 0:
            self._sqlite("BEGIN", s.line)
            self._write(tokens.change_bytes(8, self.session.new_descriptor(), b""))
        self.session.trancount += 1
        self._statement_done(None)

    def _commit(self, s: Statement) -> None:
        if self.session.trancount == 0:
            raise ServerError(3902, 16, 1, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.", s.line)
        if self.session.trancount == 1:
            self._sqlite("COMMIT", s.line)
            self._write(tokens.change_bytes(9, b"", self.session.descriptor))
        self.session.trancount -= 1
        self._statement_done(None)

    def _rollback(self, s: Statement) -> None:
        if self.session.trancount == 0:
            raise ServerError(3903, 16, 1, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.", s.line)
        if len(s.tokens) > 2:
            self._sqlite("ROLLBACK TO " + quoted(s.tokens[2].name()), s.line)
        else:
            self._roll_back()
        self._statement_done(None)

    def _roll_back(self) -> None:
        self.session.db.db.rollback()
        self._write(tokens.change_bytes(10, b"", self.session.descriptor))
        self.session.trancount = 0

    def _save(self, s: Statement) -> None:
        self._sqlite("SAVEPOINT " + quoted(s.tokens[2].name()), s.line)
        self._statement_done(None)

    def _use(self, s: Statement) -> None:
        name, before = s.tokens[1].name(), self.session.database
        if name.lower() not in self.session.databases.names():
            raise ServerError(911, 16, 1, f"Database '{name}' does not exist. Make sure that the name is entered correctly.", s.line, True)
        self.session.open(name)
        self._write(tokens.change(1, name, before))
        self._tell(ServerError(5701, 0, 1, f"Changed database context to '{name}'.", s.line))


# ---- reading statements


def _select_list(body: list[Token], start: int) -> tuple[list, list[str]]:
    """The items of the first SELECT, and the tables that any FROM or JOIN names."""
    if start < 0:
        return [], []
    i = start + 1
    while i < len(body) and body[i].upper in ("DISTINCT", "ALL", "TOP"):
        top = body[i].upper == "TOP"
        i += 1
        if top:
            i = matching(body, i) + 1 if body[i].upper == "(" else i + 1
    ends = [e for e in (at_top(body, w, i) for w in ("FROM", "UNION", "EXCEPT", "INTERSECT", "WHERE", "ORDER", "OPTION")) if e >= 0]
    tables = [_name_at(body, n + 1) for n, t in enumerate(body) if t.upper in ("FROM", "JOIN") and n + 1 < len(body)]
    return [p for p in parts(body[i : min(ends, default=len(body))]) if p], tables


def _name_at(body: list[Token], at: int) -> str:
    while at + 2 < len(body) and body[at + 1].upper == ".":
        at += 2
    return body[at].name()


def _without_alias(item: list[Token]) -> tuple[list[Token], str | None]:
    if len(item) > 2 and item[1].upper == "=" and item[0].kind in ("word", "name"):
        return item[2:], item[0].name()
    if len(item) > 2 and item[-2].upper == "AS" and item[-1].kind in ("word", "name", "string"):
        return item[:-2], item[-1].value() if item[-1].kind == "string" else item[-1].name()
    before = item[-2] if len(item) > 1 else None
    if before is not None and item[-1].kind in ("word", "name") and item[-1].upper != "END" and (before.upper == ")" or before.kind not in ("symbol",)) \
            and before.upper not in ("NOT", "IS", "CASE"):
        return item[:-1], item[-1].name()
    return item, None


def _named(body: list[Token]) -> list[Token]:
    """`name = expression` of the select list as `expression AS name`; literals with a decimal point as decimals."""
    start = at_top(body, "SELECT")
    items, _ = _select_list(body, start)
    if not items:
        return body
    first = next(i for i, t in enumerate(body) if t is items[0][0])
    last = next(i for i, t in enumerate(body) if t is items[-1][-1])
    out: list[Token] = []
    for item in items:
        plain, alias = _without_alias(item)
        line = item[0].line
        number = plain[-1] if len(plain) == 1 or len(plain) == 2 and plain[0].upper == "-" else None
        if number is not None and number.kind == "number" and (t := literal_type(number)) is not None and t.name == "decimal":
            text = "".join(p.text for p in plain)
            plain = [Token("word", "CAST", line), Token("symbol", "(", line), Token("string", f"'{text}'", line), Token("word", "AS", line),
                     Token("word", "decimal", line), Token("symbol", "(", line), Token("number", str(t.size), line),
                     Token("symbol", ",", line), Token("number", str(t.scale), line), Token("symbol", ")", line), Token("symbol", ")", line)]
        out += [Token("symbol", ",", line)] if out else []
        out += plain + ([Token("word", "AS", line), Token("name", f"[{alias.replace(']', ']]')}]", line)] if alias is not None else [])
    return body[:first] + out + body[last + 1 :]


def _output(body: list[Token]) -> tuple[list[Token], list[Token]]:
    at = at_top(body, "OUTPUT")
    if at < 0:
        return body, []
    ends = [e for e in (at_top(body, w, at) for w in ("VALUES", "SELECT", "WHERE", "FROM", "DEFAULT")) if e >= 0]
    end = min(ends, default=len(body))
    return body[:at] + body[end:], body[at + 1 : end]


def _inferred(values: list) -> Type:
    known = [v for v in values if v is not None]
    if any(isinstance(v, str) for v in known):
        return Type("nvarchar", MAX)
    if any(isinstance(v, bytes) for v in known):
        return Type("varbinary", MAX)
    if any(isinstance(v, float) for v in known):
        return Type("float")
    return Type("bigint") if known else Type("int")


def _tolerant(t: Type):
    """SQLite's columns hold values of any kind."""
    encode = t.encoder()

    def one(value):
        try:
            return encode(value)
        except Exception:  # noqa: BLE001 - whatever it is, the value has another kind
            return encode(t.convert(value))

    return one
