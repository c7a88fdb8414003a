"""Kept results: paged, read as a resource, asked and joined as tables, saved as files, and cheap to keep."""

import csv
import json
import os
import pathlib
import stat
import time

import pytest

from conftest import ENDLESS

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i, 'row ' || i AS text, i * 0.5 AS half FROM n"
MOST_RESULTS = 64
MEBIBYTE = 1 << 20


class Kept:
    """A session over two databases and a folder for saved results; its temporary files in a folder of their own."""

    def __init__(self, dbmux):
        self.dbmux = dbmux
        self.exports = dbmux.folder / "exports"
        self.temporary = dbmux.folder / "tmp"
        self.temporary.mkdir()
        dbmux.database("shop.db")
        dbmux.database("ratings.db", "CREATE TABLE ratings (customer INTEGER, stars INTEGER); INSERT INTO ratings VALUES (1, 5), (2, 3);")
        self.session = self.start()

    def start(self, exports=None):
        exports = self.exports if exports is None else exports
        profile = self.dbmux.profile(
            f"dbmux: 1\ndefault_connection: shop\ndefaults: {{timeout: 120s}}\nconnections:\n"
            f"  shop: {{plugin: sqlite, filename: {self.dbmux.folder}/shop.db}}\n"
            f"  ratings: {{plugin: sqlite, filename: {self.dbmux.folder}/ratings.db}}\n" + (f"export_dir: {exports}\n" if exports else ""))
        return self.dbmux.start("--profile", profile, environment={"TMPDIR": str(self.temporary)})

    def query(self, sql, seconds=30, session=None, **more):
        return (session or self.session).call("execute_query", {"query": sql, **more}, seconds)

    def document(self, sql, **more):
        answer = self.query(sql, **more)
        assert not answer.is_error, answer.text
        return answer.json()

    def keep(self, sql, **more):
        return self.document(sql, keep=True, **more)["kept"]

    def error(self, sql, **more):
        answer = self.query(sql, **more)
        assert answer.is_error, answer.text
        return answer.json()["error"]


@pytest.fixture
def kept(dbmux):
    return Kept(dbmux)


def test_what_did_not_fit_is_paged_to_its_end(kept):
    page = kept.document(NUMBERS.format(2345), limit=500)
    assert page["truncated"] and page["total"] == 2345
    seen = page["rows"]
    while "next" in page:
        again = kept.session.call("execute_query", {"next": page["next"]}).json()
        page = kept.session.call("execute_query", {"next": page["next"]}).json()
        assert again == page, "the same page is another when asked for twice"
        seen += page["rows"]
    assert [row[0] for row in seen] == list(range(1, 2346)) and not page["truncated"]


def test_what_did_not_fit_is_a_resource_and_a_table(kept):
    answer = kept.query(NUMBERS.format(1500), limit=3)
    uri = answer.message["result"]["_meta"]["dbmux/result"]
    name = uri.removeprefix("dbmux://result/")
    text, facts = kept.session.read(uri).texts
    rows = list(csv.reader(text.splitlines()))
    while facts:
        text, *more = kept.session.read(json.loads(facts)["next"]).texts
        rows += list(csv.reader(text.splitlines()))[1:]
        facts = more[0] if more else None
    assert rows == [["i", "text", "half"]] + [[str(i), f"row {i}", f"{i / 2:g}"] for i in range(1, 1501)]
    lines = kept.session.read(uri + "?format=ndjson&offset=1498").text.splitlines()
    assert [json.loads(line)["i"] for line in lines] == [1499, 1500]
    assert kept.document(f"SELECT count(*), sum(i), max(text) FROM {name}", connectionId="results")["rows"] == [[1500, 1125750, "row 999"]]


def test_results_of_two_connections_are_joined(kept):
    customers = kept.keep("SELECT id, name FROM customers ORDER BY id LIMIT 3")
    ratings = kept.keep("SELECT * FROM ratings", connectionId="ratings")
    assert customers["connectionId"] == ratings["connectionId"] == "results"
    joined = kept.document(f"SELECT c.id, c.name, r.stars FROM {customers['table']} c LEFT JOIN {ratings['table']} r ON r.customer = c.id ORDER BY c.id",
                           connectionId="results")
    names = [row[0] for row in kept.document("SELECT name FROM customers ORDER BY id LIMIT 3")["rows"]]
    assert joined["rows"] == [[1, names[0], 5], [2, names[1], 3], [3, names[2], None]]
    listed = kept.session.request("resources/list", {}).message["result"]["resources"]
    assert {customers["result"], ratings["result"]} <= {resource["uri"] for resource in listed}


