"""Tools, resources, prompts and completion of a plugin behind the installed binary."""

import json
import pathlib
import time

import pytest

from conformance_plugin import plugins as conformance_plugins
from conftest import HERE

META = "io.modelcontextprotocol/"


def plugin_path():
    folders = [conformance_plugins().parent / "test-plugins", *(HERE.parents[1] / "build" / preset / "test-plugins" for preset in ("release", "dev"))]
    folder = next((folder for folder in folders if (folder / "scripted.so").exists()), None)
    assert folder, "no scripted.so; build plugin_scripted"
    return f"{pathlib.Path(folder).absolute()}:{conformance_plugins()}"


class Client:
    def __init__(self, dbmux, connections="  bot: {plugin: scripted}\n", more=""):
        self.dbmux = dbmux
        self.profile = dbmux.profile(f"dbmux: 1\nconnections:\n{connections}{more}")
        self.session = dbmux.unstarted("--stdio", "--profile", self.profile, environment={"DBMUX_PLUGIN_PATH": plugin_path()})

    def initialize(self, version="2025-06-18", **capabilities):
        answer = self.session.request("initialize", {
            "protocolVersion": version, "capabilities": capabilities, "clientInfo": {"name": "t", "version": "1"}})
        self.session.send({"method": "notifications/initialized"})
        return answer.message["result"]["capabilities"]

    def ask(self, method, **params):
        return self.session.request(method, params).message

    def stateless(self, name, arguments, capabilities=None, **more):
        return self.ask("tools/call", name=name, arguments=arguments, **more, _meta={
            META + "protocolVersion": "2026-07-28", META + "clientInfo": {"name": "t", "version": "1"},
            META + "clientCapabilities": capabilities or {}})

    def run(self, *lines, tool="scripted_run", **more):
        return self.session.call(tool, {"script": "\n".join(lines), **more})

    def tools(self):
        return {tool["name"]: tool for tool in self.ask("tools/list")["result"]["tools"]}

    def told(self, method, seconds=15):
        """The parameters of the next message of that method."""
        until = time.monotonic() + seconds
        while True:
            for message in list(self.session.notifications):
                if message["method"] == method:
                    self.session.notifications.remove(message)
                    return message
            assert time.monotonic() < until, self.session.notifications
            time.sleep(0.01)


@pytest.fixture
def client(dbmux):
    made = Client(dbmux)
    made.initialize()
    return made


def error(answer):
    assert answer.is_error, answer.text
    return answer.json()["error"]


def test_a_plugins_tools_stand_behind_ours(client):
    tools = client.tools()
    assert list(tools)[-3:] == ["scripted_run", "scripted_run_leased", "scripted_kinds"], "one that writes is not offered"
    assert tools["scripted_run"]["title"] == "Run" and tools["scripted_run"]["inputSchema"]["required"] == ["script"]
    assert tools["scripted_run_leased"]["_meta"] == {"scripted/kept": 1}
    assert tools["scripted_kinds"]["outputSchema"] == {"type": "object"}


def test_every_kind_of_content_arrives(client):
    result = client.ask("tools/call", name="scripted_kinds", arguments={})["result"]
    assert result["content"] == [
        {"type": "text", "text": "one of each"},
        {"type": "image", "data": "cG5n", "mimeType": "image/png"},
        {"type": "audio", "data": "d2F2", "mimeType": "audio/wav", "annotations": {"priority": 1}},
        {"type": "resource", "resource": {"uri": "scripted://text", "mimeType": "text/plain", "text": "the text"}},
        {"type": "resource", "resource": {"uri": "scripted://bytes", "blob": "YWI="}},
        {"type": "resource_link", "uri": "scripted://bytes", "name": "bytes", "mimeType": "application/octet-stream", "title": "Bytes"}]
    assert result["structuredContent"] == {"kinds": 6}


def test_rows_of_a_tool_are_cut_and_continued_like_those_of_a_query(client):
    first = client.run("series 150", tool="scripted_run_leased").json()
    assert first["row_count"] == 100 and first["why"] == "limit: 100 rows" and first["total"] == 150
    rest = client.session.call("execute_query", {"next": first["next"]}).json()
    assert [row[0] for row in rest["rows"]] == list(range(101, 151))


def test_resources_and_templates_are_read(client):
    uris = [entry["uri"] for entry in client.ask("resources/list")["result"]["resources"]]
    assert {"scripted://text", "scripted://bytes", "scripted://session"} <= set(uris)
    templates = [entry["uriTemplate"] for entry in client.ask("resources/templates/list")["result"]["resourceTemplates"]]
    assert "scripted://greeting/{name}/{+rest}" in templates
    read = client.ask("resources/read", uri="scripted://greeting/A%20B/c/d")["result"]["contents"]
    assert read == [{"uri": "scripted://greeting/A%20B/c/d", "mimeType": "text/plain", "text": "hello A B, c/d"}]
    assert client.ask("resources/read", uri="scripted://bytes")["result"]["contents"][0]["blob"] == "YQBi"
    assert "error" in client.ask("resources/read", uri="scripted://nothing")


