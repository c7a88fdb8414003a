"""Just enough T-SQL: tokens, the statements of a batch, and their translation to SQLite."""
import re
from dataclasses import dataclass, field

from datatypes import MAX, BadValue, Type
from tokens import ServerError

_TOKEN = re.compile(
    r"(?P<blank>\s+|--[^\n]*)|(?P<comment>/\*)|(?P<string>[Nn]?'(?:[^']|'')*')|(?P<name>\[(?:[^\]]|\]\])*\]|\"(?:[^\"]|\"\")*\")"
    r"|(?P<binary>0[xX][0-9A-Fa-f]*)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<variable>@@?[\w$#]+)"
    r"|(?P<word>[^\W\d][\w$#@]*|#+\w+)|(?P<symbol><>|<=|>=|!=|.)", re.DOTALL)
_STARTERS = {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "SET", "DECLARE",
             "PRINT", "RAISERROR", "THROW", "WAITFOR", "BEGIN", "COMMIT", "ROLLBACK", "SAVE", "EXEC", "EXECUTE", "IF", "USE"}
_FUNCTIONS = {"ISNULL": "ifnull", "COUNT_BIG": "count", "LEN": "tds_len", "DATALENGTH": "tds_datalength", "NCHAR": "char",
              "GETDATE": "tds_now", "SYSDATETIME": "tds_now", "SYSUTCDATETIME": "tds_now", "GETUTCDATE": "tds_now",
              "SUSER_SNAME": "tds_user", "SYSTEM_USER": "tds_user", "ORIGINAL_LOGIN": "tds_user", "DB_NAME": "tds_database",
              "SERVERPROPERTY": "tds_property", "REPLICATE": "tds_replicate", "NEWID": "tds_newid", "CONCAT": "tds_concat",
              "IS_SRVROLEMEMBER": "tds_role", "IS_ROLEMEMBER": "tds_role", "HAS_PERMS_BY_NAME": "tds_permission",
              "SCHEMA_NAME": "tds_schema", "OBJECT_ID": "tds_object_id", "XACT_STATE": "tds_trancount"}

_ONLY_SQLITE = {"NOTHING", "GLOB", "REGEXP", "PRAGMA", "TEMP", "CONFLICT", "FAIL", "IGNORE", "INDEXED", "VACUUM", "RENAME"}


@dataclass
class Token:
    kind: str
    text: str
    line: int

    def __post_init__(self):
        self.upper = self.text.upper() if self.kind == "word" else self.text if self.kind == "symbol" else ""

    def name(self) -> str:
        if self.kind != "name":
            return self.text
        return self.text[1:-1].replace(self.text[-1] * 2, self.text[-1])

    def value(self) -> str:
        return self.text[self.text.index("'") + 1 : -1].replace("''", "'")


def tokens_of(text: str) -> list[Token]:
    out, at, line = [], 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found.lastgroup == "comment":
            depth, end = 1, found.end()
            while depth and end < len(text):
                pair = text[end : end + 2]
                depth += (pair == "/*") - (pair == "*/")
                end += 2 if pair in ("/*", "*/") else 1
            if depth:
                raise ServerError(113, 15, 1, "Missing end comment mark '*/'.", line, True)
        else:
            end = found.end()
            if found.lastgroup != "blank":
                if found[0] in ("'", '"'):
                    raise ServerError(105, 15, 1, "Unclosed quotation mark after the character string.", line, True)
                out.append(Token(found.lastgroup, found[0], line))
        line += text.count("\n", at, end)
        at = end
    return out


@dataclass
class Statement:
    tokens: list[Token]
    then: "Statement | None" = None  # of IF, whose condition the tokens are
    otherwise: "Statement | None" = None

    @property
    def line(self) -> int:
        return self.tokens[0].line

    def words(self, n: int) -> list[str]:
        return [t.upper for t in self.tokens[:n]]


