"""The official Python client, major version 2, asks the conformance plugin for everything and prints what came back.

usage: conformance_2.py SPEC.json    (what a spec holds: test_conformance_clients.py)
"""

import json
import sys

import anyio
from mcp import Client, MCPError, StdioServerParameters
from mcp.types import CreateMessageResult, ElicitResult, ListRootsResult


def plain(model):
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


class Person:
    """Answers what the case in hand expects to be asked."""

    def __init__(self):
        self.answers, self.asked = {}, []

    def answer(self, kind, model, question, method, params):
        self.asked.append([method, params])
        return kind.model_validate(self.answers[question])

    async def elicit(self, context, params):
        return self.answer(ElicitResult, params, params.message, "elicitation/create", plain(params))

    async def sample(self, context, params):
        return self.answer(
            CreateMessageResult, params, params.messages[0].content.text, "sampling/createMessage", plain(params))

    async def roots(self, context):
        return self.answer(ListRootsResult, None, "roots", "roots/list", {})


async def perform(client, method, params, reports=None):
    """One request by the client's own function for it."""

    async def progress(done, total, message):
        reports.append({"progress": done, "total": total, "message": message})

    match method:
        case "tools/call":
            result = await client.call_tool(
                params["name"], params.get("arguments"), progress_callback=None if reports is None else progress)
        case "resources/read":
            result = await client.read_resource(params["uri"])
        case "prompts/get":
            result = await client.get_prompt(params["name"], params.get("arguments"))
        case "completion/complete":
            from mcp.types import PromptReference, ResourceTemplateReference

            kind = PromptReference if params["ref"]["type"] == "ref/prompt" else ResourceTemplateReference
            result = await client.complete(kind.model_validate(params["ref"]), params["argument"])
    return plain(result)


async def eventually(condition):
    with anyio.fail_after(30):
        while not condition():
            await anyio.sleep(0.01)


async def changes(client, heard, triggers, watched):
    """The changes that are heard of, in the way of the era."""

    async def trigger():
        for count, tool in enumerate(triggers, 1):
            await client.call_tool(tool, {})
            await eventually(lambda: len(heard) >= count)

    if client.protocol_version < "2026":
        await client.subscribe_resource(watched)
        await trigger()
        return
    async with client.listen(
        tools_list_changed=True, prompts_list_changed=True, resource_subscriptions=[watched]
    ):
        await trigger()


async def follow(client, spec, person, logs, heard):
    seen = {"protocol": client.protocol_version, "answered": {}, "asked": {}, "questions": {}, "reported": {}, "refused": {}}
    for name, (method, params) in spec["answered"].items():
        seen["answered"][name] = await perform(client, method, params)
    for name, one in spec["asked"].items():
        person.answers, person.asked = one["answers"], []
        seen["asked"][name] = await perform(client, *one["request"])
        seen["questions"][name] = person.asked
    for name, (method, params) in spec["reported"].items():
        logs.clear()
        reports = []
        result = await perform(client, method, params, reports)
        seen["reported"][name] = {"result": result, "logs": list(logs), "progress": reports}
    for name, (method, params) in spec["refused"].items():
        try:
            seen["refused"][name] = await perform(client, method, params)
        except MCPError as error:
            seen["refused"][name] = {"code": error.error.code, "message": error.error.message}
    seen["tools"] = plain(await client.list_tools())["tools"]
    seen["prompts"] = plain(await client.list_prompts())["prompts"]
    seen["resources"] = plain(await client.list_resources())["resources"]
    seen["templates"] = plain(await client.list_resource_templates())["resourceTemplates"]

    heard.clear()
    await changes(client, heard, spec["triggers"], spec["watched"])
    seen["heard"] = sorted(heard)
    seen["tools_then"] = [tool.name for tool in (await client.list_tools()).tools]
    return seen


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    person, logs, heard = Person(), [], []

    async def log(params):
        logs.append(plain(params))

    async def message(one):
        if getattr(one, "method", "").endswith(("list_changed", "updated")):
            heard.append(one.method)

    server = StdioServerParameters(command=spec["command"], args=spec["args"], env=spec["env"])
    async with Client(
        server, mode=spec["mode"], elicitation_callback=person.elicit, sampling_callback=person.sample,
        list_roots_callback=person.roots, logging_callback=log, log_level="info", message_handler=message,
    ) as client:
        print(json.dumps(await follow(client, spec, person, logs, heard)))


anyio.run(main)