def test_prompts_and_completion_are_the_plugins(client):
    assert "scripted_greet" in [prompt["name"] for prompt in client.ask("prompts/list")["result"]["prompts"]]
    messages = client.ask("prompts/get", name="scripted_greet", arguments={"name": "Ann"})["result"]["messages"]
    assert [(message["role"], message["content"]["text"]) for message in messages] == [
        ("user", "Greet Ann."), ("assistant", "With pleasure.")]
    missing = client.ask("prompts/get", name="scripted_greet", arguments={})
    assert missing["error"]["message"] == "the prompt scripted_greet needs the argument 'name'"
    completed = client.ask("completion/complete", ref={"type": "ref/prompt", "name": "scripted_greet"}, argument={"name": "tone", "value": "f"})
    assert completed["result"]["completion"] == {"values": ["formal", "friendly", "flat"], "total": 3, "hasMore": False}


def test_progress_and_logs_arrive_while_it_runs(client):
    client.ask("logging/setLevel", level="notice")
    answer = client.ask("tools/call", name="scripted_run", _meta={"progressToken": "p"}, arguments={
        "script": "progress 1 3 one\nsay info {}\nsay critical {\"a\":1}\nprogress 3 3 three\ntext done"})
    assert answer["result"]["content"][0]["text"] == "done"
    told = [message["params"] for message in client.session.notifications]
    assert told == [
        {"progressToken": "p", "progress": 1, "total": 3, "message": "one"},
        {"level": "critical", "logger": "scripted", "data": {"a": 1}},
        {"progressToken": "p", "progress": 3, "total": 3, "message": "three"}]


QUESTION = 'ask colour elicitation/create {"message":"Which?","requestedSchema":{"type":"object","properties":{}}}'


def test_a_question_goes_to_the_client_and_its_answer_to_the_plugin(dbmux):
    client = Client(dbmux)
    client.initialize(elicitation={})
    client.session.start("tools/call", {"name": "scripted_run", "arguments": {"script": "kept\nkeep once\n" + QUESTION}})
    question = client.told("elicitation/create")
    assert question["params"]["message"] == "Which?"
    client.session.send({"id": question["id"], "result": {"action": "accept", "content": {"colour": "red"}}})
    content = client.session.response()["result"]["content"]
    assert [block["text"] for block in content] == ["kept=once", 'colour={"action":"accept","content":{"colour":"red"}}']


def test_a_stateless_client_brings_its_answer_along(dbmux):
    client = Client(dbmux)
    arguments = {"script": "kept\nkeep once\n" + QUESTION}
    first = client.stateless("scripted_run", arguments, {"elicitation": {}})["result"]
    assert first["resultType"] == "input_required" and list(first["inputRequests"]) == ["colour"]
    answers = {"requestState": first["requestState"], "inputResponses": {"colour": {"action": "decline"}}}
    done = client.stateless("scripted_run", arguments, {"elicitation": {}}, **answers)["result"]
    assert [block["text"] for block in done["content"]] == ["kept=once", 'colour={"action":"decline"}']


def test_a_client_that_cannot_be_asked_is_told_what_it_lacks(client):
    arguments = {"script": "ask a sampling/createMessage {}"}
    assert client.stateless("scripted_run", arguments)["error"] == {
        "code": -32021, "message": "This needs a client that has said it can do: sampling", "data": {"requiredCapabilities": {"sampling": {}}}}
    answer = client.session.call("scripted_run", arguments)
    assert error(answer) == {"category": "unsupported", "message": "This needs a client that has said it can do: sampling"}


@pytest.mark.parametrize("tool", ["scripted_run", "scripted_run_leased"])
def test_a_cancel_and_a_deadline_end_an_item(client, tool):
    running = client.session.start("tools/call", {"name": tool, "arguments": {"script": "progress 1 2 on\nblock-until-cancelled"}, "_meta": {"progressToken": 1}})
    client.told("notifications/progress")
    client.session.send({"method": "notifications/cancelled", "params": {"requestId": running}})
    late = client.run("block-until-cancelled", tool=tool, timeout="100ms")
    assert error(late)["category"] == "timeout" and error(late)["message"] == f"Stopped after 100 ms; {tool} was called off."
    assert late.message["id"] != running, "what was cancelled is not answered"
    assert client.run("text still here", tool=tool).text == "still here"


@pytest.mark.parametrize("lines, message", [
    (['error {"category":"constraint","message":"no"}'], "no"),
    (['block {"type":"video"}'], "the plugin answered with 'video', which has no place in a tool's answer"),
    (['block {"type":"text","extra":"{"}'], "the plugin answered with an 'extra' that is not JSON"),
    (["need-input"], "the plugin 'scripted' waits for an answer that it did not ask for"),
    (['result {"columns":["a"],"rows":[[{"kind":77}]]}'], "the driver gave a kind of value that this dbmux does not know"),
])
def test_what_no_plugin_should_answer_is_an_error_and_no_more(client, lines, message):
    tool = "scripted_run_leased" if lines[0].startswith("result") else "scripted_run"
    assert error(client.run(*lines, tool=tool))["message"] == message
    assert client.run("text still here").text == "still here"


