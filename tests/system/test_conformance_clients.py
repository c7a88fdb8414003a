"""The conformance plugin through the official clients, pinned and unpatched: each asks for everything, in its era."""

import json
import subprocess

import pytest

from conformance_plugin import plugins, profile_in
from conformance_table import ANSWERED, ASKED, CHANGES, PROMPTS, REFUSED, REPORTED, RESOURCES, SCHEMA_2020_12, TEMPLATE, TOOLS
from conftest import HERE, binary, cache, node

CLIENTS = {  # which program, what it is told, what is agreed on
    "PyPI mcp 2, auto": ("python", {"mode": "auto"}, "2026-07-28"),
    "PyPI mcp 2, legacy": ("python", {"mode": "legacy"}, "2025-11-25"),
    "npm client 2, auto": ("node", {"package": "client", "mode": "auto"}, "2026-07-28"),
    "npm client 2, legacy": ("node", {"package": "client", "mode": "legacy"}, "2025-11-25"),
    "npm sdk 1": ("node", {"package": "sdk"}, "2025-11-25"),
}
OF_THE_PROTOCOL = ("_meta", "resultType", "ttlMs", "cacheScope")  # clients may keep them or not
BY_ITSELF = ["unknown resource", "unknown prompt", "prompt without its argument", "completion of nothing"]


def question(method, params):
    if method == "roots/list":
        return "roots"
    return params["message"] if method == "elicitation/create" else params["messages"][0]["content"]["text"]


def spec_of(module_dbmux, folder):
    return {
        "command": str(binary()), "args": ["--stdio", "--profile", str(profile_in(folder))],
        "env": {**module_dbmux.environment, "DBMUX_PLUGIN_PATH": str(plugins())},
        "answered": {name: request for name, (request, _) in ANSWERED.items()},
        "asked": {
            name: {
                "request": request,
                "answers": {
                    question(*asked): answer for questions in rounds for asked, answer in questions.values()}}
            for name, (request, rounds, _) in ASKED.items()},
        "reported": {name: request for name, (request, _, _) in REPORTED.items()},
        "refused": {name: REFUSED[name][0] for name in BY_ITSELF},
        "triggers": list(CHANGES), "watched": "test://watched-resource",
    }


@pytest.fixture(scope="module", params=CLIENTS)
def seen(request, module_dbmux):
    program, told, agreed = CLIENTS[request.param]
    folder = module_dbmux.folder / request.param.replace(" ", "-")
    folder.mkdir()
    spec = folder / "spec.json"
    spec.write_text(json.dumps({**spec_of(module_dbmux, folder), **told}), encoding="utf-8")
    if program == "node":
        done = node("conformance.mjs", str(spec), timeout=120)
    else:
        python = cache() / "venv-mcp-2/bin/python"
        done = subprocess.run(
            [python, HERE / "clients/conformance_2.py", spec], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout), "client": request.param, "wanted": agreed}


def stripped(value):
    """Without what a client may add or keep of the protocol's own."""
    if isinstance(value, list):
        return [stripped(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: stripped(one) for key, one in value.items() if key not in OF_THE_PROTOCOL and (key, one) != ("isError", False)}


def test_the_version_is_agreed_on(seen):
    assert seen["protocol"] == seen["wanted"]


def test_every_answer_is_exact(seen):
    assert stripped(seen["answered"]) == {name: result for name, (_, result) in ANSWERED.items()}


def test_every_question_and_its_result_are_exact(seen):
    assert stripped(seen["asked"]) == {name: result for name, (_, _, result) in ASKED.items()}
    for name, (_, rounds, _) in ASKED.items():
        wanted = [[method, params] for questions in rounds for (method, params), _ in questions.values()]
        got = [[method, {key: one for key, one in params.items() if key in ("message", "requestedSchema", "messages", "maxTokens")}]
               for method, params in stripped(seen["questions"][name])]
        assert sorted(got, key=str) == sorted(wanted, key=str), name


def test_every_report_is_heard(seen):
    for name, (_, reports, result) in REPORTED.items():
        got = seen["reported"][name]
        assert stripped(got["result"]) == result
        assert [one["data"] for one in got["logs"]] == [
            params["data"] for method, params in reports if method == "notifications/message"]
        wanted = [
            (params["progress"], params["total"], params["message"])
            for method, params in reports if method == "notifications/progress"]
        heard = [(one["progress"], one["total"], one["message"]) for one in got["progress"]]
        if seen["client"].startswith("npm"):  # forgets reports that are read together with the result
            wanted = wanted[:len(heard)]
        assert heard == wanted


def test_every_error_has_the_code_of_the_era(seen):
    for name in BY_ITSELF:
        _, session, by_itself = REFUSED[name]
        code, message = by_itself if seen["wanted"] == "2026-07-28" else session
        if seen["client"].startswith("npm client 2") and code == -32002:  # it gives either code this name
            code = -32602
        assert seen["refused"][name]["code"] == code
        assert message in seen["refused"][name]["message"]


def test_every_item_is_listed(seen):
    tools = [one for one in seen["tools"] if one["name"].startswith(("test_", "json_"))]
    assert [one["name"] for one in tools] == TOOLS
    assert next(one["inputSchema"] for one in tools if one["name"] == "json_schema_2020_12_tool") == SCHEMA_2020_12
    assert [one for one in seen["prompts"] if one["name"].startswith("test_")] == PROMPTS
    assert [one for one in seen["resources"] if one["uri"].startswith("test://")] == RESOURCES
    assert TEMPLATE in seen["templates"]


def test_every_change_is_heard_and_the_tool_that_came_is_listed(seen):
    assert seen["heard"] == sorted(method for method, _ in CHANGES.values())
    assert "test_changing_tool" in seen["tools_then"]
