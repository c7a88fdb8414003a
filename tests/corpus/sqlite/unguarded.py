"""An MCP server that guards nothing: it pastes what it is given into SQL and opens what it is told to.

It shows that an attack has its effect where nobody stops it, and that the runner notices.
usage: unguarded.py [--shell] [--wrong-cell] DATABASE
"""

import json
import pathlib
import re
import subprocess
import sys
import urllib.parse

from handle import Handle, SqlError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from serving import serve


class Server:
    def __init__(self, database, shell, wrong_cell):
        self.shell, self.wrong_cell = shell, wrong_cell
        self.paths = {"shop": database}
        self.handles = {"shop": Handle(database)}

    def run(self, arguments, text):
        connection = arguments.get("connectionId", "shop")
        if self.shell:
            done = subprocess.run(
                ["sqlite3", "-batch", self.paths[connection]], input=text.encode(), capture_output=True, check=False
            )
            return ["output"], [[line] for line in done.stdout.decode("utf-8", "replace").splitlines()]
        if connection not in self.handles:
            self.handles[connection] = Handle(connection.removeprefix("sqlite:"))
        return self.handles[connection].run(text)

    def query(self, arguments):
        text = arguments.get("query", "")
        for value in arguments.get("params", []):
            text = text.replace("?", f"'{value}'", 1)
        if "next" in arguments:
            text = f"SELECT * FROM products LIMIT 100 OFFSET {arguments['next']}"
        columns, rows = self.run(arguments, text)
        if "save" in arguments:
            with open(arguments["save"], "w", encoding="utf-8") as out:
                json.dump(rows, out)
        if self.wrong_cell and rows:
            rows[-1][-1] = "wrong" if rows[-1][-1] != "wrong" else "worse"
        elif self.wrong_cell:
            rows = [["wrong"] * len(columns)]
        return columns, rows

    def call(self, tool, arguments):
        tool = tool.replace("-", "_")
        schema = arguments.get("schema", "main")
        table = arguments.get("table_name", "")
        if tool in ("execute_query", "execute_update"):
            return self.query(arguments)
        if tool == "explain_query":
            return self.run(arguments, "EXPLAIN QUERY PLAN " + arguments["query"])
        if tool == "read_table":
            page = f'LIMIT {arguments.get("limit", 100)} OFFSET {arguments.get("next", arguments.get("offset", 0))}'
            return self.run(arguments, f'SELECT * FROM {schema}."{table}" {page}')
        if tool == "describe_table":
            return self.run(arguments, f"PRAGMA {schema}.table_info('{table}')")
        if tool == "get_table_stats":
            return self.run(arguments, f'SELECT count(*) FROM {schema}."{table}"')
        if tool == "search_tables":
            term = arguments["search_term"]
            return self.run(arguments, f"SELECT name FROM {schema}.sqlite_schema WHERE name LIKE '%{term}%'")
        if tool == "connect_database":
            connection, path = arguments["connectionId"], arguments["config"]["filename"]
            if connection in self.handles:
                self.handles[connection].close()
            self.handles[connection], self.paths[connection] = Handle(path), path
            return ["connected"], [[connection]]
        if tool == "disconnect_database":
            self.handles.pop(arguments["connectionId"]).close()
            self.paths.pop(arguments["connectionId"])
            return ["disconnected"], []
        raise SqlError(f"no such tool: {tool}")

    def read(self, uri):
        connection, table = re.fullmatch(r"database://([^/]*)/tables/(.*)", uri, re.S).groups()
        columns, rows = self.run({"connectionId": urllib.parse.unquote(connection)}, f"PRAGMA table_info('{urllib.parse.unquote(table)}')")
        return {"columns": columns, "rows": rows}


if __name__ == "__main__":
    flags = sys.argv[1:-1]
    serve(Server(sys.argv[-1], "--shell" in flags, "--wrong-cell" in flags), (SqlError,))