def test_unknown_and_gone_results_are_an_error_that_says_what_to_do(kept):
    first = kept.keep("SELECT 1 AS one")
    for number in range(MOST_RESULTS):
        last = kept.keep(f"SELECT {number} AS n")
    for name in (first["table"], "rnothing"):
        by_next = kept.session.call("execute_query", {"next": name + "-0"}).json()["error"]
        assert "unknown or has expired" in by_next["message"] and by_next["hint"].startswith("Run the query again"), by_next
        by_uri = kept.session.read(f"dbmux://result/{name}")
        assert by_uri.is_error and "unknown or has expired" in by_uri.whole()
        by_sql = kept.error(f"SELECT * FROM {name}", connectionId="results")
        assert by_sql["category"] == "not_found" and "expired" in by_sql["message"] and last["table"] in by_sql["hint"], by_sql
    both = kept.error(f"SELECT * FROM {last['table']}, {first['table']}", connectionId="results")
    assert both["category"] == "not_found" and first["table"] in both["message"], both


def test_without_any_kept_result_the_error_says_how_to_keep_one(kept):
    error = kept.error("SELECT 1", connectionId="results")
    assert error["message"] == "No result is kept." and "keep: true" in error["hint"]


def test_another_process_reaches_nothing_of_them(kept):
    mine = kept.keep("SELECT name FROM customers")
    other = kept.start()
    kept.query("SELECT 1 AS one", session=other, keep=True)
    assert other.read(mine["result"]).is_error
    assert other.call("execute_query", {"next": mine["table"] + "-0"}).is_error
    assert kept.query(f"SELECT * FROM {mine['table']}", session=other, connectionId="results").is_error
    assert mine["table"] not in other.request("resources/list", {}).whole()


@pytest.mark.parametrize("statement", [
    "ATTACH '{shop}' AS shop", "SELECT * FROM customers", "SELECT readfile('{shop}')", "SELECT load_extension('{shop}')",
    "DELETE FROM {table}", "DROP TABLE {table}", "CREATE TABLE x (i)", "VACUUM INTO '{shop}.copy'", "PRAGMA writable_schema = 1",
])
def test_a_statement_over_results_reaches_results_only(kept, statement):
    table = kept.keep("SELECT 1 AS one")["table"]
    before = sorted(path.name for path in kept.dbmux.folder.iterdir())
    kept.error(statement.format(shop=kept.dbmux.folder / "shop.db", table=table), connectionId="results")
    assert kept.document(f"SELECT * FROM {table}", connectionId="results")["rows"] == [[1]]
    assert sorted(path.name for path in kept.dbmux.folder.iterdir()) == before


def test_the_temporary_folder_is_private_and_goes_with_the_process(kept):
    table = kept.keep(NUMBERS.format(100_000))["table"]
    kept.document(f"SELECT count(*) FROM {table}", connectionId="results")
    for path in kept.temporary.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.parent != kept.temporary, path
    assert len(list(kept.temporary.iterdir())) == 1
    assert kept.session.close() == 0
    assert list(kept.temporary.iterdir()) == []


def test_what_a_killed_process_left_goes_with_the_next_one(kept):
    table = kept.keep("SELECT 1 AS one")["table"]
    kept.document(f"SELECT * FROM {table}", connectionId="results")
    left = list(kept.temporary.iterdir())
    kept.session.kill()
    assert list(kept.temporary.iterdir()) == left != []
    kept.session = kept.start()
    table = kept.keep("SELECT 2 AS two")["table"]
    kept.document(f"SELECT * FROM {table}", connectionId="results")
    assert left[0] not in kept.temporary.iterdir()


