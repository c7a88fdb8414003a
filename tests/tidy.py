#!/usr/bin/env python3
"""clang-tidy over every file of ours that a build compiles; exit 1 when it has something to say.

usage: tidy.py BUILD CACHE [--tests]

--tests: those of the tests as well, which takes half as long again.

A file is looked at again only when its text after preprocessing, or a .clang-tidy, changed: CACHE keeps one empty file
for each text that was clean.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
# clang as a compiler is not asked (it rejects some headers that g++ takes), unless it could not read the file at all.
SAID = re.compile(r"\[(bugprone|misc|modernize|performance|readability)-|fatal error:|^Error reading", re.MULTILINE)


def preprocessed(entry):
    words = shlex.split(entry["command"])
    if words[0].endswith("ccache"):
        words = words[1:]
    output = words.index("-o")
    words = words[:output] + words[output + 2:]
    words.remove("-c")
    return subprocess.run([*words, "-E"], cwd=entry["directory"], check=True, capture_output=True).stdout


def look_at(entry, build, cache):
    checks = b"".join(file.read_bytes() for file in (TOP / ".clang-tidy", TOP / "tests/.clang-tidy"))
    key = hashlib.sha256(checks + preprocessed(entry)).hexdigest()[:32]
    if (cache / key).exists():
        return ""
    result = subprocess.run(["clang-tidy-19", "--quiet", "-p", build, entry["file"]], capture_output=True, text=True)
    said = [line for line in (result.stdout + result.stderr).splitlines() if SAID.search(line)]
    if not said:
        (cache / key).touch()
    return "\n".join(said)


def main():
    build, cache = sys.argv[1], pathlib.Path(sys.argv[2])
    cache.mkdir(parents=True, exist_ok=True)
    left_out = ["build"] if "--tests" in sys.argv else ["build", "tests"]
    entries = {}
    for entry in json.loads(pathlib.Path(build, "compile_commands.json").read_text()):
        file = pathlib.Path(entry["file"]).resolve()
        if file.is_relative_to(TOP) and not any(file.is_relative_to(TOP / folder) for folder in left_out):
            entries.setdefault(file, entry)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [text for text in pool.map(lambda entry: look_at(entry, build, cache), entries.values()) if text]
    for line in sorted({line for text in said for line in text.splitlines()}):
        print(line)
    return 1 if said or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
