#!/usr/bin/env python3
"""Runs the read-only corpus of one engine through dbmux. What is compared, and why, stands in README.md.

usage: run.py ENGINE [--dbmux PATH] [--only PATTERN] [--jobs N] [--self-test]
"""

import argparse
import concurrent.futures
import fnmatch
import importlib.util
import math
import os
import pathlib
import re
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # each folder here is an engine

try:
    import cases as corpus
except ImportError as missing:
    sys.exit(f"{missing}: PyYAML is needed (Debian: apt install python3-yaml)")
from mcp_client import NoAnswer
from place import Observed, Place

HERE = pathlib.Path(__file__).parent
UNGUARDED_SECONDS = 1.5   # an attack on time counts as shown when nothing has come by then
GUARDED_SECONDS = 10      # the profile allows 2 s; the rest is for a loaded machine
SHOWN_BYTES = 256 << 20   # an attack on memory counts as shown from this growth on
ALLOWED_BYTES = 192 << 20  # the growth that dbmux may have at any time
QUIET_SECONDS = 0.5       # afterwards the process is watched for as long
MARKER = "SECRET-MARKER"


def load_engine(name):
    path = HERE / name / "engine.py"
    if not path.is_file():
        sys.exit(f"no engine {name}: {path} does not exist")
    spec = importlib.util.spec_from_file_location(f"{name}_engine", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Runner:
    def __init__(self, engine, dbmux, scratch):
        self.engine, self.dbmux, self.scratch = engine, dbmux, scratch
        # who logs in; the engine without users has nobody
        self.logins = [(login,) for login in getattr(engine, "LOGINS", ())][:None if dbmux else 1] or [()]
        self.seconds = GUARDED_SECONDS if dbmux else UNGUARDED_SECONDS
        self.templates = scratch / "templates"
        self.templates.mkdir()
        engine.build(self.templates)

    def guarded_command(self, place, case, *login):
        if self.dbmux is None:  # the self-test: nothing is guarded
            return self.engine.unguarded(place.root, case)
        if case.get("open") == "dsn":
            return [self.dbmux, "--stdio", self.engine.dsn(place.root, *login)]
        profile = place.runtime / "corpus.yaml"
        profile.write_text(self.engine.profile(place.root, *login), encoding="utf-8")
        profile.chmod(0o600)
        return [self.dbmux, "--stdio", "--profile", str(profile)]

    # ---- attacks ---------------------------------------------------------------------------------------------

    def attack(self, case):
        """The reasons why the case failed; none when it passed."""
        place = Place(self.scratch, self.templates, case.get("variant", self.engine.VARIANTS[0]), self.engine)
        try:
            found = self.unguarded_attack(place, case)
            if case["effect"] not in found:
                return [f"has no effect '{case['effect']}' on an unguarded handle; it shows {found or 'nothing'}"]
        finally:
            place.remove()
        place = Place(self.scratch, self.templates, case.get("variant", self.engine.VARIANTS[0]), self.engine)
        try:
            return [reason for login in self.logins for reason in self.guarded_attack(place, case, *login)]
        except NoAnswer as silent:
            return [f"{silent}; stderr: {tail(place.base / 'stderr')}"]
        finally:
            place.remove()

    def unguarded_attack(self, place, case):
        before = Observed(self.engine, place)
        session = place.session(self.engine.unguarded(place.root, case))
        found, answers = {}, []
        try:
            session.initialize()
            memory, probe = session.peak_memory(), self.probe(session, case)
            try:
                for step in corpus.steps(case, place.root, case.get("through", corpus.QUERY_FACES)[:1]):
                    seconds = UNGUARDED_SECONDS if case["effect"] == "time" else 60
                    answers.append(self.step(session, step, seconds))
                if self.probe(session, case) != probe:
                    found["state"] = "the probe answers differently"
                if self.engine.locked(place.root):
                    found["locks"] = "a second connection is locked out"
            except NoAnswer as silent:
                found["time" if session.process.poll() is None else "death"] = str(silent)
            if session.peak_memory() - memory > SHOWN_BYTES:
                found["memory"] = f"grew by {(session.peak_memory() - memory) >> 20} MiB"
        finally:
            session.kill() if "time" in found else session.close()
        return {**found, **leaks(case, answers), **before.effects()}

    def guarded_attack(self, place, case, *login):
        before = Observed(self.engine, place)
        session = place.session(self.guarded_command(place, case, *login))
        try:
            reasons = self.watch(session, place, case)
        except NoAnswer:
            session.kill()
            raise
        code = session.close()
        if code != 0:
            reasons.append("had to be killed at end of input" if code is None else f"ended with {code}")
        if session.impure:
            reasons.append(f"not protocol on stdout: {session.impure[0]!r}")
        reasons += [f"{effect}: {how}" for effect, how in before.effects().items()]
        return [f"as {login[0]}: {reason}" if login else reason for reason in reasons]

    def watch(self, session, place, case):
        reasons, answers = [], []
        session.initialize()
        memory, probe = session.peak_memory(), self.probe(session, case)
        if probe[0] != self.engine.CONTROL[1]:
            return [f"the control query answers {probe[0]}"]
        for step in corpus.steps(case, place.root, case.get("through", corpus.QUERY_FACES)):
            answer = self.step(session, step, self.seconds)
            answers.append(answer)
            wanted = step.get("answer", case.get("answer", "any" if step.get("tool") == "explain_query" else "error"))
            if wanted == "error" and not answer.is_error:
                reasons.append(f"{step.get('tool', 'resource')} answered {answer.text[:160]!r} instead of an error")
        if case["effect"] in ("time", "memory"):
            reasons += quiet(session)
        grown = session.peak_memory() - memory
        if grown > ALLOWED_BYTES:
            reasons.append(f"memory: grew by {grown >> 20} MiB")
        reasons += [f"{effect}: {how}" for effect, how in leaks(case, answers).items()]
        if self.probe(session, case) != probe:
            reasons.append("state: the probe answers differently")
        if self.engine.locked(place.root):
            reasons.append("locks: a second connection is locked out")
        return reasons

    def step(self, session, step, seconds):
        if "resource" in step:
            return session.read(step["resource"], seconds)
        return session.call(step["tool"], step["arguments"], seconds)

    def probe(self, session, case):
        """What honest questions are answered: the engine's control, and the case's own."""
        texts = [self.engine.CONTROL[0]] + ([case["probe"]] if "probe" in case else [])
        answers = [session.call("execute_query", {"query": text}) for text in texts]
        return [answer.text if answer.is_error else answer.json()["rows"] for answer in answers]

    # ---- honest reads ----------------------------------------------------------------------------------------

    def reads(self, chosen, *flags):
        """(case, reasons) of all reads, of each login in one session on one copy."""
        return [result for login in self.logins for result in self.reads_of(login, chosen, *flags)]

    def reads_of(self, login, chosen, *flags):
        place = Place(self.scratch, self.templates, self.engine.VARIANTS[0], self.engine)
        before = Observed(self.engine, place)
        command = self.engine.unguarded(place.root, {}, *flags) if self.dbmux is None else self.guarded_command(place, {}, *login)
        session = place.session(command)
        results = []
        try:
            session.initialize()
            for case in chosen:
                try:
                    results.append((named(case, login), self.read(session, place, case, *login)))
                except (NoAnswer, RuntimeError, ValueError, KeyError, TypeError) as error:
                    results.append((named(case, login), [f"{type(error).__name__}: {error}"]))
            session.close()
            changes = [f"{effect}: {how}" for effect, how in before.effects().items()]
            results.append(({"name": "the honest reads together change nothing"}, changes))
        finally:
            session.kill()
            place.remove()
        return results

    def read(self, session, place, case, *login):
        text = corpus.filled(case["text"], place.root)
        params = {"params": case["params"]} if "params" in case else {}
        columns, rows = self.engine.reference(place.root, text, case.get("params"), *login)
        answer = session.call("execute_query", {"query": text, "limit": 1000, **params})
        if answer.is_error:
            return [f"refused: {answer.text[:200]}"]
        got = answer.json()
        if rows and got["columns"] != columns:
            return [f"columns {got['columns']} instead of {columns}"]
        reasons = [] if got["truncated"] is False else ["cut"]
        reasons += differences(got["rows"], rows)
        if rows and len(set(columns)) == len(columns):
            answer = session.call("execute-query", {"query": text, "connectionId": "shop", **params})
            objects = answer.json() if not answer.is_error else answer.text
            if answer.is_error or [list(row) for row in objects] != [columns] * min(len(rows), len(objects)):
                reasons.append(f"execute-query answered {answer.text[:120]!r}")
            else:
                reasons += ["execute-query: " + one for one in differences([list(row.values()) for row in objects], rows[:len(objects)])]
        return reasons


def named(case, login):
    return dict(case, name=f"{case['name']}, as {login[0]}") if login else case


def leaks(case, answers):
    found = {}
    for answer in answers:
        if MARKER in answer.whole():
            found["reads"] = f"the answer holds the marker: {answer.text[:120]!r}"
        if "leak" in case and re.search(case["leak"], answer.text, re.S):
            found["leak"] = f"the answer gives away {case['leak']!r}: {answer.text[:120]!r}"
    return found


def quiet(session):
    """A statement that was stopped does not go on in the background; it may take a moment to notice."""
    for _ in range(4):
        used = session.cpu_seconds()
        time.sleep(QUIET_SECONDS)
        used = session.cpu_seconds() - used
        if used < QUIET_SECONDS / 20:
            return []
    return [f"still computing after its answer: {used:.2f} s of CPU in {QUIET_SECONDS} s"]


def differences(got, wanted):
    if len(got) != len(wanted):
        return [f"{len(got)} rows instead of {len(wanted)}"]
    for at, (mine, theirs) in enumerate(zip(got, wanted)):
        if len(mine) != len(theirs) or not all(same(*pair) for pair in zip(mine, theirs)):
            return [f"row {at + 1}: {str(mine)[:200]} instead of {str(theirs)[:200]}"]
    return []


def same(mine, theirs):
    if isinstance(theirs, float) and isinstance(mine, (int, float)):
        # The shell prints 20 digits, of which the last ones are not always right: one step of a double is allowed.
        return mine == theirs or abs(mine - theirs) <= math.ulp(theirs)
    return type(mine) is type(theirs) and mine == theirs


def tail(path):
    return path.read_bytes()[-300:].decode("utf-8", "replace").strip()


def chosen(cases, pattern):
    return [case for case in cases if fnmatch.fnmatch(case["name"], f"*{pattern}*")]


def run_all(runner, attacks, reads, jobs, *flags):
    """(name, reasons) of each case as it is known, in the order of the files."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = [(f"attacks/{case['name']}", pool.submit(runner.attack, case)) for case in attacks]
        read = pool.submit(runner.reads, reads, *flags) if reads else None
        yield from ((name, outcome(future)) for name, future in running)
        if read:
            yield from ((f"reads/{case['name']}", reasons) for case, reasons in read.result())


def outcome(future):
    try:
        return future.result()
    except Exception as error:  # one case that breaks the runner does not hide the others
        return [f"{type(error).__name__}: {error}"]


def self_test(runner, attacks, reads, jobs):
    """Every attack must be reported against a server that guards nothing, every read against one that errs."""
    results = []
    for name, reasons in run_all(runner, attacks, reads, jobs, "--wrong-cell"):
        if name == "reads/the honest reads together change nothing":
            continue
        missed = not reasons or any("has no effect" in reason for reason in reasons)
        results.append((name, [f"was not reported: {reasons}"] if missed else []))
    plain = [case for case in reads if "params" not in case]  # the server that guards nothing binds no parameters
    refused = [f"{case['name']}: {reasons}" for case, reasons in runner.reads(plain) if reasons]
    results.append(("reads against a server that answers rightly pass", refused))
    harmless = {"name": "harmless", "shape": "none", "effect": "file", "text": "SELECT 1"}
    noticed = any("has no effect" in reason for reason in runner.attack(harmless))
    results.append(("an attack without effect is reported", [] if noticed else ["it was not"]))
    six = [dict(harmless, name=str(i), text=f"SELECT {i}") for i in range(corpus.MOST_OF_ONE_SHAPE + 1)]
    try:
        corpus.check_attacks(six)
        results.append(("a sixth attack of one shape is refused", ["it was not"]))
    except corpus.Bad:
        results.append(("a sixth attack of one shape is refused", []))
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine")
    parser.add_argument("--dbmux", default=os.environ.get("DBMUX", str(HERE.parents[1] / "build/dist/bin/dbmux")))
    parser.add_argument("--only", default="", metavar="PATTERN")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    engine = load_engine(options.engine)
    try:
        attacks, reads = (corpus.load(options.engine, kind) for kind in ("attacks", "reads"))
    except corpus.Bad as bad:
        sys.exit(f"the corpus is wrong: {bad}")
    if not options.self_test and not os.access(options.dbmux, os.X_OK):
        sys.exit(f"no dbmux at {options.dbmux}")
    attacks, reads = chosen(attacks, options.only), chosen(reads, options.only)
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        runner = Runner(engine, None if options.self_test else os.path.abspath(options.dbmux), pathlib.Path(scratch))
        run = self_test if options.self_test else run_all
        passed = failed = 0
        try:
            for name, reasons in run(runner, attacks, reads, options.jobs):
                passed, failed = passed + (not reasons), failed + bool(reasons)
                if reasons:
                    print(f"FAIL {name}: {'; '.join(reasons)}".replace("\n", "\\n"), flush=True)
        finally:
            getattr(engine, "remove_all", lambda: None)()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
