"""A fresh copy of the fixture to run in, and what has changed in it."""

import hashlib
import os
import pathlib
import shutil
import tempfile

from mcp_client import Session


class Place:
    """A fresh copy of the fixture, and a private home for the process."""

    def __init__(self, scratch, templates, variant, engine):
        self.base = pathlib.Path(tempfile.mkdtemp(dir=scratch))
        self.root = self.base / "root"
        self.runtime = self.base / "runtime"
        self.runtime.mkdir()
        shutil.copytree(templates / variant, self.root, symlinks=True)
        self._close = getattr(engine, "close_place", lambda _root: None)
        getattr(engine, "open_place", lambda _root: None)(self.root)

    def environment(self):
        keep = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "ASAN_OPTIONS", "TSAN_OPTIONS")}
        home = str(self.runtime)
        return {**keep, "HOME": home, "DBMUX_HOME": home, "XDG_CONFIG_HOME": home, "XDG_RUNTIME_DIR": home, "TMPDIR": home}

    def session(self, argv):
        return Session(argv, self.environment(), self.root / "data", self.base / "stderr")

    def files(self, ignore):
        seen = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if name in ignore:
                continue
            if path.is_symlink():
                seen[name] = "-> " + os.readlink(path)
            elif path.is_file():
                seen[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                seen[name] = "folder"
        return seen

    def remove(self):
        self._close(self.root)
        shutil.rmtree(self.base, ignore_errors=True)


class Observed:
    """Everything that an attack may change, before and after."""

    def __init__(self, engine, place):
        self.engine, self.place = engine, place
        self.ignore = engine.left_to_the_engine(place.root)
        self.files = place.files(self.ignore)
        self.schema, self.content = engine.content(place.root)

    def effects(self):
        """What has changed since, as {effect: how}."""
        found = {}
        files = self.place.files(self.ignore)
        added, gone = sorted(set(files) - set(self.files)), sorted(set(self.files) - set(files))
        if added or gone:
            found["folder"] = f"new: {added}, gone: {gone}"
        changed = sorted(name for name in files if name in self.files and files[name] != self.files[name])
        schema, content = self.engine.content(self.place.root)
        if changed or content != self.content:
            found["file"] = f"changed: {changed or 'what the database says'}"
        if schema != self.schema:
            found["schema"] = "the schema changed"
        return {**found, **getattr(self.engine, "observed", lambda _root: {})(self.place.root)}
