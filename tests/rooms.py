#!/usr/bin/env python3
"""Holds the table of rooms: what a source file of host/ may include, and that plugins know nothing of the host.

A room includes only rooms of the lines above its own; rooms on one line do not see each other. `driver` alone sees
the plugin header. Prints one line a room and ends with `N passed, N failed`.
"""

import pathlib
import re
import sys

TABLE = """
base
call
observe
profile | net | transport
secret
driver
connections
query | schema
results | store
access
operations
mcp | rest | live | schedule | report
gateway
web
cli
"""
LEVEL = {room.strip(): level for level, line in enumerate(TABLE.split("\n")) for room in line.split("|") if room.strip()}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
SOURCES = {".h", ".hpp", ".c", ".cpp", ".inc"}
PLUGIN_API = {"dbmux", "describe"}  # the folders of plugin-api/ whose headers only `driver` sees
ALGORITHMS = {"describe/sha256.hpp"}  # but for those that say nothing of plugins


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in SOURCES and path.is_file())


def included(text):
    return INCLUDE.findall(text)


def faults_in_room(room, name, text, folder_files=()):
    """What is wrong with the includes of one file of a room."""
    for quote, target in included(text):
        first = target.split("/")[0]
        if first in PLUGIN_API and "/" in target:
            if room != "driver" and target not in ALGORITHMS:
                yield f"{name}: only the room 'driver' sees the plugin API ({target})"
        elif first in LEVEL and "/" in target:
            if first != room and LEVEL[first] >= LEVEL[room]:
                yield f"{name}: '{room}' does not see '{first}' ({target})"
        elif quote == '"' and ("/" in target or target not in folder_files):
            yield f"{name}: \"{target}\" is of no room; write ROOM/FILE, or <...> for a library"


def faults_in_plugin(name, text):
    for _, target in included(text):
        if target.split("/")[0] in LEVEL and "/" in target or "host/" in target:
            yield f"{name}: a plugin includes nothing of the host ({target})"


def check(faults, label, tally):
    faults = list(faults)
    tally["failed" if faults else "passed"] += 1
    print(f"{'FAILED ' if faults else 'ok     '} {label}")
    for fault in faults:
        print(f"        {fault}")


def planted(tally):
    """Each rule reports a file that breaks it, and only that."""
    cases = [
        ("driver", '#include "mcp/x.hpp"', 1),
        ("query", '#include "schema/x.hpp"', 1),
        ("base", '#include "call/x.hpp"', 1),
        ("query", '#include <dbmux/plugin.h>', 1),
        ("base", '#include "elsewhere/x.hpp"', 1),
        ("base", '#include "../call/x.hpp"', 1),
        ("driver", '#include <dbmux/plugin.h>\n#include "base/x.hpp"\n#include <vector>', 0),
        ("cli", '#include "mcp/x.hpp"\n#include "cli/x.hpp"', 0),
    ]
    wrong = [f"{room} with {text!r}" for room, text, expected in cases
             if len(list(faults_in_room(room, "planted", text))) != expected]
    if len(list(faults_in_plugin("planted", '#include "base/rows.hpp"\n#include <dbmux/plugin.h>'))) != 1:
        wrong.append("a plugin with a host header")
    check(wrong, "planted breaches are reported", tally)


def main():
    top = pathlib.Path(__file__).resolve().parent.parent
    tally = {"passed": 0, "failed": 0}
    planted(tally)
    for folder in sorted(path for path in (top / "host").iterdir() if path.is_dir()):
        room = folder.name
        if room not in LEVEL:
            check([f"host/{room} is not in the table of rooms"], f"room {room}", tally)
            continue
        files = sources(folder)
        names = {path.name for path in files}
        check((fault for path in files
               for fault in faults_in_room(room, path.relative_to(top), path.read_text(), names)),
              f"room {room} ({len(files)} files) includes only what stands above it", tally)
    for folder in ("plugins", "plugin-api", "tests/plugins"):
        check((fault for path in sources(top / folder) if not path.name.endswith("_test.cpp")
               for fault in faults_in_plugin(path.relative_to(top), path.read_text())),
              f"{folder}/ includes nothing of the host", tally)
    print(f"{tally['passed']} passed, {tally['failed']} failed")
    return 1 if tally["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