def cost_of_keeping(kept, rows):
    """The peak of a process that keeps so many rows, asks them by SQL, reads a page and saves them."""
    session = kept.start()
    result = kept.query(NUMBERS.format(rows), session=session, seconds=120, keep=True, limit=10).json()["kept"]
    assert result["rows"] == rows and result["complete"]
    peaks = [session.peak_memory()]
    counted = kept.query(f"SELECT count(*), sum(i) FROM {result['table']}", session=session, seconds=120, connectionId="results").json()
    assert counted["rows"] == [[rows, rows * (rows + 1) // 2]]
    last = session.read(f"{result['result']}?format=ndjson&offset={rows - 1}")
    assert json.loads(last.text)["text"] == f"row {rows}"
    saved = kept.query(f"SELECT * FROM {result['table']}", session=session, seconds=120, connectionId="results", save="csv").json()
    assert saved["row_count"] == rows
    peaks.append(session.peak_memory())
    session.close()
    return peaks


def test_a_million_kept_rows_cost_no_more_memory_than_ten_thousand(kept):
    few, many = cost_of_keeping(kept, 10_000), cost_of_keeping(kept, 1_000_000)
    print(f"peaks after keeping and in all: {few} for 10,000 rows, {many} for 1,000,000")
    assert many[0] - few[0] < 8 * MEBIBYTE and many[1] - few[1] < 16 * MEBIBYTE, (few, many)


@pytest.mark.parametrize("form, read", [
    ("csv", lambda text: [[int(row[0]), row[1], float(row[2])] for row in list(csv.reader(text.splitlines()))[1:]]),
    ("json", lambda text: [[row["i"], row["text"], row["half"]] for row in json.loads(text)]),
    ("ndjson", lambda text: [list(json.loads(line).values()) for line in text.splitlines()]),
])
def test_a_result_is_saved_whole_with_its_progress_told(kept, form, read):
    token = kept.session.start("tools/call", {"name": "execute_query", "arguments": {"query": NUMBERS.format(210_000), "save": form},
                                              "_meta": {"progressToken": "saving"}})
    message = kept.session.response(60)
    assert message["id"] == token
    answer = json.loads(message["result"]["content"][0]["text"])
    told = [n["params"] for n in kept.session.notifications if n["method"] == "notifications/progress"]
    assert len(told) >= 2 and all(t["progressToken"] == "saving" and "rows saved" in t["message"] for t in told)
    assert [t["progress"] for t in told] == sorted({t["progress"] for t in told})
    path = pathlib.Path(answer["saved"])
    assert path.parent == kept.exports and path.suffix == "." + form and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert answer["row_count"] == 210_000 and answer["bytes"] == path.stat().st_size and not answer["truncated"]
    assert read(path.read_text(encoding="utf-8")) == [[i, f"row {i}", i / 2] for i in range(1, 210_001)]
    assert list(kept.exports.iterdir()) == [path]


def test_saving_without_a_folder_is_refused_with_its_reason(kept):
    session = kept.start(exports="")
    error = kept.query("SELECT 1", session=session, save="csv").json()["error"]
    assert error["category"] == "denied" and "the profile names no folder" in error["message"] and "export_dir" in error["hint"]


def test_saving_again_makes_a_new_file_beside_the_old_ones(kept):
    kept.exports.mkdir()
    foreign = kept.exports / "shop.csv"
    foreign.write_text("not ours", encoding="utf-8")
    saved = {kept.document("SELECT 1 AS one", save="csv")["saved"] for _ in range(20)}
    assert len(saved) == 20 and foreign.read_text(encoding="utf-8") == "not ours"
    assert all(pathlib.Path(path).read_bytes() == b"one\r\n1\r\n" for path in saved)


@pytest.mark.parametrize("given", ["../x", "/etc/x.csv", "csv/../../x", "xlsx", ""])
def test_the_caller_names_a_format_and_never_a_path(kept, given):
    kept.exports.mkdir()
    answer = kept.query("SELECT 1", save=given)
    assert answer.is_error or "saved" not in answer.json()
    assert list(kept.exports.iterdir()) == []


def test_a_connections_name_does_not_lead_out_of_the_folder(kept):
    profile = kept.dbmux.profile(
        f"dbmux: 1\nconnections: {{}}\nexport_dir: {kept.exports}\nruntime_connections:\n  sqlite: {{paths: [{kept.dbmux.folder}], access: read-only}}\n")
    session = kept.dbmux.start("--profile", profile)
    for name in ("../../out", "/tmp/out", "a/b"):
        session.call("connect_database", {"connectionId": name, "type": "sqlite", "config": {"filename": str(kept.dbmux.folder / "shop.db")}})
        answer = session.call("execute_query", {"connectionId": name, "query": "SELECT 1", "save": "csv"})
        assert answer.is_error or pathlib.Path(answer.json()["saved"]).parent == kept.exports
    assert not (kept.dbmux.folder / "out").exists()


@pytest.mark.parametrize("place", ["a link", "a file", "a folder that may not be written"])
def test_a_folder_that_is_none_is_refused(kept, place):
    elsewhere = kept.dbmux.folder / "elsewhere"
    elsewhere.mkdir()
    if place == "a link":
        kept.exports.symlink_to(elsewhere)
    elif place == "a file":
        kept.exports.write_text("", encoding="utf-8")
    else:
        kept.session.close()
        kept.session = kept.start("/proc/self/fdinfo")
    error = kept.error("SELECT 1", save="csv")
    assert "cannot be saved" in error["message"] and "Nothing was left behind" in error["message"]
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("ending", ["cancelled", "killed", "failed"])
def test_a_result_that_is_not_saved_to_its_end_leaves_no_file(kept, ending):
    kept.exports.mkdir()
    endless = ENDLESS.replace("count(*)", "i")
    if ending == "failed":
        kept.error("SELECT CASE i WHEN 200000 THEN abs(-9223372036854775807 - 1) ELSE i END FROM (" + NUMBERS.format(200_000) + ")", save="csv")
    else:
        saving = kept.session.start("tools/call", {"name": "execute_query", "arguments": {"query": endless, "save": "csv"},
                                                   "_meta": {"progressToken": 1}})
        until = time.monotonic() + 30
        while not kept.session.notifications and time.monotonic() < until:
            time.sleep(0.01)
        assert kept.session.notifications, "no rows were written within 30 s"
        if ending == "killed":
            kept.session.kill()
        else:
            kept.session.send({"method": "notifications/cancelled", "params": {"requestId": saving}})
            assert kept.session.close(20) == 0
    assert list(kept.exports.iterdir()) == []
    assert os.listdir(kept.temporary) == []
