"""A small MCP client over stdio: enough to send any bytes, to wait for an answer, and to look at the process."""

import json
import os
import queue
import subprocess
import threading
import time


class NoAnswer(Exception):
    """Nothing came within the time, or the process ended."""


class Answer:
    """What a call came back with: the text blocks, and whether it was an error (a tool's or the protocol's)."""

    def __init__(self, message):
        self.message = message
        result = message.get("result") or {}
        blocks = result.get("content") or result.get("contents") or []
        self.texts = [block.get("text", "") for block in blocks]
        self.is_error = "error" in message or bool(result.get("isError"))

    @property
    def text(self):
        return self.texts[0] if self.texts else json.dumps(self.message.get("error", {}))

    def json(self):
        return json.loads(self.text)

    def whole(self):
        return json.dumps(self.message, ensure_ascii=False)


class Session:
    """One server process and the conversation with it."""

    def __init__(self, argv, env, cwd, stderr):
        self._stderr = open(stderr, "wb")
        self.process = subprocess.Popen(
            argv, env=env, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr
        )
        self.impure = []  # lines on stdout that are no JSON-RPC message
        self.notifications = []
        self.received = queue.Queue()  # every message, in the order of the lines
        self._answers = queue.Queue()
        self._next_id = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            try:
                message = json.loads(line)
                batch = message if isinstance(message, list) else [message]
                if any(one.get("jsonrpc") != "2.0" for one in batch):
                    raise ValueError
            except (ValueError, AttributeError):
                self.impure.append(line[:200])
                continue
            self.received.put(message)
            if batch is message:
                continue
            if "method" not in message:
                self._answers.put(message)
            else:
                self.notifications.append(message)
        self._answers.put(None)

    def send(self, message):
        self.send_bytes(json.dumps(dict(jsonrpc="2.0", **message), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")

    def send_bytes(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError as gone:
            raise NoAnswer("the process is gone") from gone

    def start(self, method, params):
        """Sends a request and does not wait; its id."""
        self._next_id += 1
        self.send({"id": self._next_id, "method": method, "params": params})
        return self._next_id

    def response(self, seconds=10):
        """The next response, whosever it is."""
        try:
            message = self._answers.get(timeout=max(0.01, seconds))
        except queue.Empty:
            raise NoAnswer(f"no answer within {seconds:g} s") from None
        if message is None:
            self._answers.put(None)
            raise NoAnswer(f"the process ended with {self.process.wait()}")
        return message

    def request(self, method, params, seconds=10):
        mine = self.start(method, params)
        until = time.monotonic() + seconds
        while True:
            message = self.response(until - time.monotonic())
            if message.get("id") == mine:
                return Answer(message)

    def initialize(self, seconds=10):
        answer = self.request(
            "initialize",
            {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "corpus", "version": "1"}},
            seconds,
        )
        self.send({"method": "notifications/initialized"})
        return answer

    def call(self, tool, arguments, seconds=10):
        return self.request("tools/call", {"name": tool, "arguments": arguments}, seconds)

    def read(self, uri, seconds=10):
        return self.request("resources/read", {"uri": uri}, seconds)

    def peak_memory(self):
        """The highest resident size so far, in bytes; 0 when the process is gone."""
        try:
            with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
                for line in status:
                    if line.startswith("VmHWM:"):
                        return int(line.split()[1]) * 1024
        except OSError:
            pass
        return 0

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self, seconds=5):
        """Ends the input and waits; the exit code, or None when the process had to be killed."""
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        finally:
            self._stderr.close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self._stderr.close()
