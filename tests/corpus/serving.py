"""The MCP loop of the servers that guard nothing."""

import json
import sys


def serve(server, errors):
    """server has call(tool, arguments) and read(uri); errors: what they raise."""
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if "id" not in message:
            continue
        method, params = message["method"], message.get("params", {})
        try:
            if method == "initialize":
                result = {
                    "protocolVersion": "2025-06-18", "capabilities": {},
                    "serverInfo": {"name": "unguarded", "version": "1"},
                }
            elif method == "resources/read":
                text = json.dumps(server.read(params["uri"]))
                result = {"contents": [{"uri": params["uri"], "text": text}]}
            else:
                columns, rows = server.call(params["name"], params.get("arguments", {}))
                answer = {"columns": columns, "rows": rows, "row_count": len(rows), "truncated": False}
                if params["name"] == "execute-query":
                    answer = [dict(zip(columns, row)) for row in rows]
                result = {"content": [{"type": "text", "text": json.dumps(answer)}]}
        except (*errors, KeyError, OSError, AttributeError) as error:
            result = {"isError": True, "content": [{"type": "text", "text": str(error)}]}
        sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}) + "\n")
        sys.stdout.flush()
