"""An MCP server that guards nothing: it pastes what it is given into SQL and sends it by the simple protocol.

It shows that an attack has its effect where nobody stops it, and that the runner notices.
usage: unguarded.py [--wrong-cell] CONNINFO
"""

import pathlib
import sys

from handle import Handle, SqlError, cell

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from serving import serve


class Server:
    def __init__(self, conninfo, wrong_cell):
        self.handle, self.wrong_cell = Handle(conninfo), wrong_cell

    def run(self, text):
        columns, types, rows = self.handle.run(text)
        return columns, [[cell(oid, value) for oid, value in zip(types, row)] for row in rows]

    def query(self, arguments):
        columns, rows = self.run(arguments.get("query", ""))
        if self.wrong_cell and rows and columns:
            rows[-1][-1] = "wrong" if rows[-1][-1] != "wrong" else "worse"
        elif self.wrong_cell:
            rows = [["wrong"] * len(columns)]
        return columns, rows

    def call(self, tool, arguments):
        tool = tool.replace("-", "_")
        if tool in ("execute_query", "execute_update"):
            return self.query(arguments)
        if tool == "explain_query":
            return self.run("EXPLAIN " + arguments["query"])
        if tool == "read_table":
            return self.run(f'SELECT * FROM {arguments["table_name"]} LIMIT 100 OFFSET {arguments.get("offset", 0)}')
        if tool == "describe_table":
            return self.run(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{arguments['table_name']}'")
        if tool == "get_table_stats":
            return self.run(f'SELECT count(*) FROM {arguments["table_name"]}')
        if tool == "search_tables":
            return self.run(f"SELECT relname FROM pg_class WHERE relname LIKE '%{arguments['search_term']}%'")
        raise SqlError(f"no such tool: {tool}")

    def read(self, uri):
        table = uri.rpartition("/")[2]
        return {"rows": self.run(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'")[1]}


if __name__ == "__main__":
    serve(Server(sys.argv[-1], "--wrong-cell" in sys.argv[1:-1]), (SqlError,))
