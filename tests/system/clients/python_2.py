"""The official Python client, major version 2, does what a spec file says and prints what it saw.

usage: python_2.py SPEC.json    (what a spec holds: test_official_clients.py)
"""

import json
import sys

import anyio
from mcp import Client, StdioServerParameters


async def cancel_one(client, slow):
    with anyio.move_on_after(0.5):  # this version tells the server when the caller gives up
        await client.call_tool(slow["tool"], slow["arguments"])


async def follow(client, spec):
    seen = {"answers": {}, "pages": [], "read": {}}
    seen["protocol"], seen["instructions"] = client.protocol_version, client.instructions
    seen["tools"] = [tool.name for tool in (await client.list_tools()).tools]

    for call in spec["calls"]:
        if call["tool"] in seen["tools"]:
            result = await client.call_tool(call["tool"], call["arguments"])
            seen["answers"][call["tool"]] = {"error": bool(result.is_error), "text": result.content[0].text}

    await cancel_one(client, spec["slow"])
    if client.protocol_version < "2026":
        await client.send_ping()
    seen["after"] = (await client.call_tool("execute_query", spec["after"])).content[0].text
    for _ in range(50):  # the call is recorded when it has ended, which nobody is told
        seen["history"] = (await client.call_tool("query_history", {})).content[0].text
        if any(past["statement"] == spec["slow"]["arguments"]["query"] for past in json.loads(seen["history"])["calls"]):
            break
        await anyio.sleep(0.1)

    arguments = spec["page"]
    while arguments:
        page = (await client.call_tool("execute_query", arguments)).content[0].text
        seen["pages"].append(page)
        following = json.loads(page).get("next")
        arguments = {"next": following} if following else None

    seen["resources"] = [str(one.uri) for one in (await client.list_resources()).resources]
    seen["templates"] = [one.uri_template for one in (await client.list_resource_templates()).resource_templates]
    for uri in seen["resources"] + spec["read"]:
        seen["read"][uri] = (await client.read_resource(uri)).contents[0].text
    return seen


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    server = StdioServerParameters(command=spec["command"], args=spec["args"], env=spec["env"])
    async with Client(server, mode=spec["mode"]) as client:
        print(json.dumps(await follow(client, spec)))


anyio.run(main)