def test_arguments_that_do_not_fit_never_reach_the_plugin(client):
    answer = client.session.call("scripted_run", {"script": ["text a"]})
    assert error(answer)["message"] == "arguments of scripted_run: script: Value type not permitted by 'type' constraint."
    stats = client.run("stats", tool="scripted_run_leased").json()
    assert ["invokes", "1"] in stats["rows"], "only this one"


def test_a_secret_of_a_plugin_reaches_nobody(dbmux):
    dbmux.folder.joinpath("pw").write_text("s3cr3t\"quoted", encoding="utf-8")
    dbmux.folder.joinpath("pw").chmod(0o600)
    client = Client(dbmux, f"  bot: {{plugin: scripted, password: {{secret: 'file:{dbmux.folder}/pw'}}}}\n")
    client.initialize()
    answer = client.ask("tools/call", name="scripted_run", arguments={"script": "leak password"}, _meta={"progressToken": 1})
    assert answer["result"]["content"][0]["text"] == "the secret is ***"
    assert "s3cr3t" not in json.dumps([answer, client.session.notifications]) + dbmux.logged()


def test_what_comes_and_goes_is_told(client):
    capabilities = Client(client.dbmux).initialize()
    assert capabilities["tools"]["listChanged"] and capabilities["prompts"]["listChanged"] and capabilities["resources"]["subscribe"]
    client.run("offer more")
    client.told("notifications/tools/list_changed")
    assert "scripted_more" in client.tools()
    client.ask("resources/subscribe", uri="scripted://text")
    client.run("touch scripted://text", "touch scripted://bytes")
    assert client.told("notifications/resources/updated")["params"]["uri"] == "scripted://text"
    client.run("withdraw more")
    client.told("notifications/tools/list_changed")
    assert "scripted_more" not in client.tools()


def test_a_name_that_is_taken_is_hidden_and_logged(dbmux):
    described = {"tools": [{"name": name, "description": "scripted's"} for name in ("execute_query", "test_simple_text", "own")],
                 "prompts": [{"name": "explore_database"}]}
    client = Client(dbmux, f"  official: {{plugin: conformance}}\n  bot: {{plugin: scripted, items: {json.dumps(json.dumps(described))}}}\n",
                    "tools: {prefix: false}\n")
    client.initialize()
    tools = client.tools()
    assert tools["own"]["description"] == "scripted's"
    assert "scripted's" not in (tools["execute_query"]["description"], tools["test_simple_text"]["description"])
    assert client.session.call("test_simple_text", {}).text == "This is a simple text response for testing."
    for item, why in (("execute_query", "dbmux has a tool of this name"), ("test_simple_text", "another plugin offers one of this name"),
                      ("explore_database", "dbmux has a prompt of this name")):
        assert f'"event":"an item of a plugin is hidden","connection":"bot","item":"{item}","error":"{why}"' in dbmux.logged()


@pytest.mark.parametrize("described, logged", [
    ("{", "describes its items in what is not JSON"),
    ("[]", "its description is not a JSON object"),
    ('{"tools":[{"name":"a b"}]}', "tool 'a b': a name is 1 to 128 of letters"),
    ('{"tools":[{"name":"a","inputSchema":{"type":"object","properties":7}}]}', "tool 'a': its arguments cannot be checked here"),
])
def test_a_wrong_description_is_logged_and_the_rest_goes_on(dbmux, described, logged):
    client = Client(dbmux, f"  good: {{plugin: scripted}}\n  bad: {{plugin: scripted, items: {json.dumps(described)}}}\n")
    client.initialize()
    assert "scripted_run" in client.tools()
    assert client.run("text here").text == "here"
    assert logged in dbmux.logged()


def test_a_tool_answers_in_a_shell(client, monkeypatch):
    monkeypatch.setattr(type(client.dbmux), "environment", property(lambda self: {
        "HOME": str(self.home), "DBMUX_HOME": str(self.home), "DBMUX_PLUGIN_PATH": plugin_path()}))
    done = client.dbmux.run("call", "scripted_kinds", "-p", client.profile)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and lines[0] == "one of each" and json.loads(lines[1])["mimeType"] == "image/png", done
    failed = client.dbmux.run("call", "scripted_run", "-p", client.profile, "--arg", 'script=block {"type":"error","text":"it broke"}')
    assert failed.returncode == 1 and failed.stderr == "it broke\n"
    asks = client.dbmux.run("call", "scripted_run", "-p", client.profile, "--arg", "script=ask a elicitation/create {}")
    assert asks.returncode == 6 and asks.stderr == "dbmux: This needs a client that has said it can do: elicitation\n"