class _Splitter:
    def __init__(self, tokens: list[Token]):
        self.tokens, self.at = tokens, 0

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def skip(self, text: str) -> bool:
        found = self.peek() is not None and self.peek().upper == text
        self.at += found
        return found

    def statement(self) -> Statement:
        first = self.peek()
        if first.upper == "IF":
            self.at += 1
            condition = self._until_starter()
            if self.peek() is None or not condition:
                raise ServerError(102, 15, 1, "Incorrect syntax near 'IF'.", first.line, True)
            then = self.statement()
            self.skip(";")
            return Statement(condition, then, self.statement() if self.skip("ELSE") else None)
        if first.upper not in _STARTERS | {"WITH"}:
            if first.kind in ("word", "name") and self.at == 0:  # a procedure at the start of a batch
                return Statement(self._until_starter())
            raise ServerError(102, 15, 1, f"Incorrect syntax near '{first.text}'.", first.line, True)
        return Statement(self._body())

    def _until_starter(self) -> list[Token]:
        start, depth = self.at, 0
        while (token := self.peek()) is not None:
            depth += (token.upper == "(") - (token.upper == ")")
            if depth == 0 and (token.upper in _STARTERS or token.upper == ";"):
                break
            self.at += 1
        return self.tokens[start : self.at]

    def _body(self) -> list[Token]:
        start, depth = self.at, 0
        verb, open_select = self.peek().upper, self.peek().upper in ("WITH", "INSERT")
        open_set = verb == "UPDATE"
        rest = verb == "CREATE" and any(t.upper in ("VIEW", "TRIGGER", "PROCEDURE", "PROC", "FUNCTION") for t in self.tokens[start : start + 4])
        rest = rest or verb == "MERGE"
        self.at += 1
        while (token := self.peek()) is not None:
            word, previous = token.upper, self.tokens[self.at - 1].upper
            depth += (word == "(") - (word == ")")
            if depth == 0 and not rest:
                if word == ";" or word == "ELSE" and "CASE" not in [t.upper for t in self.tokens[start : self.at]]:
                    break
                if word == "VALUES":
                    open_select = False
                if word in _STARTERS:
                    if word == "SELECT" and (open_select or previous in ("UNION", "ALL", "EXCEPT", "INTERSECT")):
                        open_select = False
                    elif verb == "WITH" and open_select and word in ("INSERT", "UPDATE", "DELETE"):
                        verb, open_select, open_set = word, word == "INSERT", word == "UPDATE"
                    elif word == "SET" and open_set:
                        open_set = False
                    elif not (verb == "ALTER" and word in ("DROP", "ALTER") or verb == "DROP" and word == "IF"
                              or verb == "INSERT" and word in ("EXEC", "EXECUTE") and open_select):
                        break
            self.at += 1
        return self.tokens[start : self.at]


def statements_of(text: str) -> list[Statement]:
    splitter, out = _Splitter(tokens_of(text)), []
    while splitter.peek() is not None:
        if not splitter.skip(";"):
            out.append(splitter.statement())
    return out


def matching(tokens: list[Token], at: int) -> int:
    """The index of the parenthesis that closes the one at `at`."""
    depth = 0
    for i in range(at, len(tokens)):
        depth += (tokens[i].upper == "(") - (tokens[i].upper == ")")
        if depth == 0:
            return i
    raise ServerError(102, 15, 1, f"Incorrect syntax near '{tokens[-1].text}'.", tokens[-1].line, True)


def parts(tokens: list[Token], separator: str = ",") -> list[list[Token]]:
    out, depth = [[]], 0
    for t in tokens:
        depth += (t.upper == "(") - (t.upper == ")")
        if depth == 0 and t.upper == separator:
            out.append([])
        else:
            out[-1].append(t)
    return out


def at_top(tokens: list[Token], word: str, start: int = 0) -> int:
    depth = 0
    for i in range(start, len(tokens)):
        if depth == 0 and tokens[i].upper == word:
            return i
        depth += (tokens[i].upper == "(") - (tokens[i].upper == ")")
    return -1


def type_of(tokens: list[Token]) -> Type:
    text = "".join(t.text for t in tokens)
    try:
        return Type.parse(text)
    except BadValue:
        line = tokens[0].line if tokens else 1
        raise ServerError(243, 16, 1, f"Type {text} is not a defined system type.", line, True) from None


def quoted(name: str) -> str:
    """Not in double quotes: SQLite takes an unknown name in those for a text."""
    return "`" + name.replace("`", "``") + "`"


