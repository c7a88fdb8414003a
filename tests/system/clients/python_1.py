"""The official Python client, major version 1, does what a spec file says and prints what it saw as JSON.

usage: python_1.py SPEC.json    (what a spec holds: test_official_clients.py)
"""

import json
import sys

import anyio
from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client


async def cancel_one(session, slow):
    request_id = session._request_id  # this version has no public way to learn the id of a call
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(session.call_tool, slow["tool"], slow["arguments"])
        await anyio.sleep(0.5)
        cancelled = types.CancelledNotification(
            method="notifications/cancelled", params=types.CancelledNotificationParams(requestId=request_id)
        )
        await session.send_notification(types.ClientNotification(cancelled))
        tasks.cancel_scope.cancel()


async def follow(session, spec):
    seen = {"answers": {}, "pages": [], "read": {}}
    started = await session.initialize()
    seen["protocol"], seen["instructions"] = started.protocolVersion, started.instructions
    seen["tools"] = [tool.name for tool in (await session.list_tools()).tools]

    for call in spec["calls"]:
        if call["tool"] in seen["tools"]:
            result = await session.call_tool(call["tool"], call["arguments"])
            seen["answers"][call["tool"]] = {"error": bool(result.isError), "text": result.content[0].text}

    await cancel_one(session, spec["slow"])
    await session.send_ping()
    seen["after"] = (await session.call_tool("execute_query", spec["after"])).content[0].text
    for _ in range(50):  # the call is recorded when it has ended, which nobody is told
        seen["history"] = (await session.call_tool("query_history", {})).content[0].text
        if any(past["statement"] == spec["slow"]["arguments"]["query"] for past in json.loads(seen["history"])["calls"]):
            break
        await anyio.sleep(0.1)

    arguments = spec["page"]
    while arguments:
        page = (await session.call_tool("execute_query", arguments)).content[0].text
        seen["pages"].append(page)
        following = json.loads(page).get("next")
        arguments = {"next": following} if following else None

    seen["resources"] = [str(one.uri) for one in (await session.list_resources()).resources]
    seen["templates"] = [one.uriTemplate for one in (await session.list_resource_templates()).resourceTemplates]
    for uri in seen["resources"] + spec["read"]:
        seen["read"][uri] = (await session.read_resource(uri)).contents[0].text
    return seen


async def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    server = StdioServerParameters(command=spec["command"], args=spec["args"], env=spec["env"])
    async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as session:
        print(json.dumps(await follow(session, spec)))


anyio.run(main)
