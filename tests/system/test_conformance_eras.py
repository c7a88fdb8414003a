"""What belongs to one era or one version, with the conformance plugin: errors, features, changes, cancellation."""

import json

import pytest

from conformance_plugin import fresh, identity, notification, refusal, wire  # noqa: F401  (fixtures)
from conformance_table import ANSWERED, ASKED, CHANGES, REFUSED, REMOVED
from wire import PREFIX, SECONDS, VERSIONS, stateless_meta


# Errors


@pytest.mark.parametrize("case", REFUSED)
def test_each_error_has_the_code_of_its_era(wire, case):
    (method, params), session, by_itself = REFUSED[case]
    for [answer], (code, message) in ((wire.exchange(method, params), session), (wire.ask(method, params), by_itself)):
        assert (answer["error"]["code"], answer["error"]["message"]) == (code, message)


@pytest.mark.parametrize("method", REMOVED)
def test_methods_of_sessions_do_not_exist_in_the_stateless_era(wire, method):
    assert wire.ask(method, REMOVED[method]) == [refusal(-32601, f"Method not found: {method}")]
    assert "result" in wire.exchange(method, REMOVED[method])[0]


@pytest.mark.parametrize("method", ["server/discover", "subscriptions/listen"])
def test_methods_of_the_stateless_era_want_its_metadata(wire, method):
    [answer] = wire.exchange(method, {"notifications": {}})
    assert answer == refusal(-32602, f'_meta["{PREFIX}protocolVersion"] is missing')


@pytest.mark.parametrize("meta, message", [
    ({"protocolVersion": "2026-07-28"}, '_meta["{}clientCapabilities"] is missing'),
    ({"clientCapabilities": {}}, '_meta["{}protocolVersion"] is missing'),
    ({"protocolVersion": 7, "clientCapabilities": {}}, '_meta["{}protocolVersion"] has to be a string'),
    ({"protocolVersion": "2026-07-28", "clientCapabilities": []}, '_meta["{}clientCapabilities"] has to be an object'),
    ({"protocolVersion": "2026-07-28", "clientCapabilities": {}, "logLevel": 1}, '_meta["{}logLevel"] has to be a string'),
])
def test_metadata_that_is_wrong_is_named(wire, meta, message):
    [answer] = wire.exchange("tools/list", {}, **{PREFIX + key: value for key, value in meta.items()})
    assert answer == refusal(-32602, message.format(PREFIX))


@pytest.mark.parametrize("version", ["2025-11-25", "2027-01-01", ""])
def test_a_version_without_stateless_requests_is_told_the_others(wire, version):
    [answer] = wire.exchange("tools/list", {}, **{PREFIX + "protocolVersion": version, PREFIX + "clientCapabilities": {}})
    assert answer["error"]["code"] == -32022
    assert answer["error"]["data"] == {"supported": ["2026-07-28", *reversed(VERSIONS)], "requested": version}


# Versions of the handshake


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_gets_what_it_knows_and_nothing_newer(fresh, identity, version):
    agreed = fresh.initialize(version)
    assert agreed["protocolVersion"] == version
    titled = version >= "2025-06-18"
    assert agreed["serverInfo"] == (identity if titled else {key: identity[key] for key in ("name", "version")})
    assert ("completions" in agreed["capabilities"]) == (version >= "2025-03-26")
    for method, key in (
        ("tools/list", "tools"), ("prompts/list", "prompts"), ("resources/list", "resources"),
        ("resources/templates/list", "resourceTemplates"),
    ):
        [listed] = fresh.exchange(method, {})
        entries = listed["result"][key]
        assert any("title" in entry for entry in entries) == titled, method
        assert not any("outputSchema" in entry or "icons" in entry for entry in entries)
        if method == "tools/list":
            assert any("annotations" in entry for entry in entries) == (version >= "2025-03-26")

    [audio] = fresh.exchange("tools/call", {"name": "test_audio_content"})
    if version == "2024-11-05":
        assert audio["result"]["content"] == [
            {"type": "text", "text": "[audio, audio/wav; protocol version 2024-11-05 has no content of this type]"}]
    else:
        assert audio["result"] == ANSWERED["test_audio_content"][1]
    reports = fresh.exchange("tools/call", {"name": "test_tool_with_progress"}, progressToken=1)[:-1]
    assert all(("message" in one["params"]) == (version >= "2025-03-26") for one in reports) and len(reports) == 3

    [batch] = batched(fresh)
    if version == "2025-03-26":
        assert batch == [{"jsonrpc": "2.0", "id": "a", "result": {}}, {"jsonrpc": "2.0", "id": "b", "result": {}}]
    else:
        assert batch["error"] == {"code": -32600, "message": "Batches exist in protocol version 2025-03-26 only"}

    mine = fresh.start(*ASKED["test_elicitation"][0])
    first = fresh.next()
    if version >= "2025-06-18":
        assert first["method"] == "elicitation/create"
        fresh.respond(first, {"action": "decline"})
        first = fresh.next()
    assert (first["id"], "isError" in first["result"]) == (mine, not titled)


