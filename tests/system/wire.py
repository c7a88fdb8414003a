"""A client that sees every line, in order, and speaks both eras of the protocol to one process."""

SECONDS = 30
VERSIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]  # of the handshake
PREFIX = "io.modelcontextprotocol/"
ALL = {"elicitation": {}, "sampling": {}, "roots": {}}


def stateless_meta(capabilities=None, **meta):
    mine = {"protocolVersion": "2026-07-28", "clientCapabilities": ALL if capabilities is None else capabilities}
    return {**{PREFIX + key: value for key, value in mine.items()}, **meta}


class Wire:
    def __init__(self, session):
        self.session = session
        self.ids = 0

    def initialize(self, version="2025-11-25", capabilities=None):
        mine = {"protocolVersion": version, "capabilities": ALL if capabilities is None else capabilities}
        [answer] = self.exchange("initialize", {**mine, "clientInfo": {"name": "test", "version": "1"}})
        self.session.send({"method": "notifications/initialized"})
        self.exchange("ping", {})  # taken in order: from here on the session hears of changes
        return answer["result"]

    def start(self, method, params, **meta):
        self.ids += 1
        if meta:
            params = {**params, "_meta": {**params.get("_meta", {}), **meta}}
        self.session.send({"id": self.ids, "method": method, "params": params})
        return self.ids

    def next(self, seconds=SECONDS):
        message = self.session.received.get(timeout=seconds)
        assert message.pop("jsonrpc") == "2.0"
        return message

    def until(self, wanted):
        """Every message up to the first that is wanted."""
        seen = []
        while not seen or not wanted(seen[-1]):
            seen.append(self.next())
        return seen

    def exchange(self, method, params, **meta):
        """Every message up to the answer; the id of the answer has been looked at."""
        mine = self.start(method, params, **meta)
        seen = self.until(lambda message: "method" not in message)
        assert seen[-1].pop("id") == mine
        return seen

    def ask(self, method, params, capabilities=None, **meta):
        """The same in the stateless era."""
        return self.exchange(method, params, **stateless_meta(capabilities, **meta))

    def respond(self, request, result):
        self.session.send({"id": request["id"], "result": result})

    def cancel(self, request):
        self.session.send({"method": "notifications/cancelled", "params": {"requestId": request}})
