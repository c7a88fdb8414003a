"""Reads the cases of one engine and refuses a corpus that is not what README.md promises."""

import collections
import pathlib
import re

import yaml

HERE = pathlib.Path(__file__).parent
MOST_OF_ONE_SHAPE = 5
EFFECTS = {"file", "folder", "schema", "reads", "leak", "locks", "state", "time", "memory", "death",
           "notification", "sessions", "running"}
QUERY_FACES = ["execute_query", "execute-query", "execute_update", "execute-update", "explain_query"]
ATTACK_KEYS = {"name", "shape", "effect", "text", "texts", "steps", "params", "through", "answer", "leak", "probe",
               "unguarded", "variant", "open"}
READ_KEYS = {"name", "text", "params", "unordered"}
REPEAT = re.compile(r"<<(\d+) x (.*?)>>", re.S)


class Bad(Exception):
    """The corpus itself is wrong."""


def load(engine, kind):
    path = HERE / engine / f"{kind}.yaml"
    cases = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    check(cases, ATTACK_KEYS if kind == "attacks" else READ_KEYS, path.name)
    if kind == "attacks":
        check_attacks(cases)
    return cases


def check(cases, keys, where):
    names = collections.Counter(case.get("name") for case in cases)
    doubled = [name for name, times in names.items() if times > 1]
    if doubled:
        raise Bad(f"{where}: doubled names: {doubled}")
    for case in cases:
        if set(case) - keys or "name" not in case:
            raise Bad(f"{where}: {case.get('name')}: unknown keys {sorted(set(case) - keys)}")


def check_attacks(cases):
    texts = set()
    for case in cases:
        if len([key for key in ("text", "texts", "steps") if key in case]) != 1:
            raise Bad(f"{case['name']}: one of text, texts, steps")
        if case.get("effect") not in EFFECTS or not case.get("shape"):
            raise Bad(f"{case['name']}: needs a shape and an effect of {sorted(EFFECTS)}")
        if case["effect"] == "state" and "probe" not in case:
            raise Bad(f"{case['name']}: state is seen by a probe")
        essence = str([case.get(key) for key in ("text", "texts", "steps", "params", "variant")])
        if essence in texts:
            raise Bad(f"{case['name']}: the same attack twice")
        texts.add(essence)
    shapes = collections.Counter(case["shape"] for case in cases)
    crowded = {shape: times for shape, times in shapes.items() if times > MOST_OF_ONE_SHAPE}
    if crowded:
        raise Bad(f"more than {MOST_OF_ONE_SHAPE} attacks of one shape: {crowded}")


def filled(value, root):
    """value with <<root>> and <<N x TEXT>> replaced, in lists and maps too."""
    if isinstance(value, str):
        value = value.replace("<<root>>", str(root))
        return REPEAT.sub(lambda match: match[2] * int(match[1]), value)
    if isinstance(value, list):
        return [filled(one, root) for one in value]
    if isinstance(value, dict):
        return {key: filled(one, root) for key, one in value.items()}
    return value


def steps(case, root, faces):
    """What to send: a list of maps with either tool and arguments, or resource."""
    if "steps" in case:
        return filled(case["steps"], root)
    params = {"params": filled(case["params"], root)} if "params" in case else {}
    texts = case.get("texts", [case.get("text")])
    return [
        {"tool": face, "arguments": {"query": filled(text, root), **params}} for face in faces for text in texts
    ]
