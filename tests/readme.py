#!/usr/bin/env python3
"""Does what the README says, and compares: its commands, its entry for a client, its conversation, and packaging/try.

Prints one line a check and ends with `N passed, N failed`. Works in a home folder of its own.
"""

import hashlib
import json
import os
import pathlib
import re
import shlex
import sqlite3
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
DBMUX = TOP / "build/dist/bin/dbmux"
README = (TOP / "README.md").read_text(encoding="utf-8")
results = []


def check(sentence, fault):
    """fault: empty, or what is wrong."""
    results.append(not fault)
    print(f"{'FAILED ' if fault else 'ok     '} {sentence}")
    for line in str(fault).splitlines() if fault else ():
        print(f"        {line}")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def run(argv, home, **options):
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
                   "CCACHE_DIR": os.environ.get("CCACHE_DIR", str(pathlib.Path.home() / ".cache/ccache"))}
    environment.update(options.pop("env", {}))
    return subprocess.run(argv, env=environment, capture_output=True, text=True, cwd=TOP, check=False, **options)


def fault_of(result, expected=0):
    return "" if result.returncode == expected else f"exit {result.returncode}\n{(result.stdout + result.stderr)[-2000:]}"


def session(argv, home, calls, env=None):
    """The result of each call in one session."""
    requests = [("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "readme", "version": "1"}})]
    requests += [("tools/call", {"name": name, "arguments": arguments}) for name, arguments in calls]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd="/",
                               env={"PATH": "/usr/bin:/bin", "HOME": str(home), **(env or {})})
    answers = []
    for number, (method, params) in enumerate(requests):
        process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        while answer.get("id") != number:
            answer = json.loads(process.stdout.readline())
        answers.append(answer.get("result", answer))
    process.stdin.close()
    status = process.wait(10)
    if status != 0:
        raise RuntimeError(f"{argv[0]} ended with {status}")
    return answers[1:]


def try_it(home):
    first = run(["packaging/try"], home)
    check("packaging/try", fault_of(first))
    offline = ["unshare", "--net"] if os.geteuid() == 0 else []
    start = time.monotonic()
    second = run([*offline, "packaging/try"], home)
    seconds = time.monotonic() - start
    check(f"packaging/try once more{', without network' if offline else ''} ({seconds:.1f} s)",
          fault_of(second) or ("" if seconds < 10 else "that took ten seconds or more"))
    return second.stdout


def entries(printed, home):
    """Each printed entry, started as its client starts it, answers from the sample."""
    found = [json.loads(line) for line in printed.splitlines() if line.startswith(('{"mcpServers"', '{"servers"', '{"context_servers"'))]
    check("packaging/try prints entries for Claude Desktop, VS Code, Cursor and Zed", "" if len(found) == 4 else found)
    command = [line for line in printed.splitlines() if line.startswith("claude mcp add ")]
    check("packaging/try prints the command for Claude Code", "" if len(command) == 1 else command)
    starts = [(next(iter(next(iter(entry.values())).values()))) for entry in found]
    starts = [([start["command"], *start["args"]], start.get("env")) for start in starts]
    if command:
        words = shlex.split(command[0])
        starts.append((words[words.index("--") + 1:], dict(w.split("=", 1) for w in words[:words.index("--")] if "=" in w)))
    for number, (argv, env) in enumerate(starts, 1):
        answer = session(argv, home, [("list_tables", {})], env)[0]
        check(f"entry {number} answers from the sample", "" if "order_totals" in answer["content"][0]["text"] else answer)


def somebody_elses_sample(folder):
    """packaging/try leaves a file alone that is not ours."""
    file = folder / "sample.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE mine (x)")
    connection.commit()
    connection.close()
    for name, prepare in [("a database", lambda: None), ("a text", lambda: file.write_text("notes")),
                          ("a link", lambda: (file.unlink(), file.symlink_to("elsewhere.db")))]:
        prepare()
        before = os.readlink(file) if file.is_symlink() else hashlib.sha256(file.read_bytes()).hexdigest()
        result = run(["packaging/sample/make", str(file)], folder)
        after = os.readlink(file) if file.is_symlink() else hashlib.sha256(file.read_bytes()).hexdigest()
        fault = fault_of(result, 1) or ("" if before == after and sorted(os.listdir(folder)) == ["sample.db"] else "changed")
        check(f"{name} of somebody else's called sample.db stays as it is", fault)


def other_edition(folder):
    file = folder / "sample.db"
    assert run(["packaging/sample/make", str(file)], folder).returncode == 0
    made = hashlib.sha256(file.read_bytes()).hexdigest()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 999")
    connection.commit()
    connection.close()
    result = run(["packaging/sample/make", str(file)], folder)
    again = hashlib.sha256(file.read_bytes()).hexdigest()
    check("a sample of another edition is made anew, and is the same to the byte",
          fault_of(result) or ("" if made == again else "it differs"))


def commands(home):
    sqlite3.connect(home / "notes.db").execute("CREATE TABLE notes (text)").connection.close()
    for line in "".join(blocks("sh")).splitlines():
        command = line.split("#")[0].strip()
        if command in ("", "packaging/try"):
            continue
        if command == "tests/run":
            check("tests/run is there", "" if os.access(TOP / command, os.X_OK) else "it is not")
            continue
        argv = [word.replace("/home/me", str(home)) for word in shlex.split(command)]
        if argv[0] == "dbmux":
            argv[0] = str(DBMUX)
        result = run(argv, home, stdin=subprocess.DEVNULL)
        check(command, fault_of(result) or ("" if result.stdout else "it says nothing"))


def own_database(home):
    """The JSON of the README with the reader's paths instead of /home/me."""
    for text in blocks("json"):
        entry = json.loads(text)["mcpServers"]["dbmux"]
        argv = [str(DBMUX), *(word.replace("/home/me", str(home)) for word in entry["args"])]
        answer = session(argv, home, [("list_tables", {})])[0]
        check("the entry for a database of one's own", "" if '"notes"' in answer["content"][0]["text"] else answer)


def conversation(home):
    said = re.findall(r"^> `(\w+) (\{.*\})` → (.*?)(?:<br>)?$", README, re.MULTILINE)
    answers = session([str(DBMUX), "--stdio", "--profile", "local"], home, [(tool, json.loads(text)) for tool, text, _ in said])
    check("the README has a conversation", "" if len(said) >= 3 else said)
    for (tool, _, shown), answer in zip(said, answers):
        missing = [part for part in re.findall(r"`([^`]+)`", shown) if part not in answer["content"][0]["text"]]
        check(f"{tool} answers what the README shows", f"not there: {missing}\n{answer}" if missing else "")


def main():
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder) / "a home"
        for name in ("a home", "foreign", "edition"):
            (pathlib.Path(folder) / name).mkdir()
        printed = try_it(home)
        entries(printed, home)
        somebody_elses_sample(pathlib.Path(folder) / "foreign")
        other_edition(pathlib.Path(folder) / "edition")
        commands(home)
        own_database(home)
        conversation(home)
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
