"""What the list of tools costs a model, in o200k tokens of JSON.stringify({tools})."""

import json

import pytest

from conftest import compact, node

TWO = ("sales", "customers, orders since 2019"), ("notes", "")


def listed(dbmux, connections, writable=(), tools="default"):
    path = dbmux.database("shop.db")
    lines = ["dbmux: 1", f"tools: {{list: {tools}}}", "connections:"]
    for name, description in connections:
        access = "read-write" if name in writable else "read-only"
        lines.append(f'  {name}: {{plugin: sqlite, filename: "{path}", access: {access}, description: "{description}"}}')
    session = dbmux.unstarted("--stdio", "--profile", dbmux.profile("\n".join(lines) + "\n"))
    started = session.initialize().message["result"]
    tools = session.request("tools/list", {}).message["result"]
    assert "nextCursor" not in tools
    return tools["tools"], started["instructions"]


def tokens(*texts):
    done = node("count_tokens.mjs", input=json.dumps(texts))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def cost(tools):
    return tokens(compact({"tools": tools}))[0]


def test_two_read_only_connections_cost_at_most_800_tokens(dbmux):
    tools, instructions = listed(dbmux, TWO)
    assert [tool["name"] for tool in tools] == [
        "list_tables", "describe_table", "search_tables", "execute_query", "read_table", "get_table_stats", "explain_query"]
    assert cost(tools) <= 800
    assert tokens(instructions)[0] <= 90


def test_one_connection_costs_less_and_names_none(dbmux):
    tools, _ = listed(dbmux, TWO[:1])
    assert "connectionId" not in compact(tools)
    assert cost(tools) <= 680


def test_a_writable_connection_adds_one_tool_of_at_most_110_tokens(dbmux):
    read_only = cost(listed(dbmux, TWO)[0])
    (dbmux.folder / "shop.db").unlink()
    tools, _ = listed(dbmux, TWO, writable=["notes"])
    assert [tool["name"] for tool in tools if not tool["annotations"]["readOnlyHint"]] == ["execute_update"]
    assert cost(tools) - read_only <= 110


def test_the_list_of_two_costs_at_most_300_tokens(dbmux):
    tools, _ = listed(dbmux, TWO, tools="two")
    assert [tool["name"] for tool in tools] == ["search_tables", "execute_query"]
    assert cost(tools) <= 300


def test_twelve_connections_cost_at_most_900_tokens_and_stand_once(dbmux):
    connections = [(f"database{i}", f"data of year {2000 + i}") for i in range(12)]
    tools, _ = listed(dbmux, connections)
    with_enum = [tool["name"] for tool in tools if "enum" in tool["inputSchema"]["properties"].get("connectionId", {})]
    assert with_enum == [tools[0]["name"]]
    assert cost(tools) <= 900


def test_beyond_twelve_the_connections_are_a_tool(dbmux):
    tools, _ = listed(dbmux, [(f"database{i}", "") for i in range(13)])
    assert "list_connections" in [tool["name"] for tool in tools]
    assert '"enum":["database' not in compact(tools)
    assert cost(tools) <= 900


@pytest.mark.parametrize("kind", ["default", "two", "all"])
def test_every_tool_is_marked_and_short(dbmux, kind):
    tools, _ = listed(dbmux, TWO, writable=["notes"], tools=kind)
    for tool in tools:
        assert tool["annotations"]["openWorldHint"] is False
        assert len(tool["description"].split()) <= 36, tool["name"]
        assert tool["inputSchema"]["type"] == "object"
        assert set(tool) <= {"name", "title", "description", "inputSchema", "annotations"}
