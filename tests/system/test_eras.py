"""Both eras over a real database: long calls, their end, and what clients hear of a changed schema."""

import json
import queue
import time

import pytest

from conftest import ENDLESS, profile_of
from wire import PREFIX, Wire, stateless_meta

ERAS = ["session", "stateless"]


@pytest.fixture
def wire(dbmux):
    dbmux.database("shop.db")
    dbmux.database("notes.db", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);")
    made = Wire(dbmux.unstarted("--stdio", "--profile", dbmux.profile(profile_of(dbmux.folder))))
    made.initialize()
    return made


def meta_of(era, **meta):
    return stateless_meta(**meta) if era == "stateless" else meta


def endless(wire, era, **meta):
    return wire.start("tools/call", {"name": "execute_query", "arguments": {"query": ENDLESS}}, **meta_of(era, **meta))


def until_it_computes(session):
    """A cancellation may overtake a call that nobody has begun; then the engine never hears of either."""
    before, until = session.cpu_seconds(), time.monotonic() + 30
    while session.cpu_seconds() < before + 0.2:
        assert time.monotonic() < until
        time.sleep(0.01)


def update(wire, statement):
    [answer] = wire.exchange(
        "tools/call", {"name": "execute_update", "arguments": {"query": statement, "connectionId": "notes"}})
    assert "isError" not in answer["result"], answer


def test_a_long_call_reports_from_ten_seconds_on_to_who_gave_a_token(wire):
    silent = [endless(wire, era) for era in ERAS]
    heard = {endless(wire, era, progressToken=era): era for era in ERAS}
    reports = [wire.next(60)["params"] for _ in range(4)]
    for era in ERAS:
        mine = [one for one in reports if one["progressToken"] == era]
        assert [one["message"] for one in mine] == ["still running"] * 2
        assert 10 <= mine[0]["progress"] < mine[1]["progress"]
    for call in [*silent, *heard]:
        wire.cancel(call)
    assert ended(wire, 4) == ["cancelled"] * 4


def ended(wire, calls):
    """How the endless statements ended, once that many have; nothing else was sent meanwhile."""
    for _ in range(100):
        seen = wire.exchange("tools/call", {"name": "query_history", "arguments": {}})
        past = [one for one in json.loads(seen[-1]["result"]["content"][0]["text"])["calls"] if one["statement"] == ENDLESS]
        if len(past) == calls:
            assert [one for one in seen[:-1] if one.get("method") != "notifications/progress"] == []
            return [one["error"] for one in past]
        pause(wire)
    raise AssertionError(f"{len(past)} of {calls} have ended")


def pause(wire):
    try:
        late = wire.session.received.get(timeout=0.1)
        assert late.get("method") == "notifications/progress", late
    except queue.Empty:
        pass


@pytest.mark.parametrize("era", ERAS)
def test_a_cancelled_call_ends_in_the_engine_and_is_not_answered(wire, era):
    call = endless(wire, era)
    until_it_computes(wire.session)
    assert wire.exchange("ping", {}) == [{"result": {}}]  # a slow call delays nothing
    wire.cancel(call)
    assert ended(wire, 1) == ["cancelled"]


@pytest.mark.parametrize("era", ERAS)
def test_calls_of_a_client_that_goes_away_end_with_it(wire, era):
    call = endless(wire, era)
    wire.exchange("ping", {})
    wire.session.process.stdin.close()
    answer = wire.next()
    assert answer["id"] == call and answer["result"]["isError"]
    assert ("resultType" in answer["result"]) == (era == "stateless")
    assert wire.session.process.wait(30) == 0


URIS = ["database://notes/schema", "database://notes/tables", "database://notes/tables/notes"]


def subscribe(wire, era, uris):
    """The metadata that comes with what is heard."""
    if era == "session":
        for uri in uris:
            assert wire.exchange("resources/subscribe", {"uri": uri}) == [{"result": {}}]
        return {}
    asked = {"resourcesListChanged": True, "resourceSubscriptions": uris}
    mine = wire.start("subscriptions/listen", {"notifications": asked}, **stateless_meta())
    tag = {"_meta": {PREFIX + "subscriptionId": mine}}
    assert wire.next() == {"method": "notifications/subscriptions/acknowledged", "params": {**tag, "notifications": asked}}
    return tag


@pytest.mark.parametrize("era", ERAS)
def test_a_changed_schema_is_heard_by_who_subscribed_to_it(wire, era):
    tag = subscribe(wire, era, [*URIS, "database://shop/schema"])
    update(wire, "INSERT INTO notes (text) VALUES ('no change of the schema')")
    update_and_hear = wire.start("tools/call", {"name": "execute_update", "arguments": {
        "query": "ALTER TABLE notes ADD COLUMN author TEXT", "connectionId": "notes"}})
    seen = [wire.next() for _ in range(4)]
    assert [one["id"] for one in seen if "id" in one] == [update_and_hear]
    heard = [one for one in seen if "method" in one]
    assert [one["method"] for one in heard] == ["notifications/resources/updated"] * 3
    assert sorted(one["params"]["uri"] for one in heard) == URIS
    assert all({key: one["params"].get(key) for key in tag} == tag for one in heard)
    [read] = wire.exchange("resources/read", {"uri": URIS[2]})
    columns = json.loads(read["result"]["contents"][0]["text"])["columns"]
    assert [column["name"] for column in columns] == ["id", "text", "author"]


@pytest.mark.parametrize("era", ERAS)
def test_a_database_that_comes_and_goes_changes_the_list_of_resources(wire, dbmux, era):
    tag = subscribe(wire, era, ["database://shop/schema"])
    connect = {"connectionId": "other", "type": "sqlite", "config": {"filename": f"{dbmux.folder}/notes.db"}}
    for tool, arguments in (("connect_database", connect), ("disconnect_database", {"connectionId": "other"})):
        wire.start("tools/call", {"name": tool, "arguments": arguments})
        wire.until(lambda one: one == {
            "method": "notifications/resources/list_changed", **({"params": tag} if tag else {})})


@pytest.mark.parametrize("era", ERAS)
def test_a_result_that_is_kept_on_request_changes_the_list_of_resources(wire, era):
    tag = subscribe(wire, era, ["database://shop/schema"])
    wire.start("tools/call", {"name": "execute_query", "arguments": {"query": "SELECT 1 AS one", "connectionId": "shop", "keep": True}})
    wire.until(lambda one: one == {
        "method": "notifications/resources/list_changed", **({"params": tag} if tag else {})})
