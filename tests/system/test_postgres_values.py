"""Values of every type of PostgreSQL, against what its own client prints.

postgres/values.txt holds the expressions. How a text of psql and a cell of an answer belong together is said here once,
by type. Numbers in answers are compared digit by digit: they are read as text, not as floats.
"""

import base64
import json
import os
import re
import struct
import subprocess

import pytest

from conftest import HERE

EXPRESSIONS = [line for line in (HERE / "postgres/values.txt").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
SETTINGS = "-c DateStyle=ISO -c IntervalStyle=iso_8601 -c bytea_output=hex -c extra_float_digits=1 -c TimeZone=UTC"
NULL, END = "\u2400null", "\u2400end"

WHOLE = {"smallint", "integer", "bigint", "oid"}
REAL = {"real", "double precision"}
EXACT = {"numeric", "price"}
MOMENT = {"date", "time without time zone", "time with time zone", "timestamp without time zone", "timestamp with time zone"}


class Digits(str):
    """A number of an answer as it was written."""


def iso(text):
    """psql: 0044-03-15 10:00:00+05:30 BC; an answer: -0043-03-15T10:00:00+05:30."""
    if not text[0].isdigit():
        return text  # infinity
    text, before_christ = (text[:-3], True) if text.endswith(" BC") else (text, False)
    if date := re.match(r"(\d{4,})(-\d\d-\d\d)", text):
        year = 1 - int(date[1]) if before_christ else int(date[1])
        sign = "-" if year < 0 else "+" if year > 9999 else ""
        text = f"{sign}{abs(year):04}{date[2]}{text[date.end():]}".replace(" ", "T")
    return re.sub(r"([:\d.]{5,}[+-]\d\d)$", r"\1:00", text)


def expected(kind, text):
    """The cell that stands for what psql prints."""
    if text == NULL:
        return None
    if kind == "boolean":
        return text == "t"
    if kind in WHOLE:  # what a double cannot hold is a text
        return Digits(text) if abs(int(text)) < 2**53 else text
    if kind in EXACT or kind == "bytea":
        return base64.b64encode(bytes.fromhex(text[2:])).decode() if kind == "bytea" else text
    if kind in MOMENT:
        return iso(text)
    return text


def same(kind, cell, text):
    if kind in ("json", "jsonb") and text != NULL:
        return compact(cell) == compact(json.loads(text, parse_int=Digits, parse_float=Digits, object_pairs_hook=pairs))
    if kind in REAL and text not in (NULL, "NaN", "Infinity", "-Infinity"):
        return isinstance(cell, Digits) and struct.pack("d", float(cell)) == struct.pack("d", float(text))
    wanted = expected(kind, text)
    return type(cell) is type(wanted) and cell == wanted


def pairs(members):
    return ("object", members)  # in their order, doubled names too


def compact(value):
    return repr(value)


def printed(postgres, expressions):
    """Of each: its type and what psql prints."""
    script = "".join(f"SELECT {text};\n\\echo {END}\nSELECT pg_typeof(one) FROM (SELECT {text}) AS v (one);\n\\echo {END}\n" for text in expressions)
    done = subprocess.run(
        ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-P", f"null={NULL}", "-h", postgres.host, "-p", str(postgres.port), "-U", "postgres"],
        input=script, env={**os.environ, "PGPASSWORD": postgres.password, "PGOPTIONS": SETTINGS, "PGCLIENTENCODING": "UTF8"},
        check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    parts = done.stdout.split(f"\n{END}\n")
    assert len(parts) == 2 * len(expressions) + 1
    return [(parts[2 * i + 1], parts[2 * i]) for i in range(len(expressions))]


@pytest.fixture
def session(dbmux, postgres):
    postgres.run((HERE / "postgres/types.sql").read_text(encoding="utf-8"))
    dbmux.profile(
        "dbmux: 1\nconnections:\n  pg:\n    plugin: postgres\n    host: 127.0.0.1\n"
        f"    port: {postgres.port}\n    user: postgres\n    password: {{secret: \"literal:{postgres.password}\"}}\n    database: postgres\n"
        "    limits: {cell: none, tokens: none}\n")
    return dbmux.start("-p", dbmux.folder / "test.yaml")


def answered(session, expression):
    """The only cell, its numbers as Digits."""
    answer = session.call("execute_query", {"query": f"SELECT {expression}"})
    assert not answer.is_error, f"{expression}: {answer.text}"
    document = json.loads(answer.text, parse_int=Digits, parse_float=Digits, object_pairs_hook=pairs)
    (row,) = dict(document[1])["rows"]
    (cell,) = row
    return cell


def test_every_value_is_what_psql_prints(session, postgres):
    assert len(EXPRESSIONS) >= 150
    wrong = []
    for expression, (kind, text) in zip(EXPRESSIONS, printed(postgres, EXPRESSIONS)):
        cell = answered(session, expression)
        if not same(kind, cell, text):
            wrong.append(f"{expression} ({kind}): psql {text[:80]!r}, dbmux {cell!r:.80}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind, cell, text", [
    ("bigint", Digits("9007199254740993"), "9007199254740993"), ("bigint", "9007199254740992", "9007199254740993"),
    ("double precision", Digits("0.30000000000000000"), "0.30000000000000004"), ("numeric", Digits("1.5"), "1.50"), ("numeric", "1.5", "1.50"),
    ("json", ("object", [("a", Digits("1"))]), '{"a": 1.0}'), ("text", "", NULL), ("text", None, ""), ("boolean", Digits("1"), "t"),
    ("date", "0044-03-15", "0044-03-15 BC"), ("bytea", "AP8=", "\\x00fe"), ("integer[]", "{1,2}", "{1,3}"),
])
def test_the_rules_find_what_differs(kind, cell, text):
    assert not same(kind, cell, text)