def batched(wire):
    """The answer to two pings in one line, with whatever is not JSON-RPC by itself."""
    ping = [{"jsonrpc": "2.0", "id": one, "method": "ping"} for one in "ab"]
    wire.session.send_bytes(json.dumps(ping).encode() + b"\n")
    return [wire.session.received.get(timeout=SECONDS)]


def test_an_unknown_version_is_offered_the_newest_of_the_handshake(fresh):
    for version in ("1999-01-01", "2026-07-28", "2099-01-01"):
        assert fresh.initialize(version)["protocolVersion"] == "2025-11-25"


# Changes


def test_a_session_hears_of_changed_lists_and_of_what_it_subscribed_to(fresh):
    fresh.initialize()
    watched = {"uri": "test://watched-resource"}
    assert fresh.exchange("resources/subscribe", watched) == [{"result": {}}]
    for tool, (method, params) in CHANGES.items():
        fresh.start("tools/call", {"name": tool})
        seen = [fresh.next(), fresh.next()]
        assert notification(method, params or None) in seen
    assert fresh.exchange("resources/unsubscribe", watched) == [{"result": {}}]
    fresh.exchange("tools/call", {"name": "test_trigger_resource_change"})
    fresh.start("tools/call", {"name": "test_trigger_tool_change"})
    assert [one["method"] for one in (fresh.next(), fresh.next()) if "method" in one] == ["notifications/tools/list_changed"]


def test_a_stateless_request_hears_what_it_asked_for_until_it_is_cancelled(fresh, identity):
    everything = {
        "toolsListChanged": True, "promptsListChanged": True, "resourceSubscriptions": ["test://watched-resource"]}
    mine = fresh.start("subscriptions/listen", {"notifications": everything}, **stateless_meta())
    tag = {PREFIX + "subscriptionId": mine}
    assert fresh.next() == notification(
        "notifications/subscriptions/acknowledged", {"_meta": tag, "notifications": everything})
    other = fresh.start("subscriptions/listen", {"notifications": {"promptsListChanged": True}}, **stateless_meta())
    fresh.next()

    for tool, (method, params) in CHANGES.items():
        call = fresh.start("tools/call", {"name": tool}, **stateless_meta())
        seen = [fresh.next() for _ in range(3 if tool == "test_trigger_prompt_change" else 2)]
        assert notification(method, {"_meta": tag, **params}) in seen
        assert call in [one.get("id") for one in seen]

    fresh.cancel(mine)
    fresh.exchange("ping", {})  # the cancellation has been taken
    for tool in ("test_trigger_tool_change", "test_trigger_prompt_change"):
        fresh.start("tools/call", {"name": tool}, **stateless_meta())
    heard = [one["params"]["_meta"] for one in [fresh.next() for _ in range(3)] if "method" in one]
    assert heard == [{PREFIX + "subscriptionId": other}]

    fresh.session.process.stdin.close()  # what still listens is answered before the end
    assert fresh.next() == {"id": other, "result": {
        "resultType": "complete", "_meta": {PREFIX + "subscriptionId": other, PREFIX + "serverInfo": identity}}}
    assert fresh.session.process.wait(SECONDS) == 0


def test_the_tool_that_came_is_listed_and_can_be_called(fresh):
    fresh.initialize()
    call = fresh.start("tools/call", {"name": "test_trigger_tool_change"})
    seen = [fresh.next(), fresh.next()]
    assert [one["id"] for one in seen if "id" in one] == [call]
    assert {"method": "notifications/tools/list_changed"} in seen
    [listed] = fresh.exchange("tools/list", {})
    assert "test_changing_tool" in [tool["name"] for tool in listed["result"]["tools"]]
    [answer] = fresh.ask("tools/call", {"name": "test_changing_tool"})
    assert answer["result"]["content"] == [{"type": "text", "text": "Still here"}]


# Cancellation


def test_a_cancelled_call_of_a_session_withdraws_its_question(fresh):
    fresh.initialize()
    mine = fresh.start(*ASKED["test_elicitation"][0])
    question = fresh.next()
    fresh.cancel(mine)
    assert fresh.next() == notification("notifications/cancelled", {"requestId": question["id"]})
    fresh.respond(question, {"action": "accept", "content": {"username": "late", "email": "late"}})
    assert fresh.exchange("ping", {}) == [{"result": {}}]