@dataclass
class Translation:
    """To SQLite, with what that needs to know of the session."""

    variables: dict = field(default_factory=dict)  # lower-case name: (Type, value)
    databases: set = field(default_factory=set)

    def sql(self, tokens: list[Token]) -> str:
        limit, out, i = None, [], 0
        while i < len(tokens):
            t = tokens[i]
            after = tokens[i + 1].upper if i + 1 < len(tokens) else ""
            if t.upper == "TOP" and (i == 0 or tokens[i - 1].upper in ("SELECT", "DISTINCT", "ALL")):
                end = matching(tokens, i + 1) if after == "(" else i + 1
                limit = self.sql(tokens[i + 1 : end + 1])
                i = end + 1
            elif t.upper in ("CAST", "TRY_CAST", "CONVERT", "TRY_CONVERT") and after == "(":
                end = matching(tokens, i + 1)
                out.append(self._cast(t.upper, tokens[i + 2 : end]))
                i = end + 1
            elif t.upper == "OPTION" and after == "(" or t.upper == "WITH" and after == "(" and i > 0:
                i = matching(tokens, i + 1) + 1
            elif t.upper == "GENERATE_SERIES" and after == "(":
                end = matching(tokens, i + 1)
                low, high = (self.sql(part) for part in parts(tokens[i + 2 : end])[:2])
                out.append(f"(WITH g(value) AS (SELECT {low} UNION ALL SELECT value+1 FROM g WHERE value<{high}) SELECT value FROM g)")
                i = end + 1
            elif t.upper == "OFFSET" and at_top(tokens, "ROWS", i) > 0:
                end = at_top(tokens, "ROWS", i)
                limit = "-1 OFFSET " + self.sql(tokens[i + 1 : end])
                i = end + 1
                if i < len(tokens) and tokens[i].upper == "FETCH":
                    end = at_top(tokens, "ROWS", i)
                    limit = self.sql(tokens[i + 2 : end]) + limit[2:]
                    i = end + 2
            elif t.upper == "(":
                end = matching(tokens, i)
                out.append("(" + self.sql(tokens[i + 1 : end]) + ")")
                i = end + 1
            elif t.kind in ("word", "name") and after == ".":
                i = self._dotted(tokens, i, out)
            else:
                out.append(self._one(tokens, i))
                i += 1
        return " ".join(out) + (f" LIMIT {limit}" if limit else "")

    def _cast(self, verb: str, inner: list[Token]) -> str:
        if "CAST" in verb:
            at = at_top(inner, "AS")
            expression, kind = inner[:at], inner[at + 1 :]
        else:
            pieces = parts(inner)
            kind, expression = pieces[0], pieces[1]
        name = "tds_try_cast" if verb.startswith("TRY") else "tds_cast"
        single = expression[0] if len(expression) == 1 else None
        number = single is not None and single.kind == "number" and "." in single.text
        return f"{name}({repr(single.text) if number else self.sql(expression)}, '{type_of(kind)}')"

    def _dotted(self, tokens: list[Token], i: int, out: list[str]) -> int:
        names = [tokens[i].name()]
        while i + 2 < len(tokens) and tokens[i + 1].upper == "." and tokens[i + 2].kind in ("word", "name"):
            names.append(tokens[i + 2].name())
            i += 2
        star = i + 2 < len(tokens) and tokens[i + 1].upper == "." and tokens[i + 2].upper == "*"
        if len(names) > 1 and names[0].lower() in self.databases:
            names.pop(0)
        if len(names) > 1 and names[0].lower() in ("dbo", "inserted", "deleted"):
            names.pop(0)
        if len(names) > 1 and names[0].lower() in ("information_schema", "sys"):
            names[:2] = [names[0].lower() + "_" + names[1].lower()]
        called = i + 1 < len(tokens) and tokens[i + 1].upper == "("
        out.append(".".join(n if called else quoted(n) for n in names) + (".*" if star else ""))
        return i + (3 if star else 1)

    def _one(self, tokens: list[Token], i: int) -> str:
        t = tokens[i]
        if t.kind == "name" or t.kind == "word" and t.text[0] == "#":
            return quoted(t.name())
        if t.kind == "string":
            return "'" + t.value().replace("'", "''") + "'" if "\0" not in t.value() else "tds_nul()"
        if t.kind == "binary":
            return f"x'{'0' * (len(t.text) % 2)}{t.text[2:]}'"
        if t.kind == "variable":
            return self._variable(t)
        if t.upper in _ONLY_SQLITE and not (i + 1 < len(tokens) and tokens[i + 1].upper == "("):
            return quoted(t.text)
        if t.upper == "+" and any(self._is_text(tokens, j) for j in (i - 1, i + 1)):
            return "||"
        if t.upper == "/" and i + 1 < len(tokens) and tokens[i + 1].text == "0":
            raise ServerError(8134, 16, 1, "Divide by zero error encountered.", t.line)
        if t.kind == "word" and i + 1 < len(tokens) and tokens[i + 1].upper == "(":
            return _FUNCTIONS.get(t.upper, t.text)
        return "tds_now()" if t.upper == "CURRENT_TIMESTAMP" else "tds_user()" if t.upper in ("SYSTEM_USER", "CURRENT_USER") else t.text

    def _is_text(self, tokens: list[Token], i: int) -> bool:
        if not 0 <= i < len(tokens):
            return False
        t = tokens[i]
        declared = self.variables.get(t.text.lower()) if t.kind == "variable" else None
        return t.kind == "string" or declared is not None and "char" in declared[0].name

    def _variable(self, t: Token) -> str:
        name = t.text.lower()
        if name.startswith("@@"):
            return f"tds_{name[2:]}()"
        if name not in self.variables:
            raise ServerError(137, 15, 2, f'Must declare the scalar variable "{t.text}".', t.line, True)
        return ":" + name[1:].replace("$", "_").replace("#", "_")

    def values(self) -> dict:
        return {name[1:].replace("$", "_").replace("#", "_"): value for name, (_, value) in self.variables.items()}

    # ---- tables

    def table(self, tokens: list[Token]) -> str:
        """CREATE TABLE name ( ... )"""
        start = at_top(tokens, "(")
        end = matching(tokens, start)
        name = tokens[start - 1].name()
        made = "CREATE TEMP TABLE " if name.startswith("#") else "CREATE TABLE "
        return made + quoted(name) + " (" + ", ".join(self._element(e) for e in parts(tokens[start + 1 : end])) + ")"

    def _element(self, e: list[Token]) -> str:
        if e[0].upper in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
            return self._constraints(e)
        column = quoted(e[0].name())
        if e[1].upper == "AS":
            end = matching(e, 2)
            return f"{column} GENERATED ALWAYS AS ({self.sql(e[3:end])}) VIRTUAL"
        end = matching(e, 2) + 1 if len(e) > 2 and e[2].upper == "(" else 2
        declared, rest = type_of(e[1:end]), e[end:]
        identity = at_top(rest, "IDENTITY")
        if identity >= 0:
            stop = matching(rest, identity + 1) + 1 if len(rest) > identity + 1 and rest[identity + 1].upper == "(" else identity + 1
            rest = rest[:identity] + rest[stop:]
            key = " PRIMARY KEY" if at_top(rest, "PRIMARY") >= 0 else ""
            return f"{column} INTEGER{key}"
        # Text affinity, where SQLite would make a double of a decimal.
        spelt = str(declared) + (" text" if declared.name in ("decimal", "money") else "")
        return f"{column} {quoted(spelt)} {self._constraints(rest)}"

    def _constraints(self, tokens: list[Token]) -> str:
        kept = [t for t in tokens if t.upper not in ("CLUSTERED", "NONCLUSTERED")]
        if kept and kept[-1].upper == "NULL" and (len(kept) < 2 or kept[-2].upper != "NOT"):
            kept = kept[:-1] if len(kept) == 1 or kept[-2].upper != "DEFAULT" else kept
        return self.sql(kept)


def literal_type(t: Token) -> Type | None:
    if t.kind == "string":
        n = len(t.value())
        return Type("nvarchar" if t.text[0] in "nN" else "varchar", max(1, n) if n <= 4000 else MAX)
    if t.kind == "binary":
        return Type("varbinary", max(1, len(t.text) // 2 - 1))
    if t.kind == "number" and "e" in t.text.lower():
        return Type("float")
    if t.kind == "number" and "." in t.text:
        whole, _, fraction = t.text.partition(".")
        return Type("decimal", max(1, len(whole.lstrip("0")) + len(fraction)), len(fraction))
    if t.kind == "number":
        return Type("int") if int(t.text) < 2**31 else Type("decimal", len(t.text), 0)
    return None
