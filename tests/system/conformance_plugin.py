"""The conformance plugin behind the installed binary: where it lies, and a process that has loaded it."""

import os
import pathlib

import pytest

from conftest import HERE
from wire import Wire


def plugins():
    """The folder of the plugin, which is built and not installed."""
    builds = [HERE.parents[1] / "build" / preset / "conformance-plugins" for preset in ("release", "dev")]
    given = os.environ.get("DBMUX_CONFORMANCE")
    for folder in [pathlib.Path(given)] if given else builds:
        if (folder / "conformance.so").exists():
            return folder.absolute()
    raise AssertionError("no conformance.so; build plugin_conformance, or name its folder in DBMUX_CONFORMANCE")


def profile_in(folder):
    """The profile as it lies in the sources, where nobody else can write."""
    profile = folder / "conformance.yaml"
    profile.write_bytes((HERE.parent / "conformance/conformance.yaml").read_bytes())
    profile.chmod(0o600)
    return profile


def started(dbmux):
    return Wire(dbmux.unstarted(
        "--stdio", "--profile", profile_in(dbmux.folder), environment={"DBMUX_PLUGIN_PATH": str(plugins())}))


@pytest.fixture(scope="module")
def wire(module_dbmux):
    """One process for both eras: a session has been agreed on, and stateless requests come in between."""
    made = started(module_dbmux)
    made.initialize()
    return made


@pytest.fixture
def fresh(dbmux):
    return started(dbmux)


@pytest.fixture(scope="module")
def identity(module_dbmux):
    version = module_dbmux.run("--version").stdout.split()[1]
    return {"name": "dbmux", "title": "dbmux", "version": version}


def notification(method, params=None):
    return {"method": method} if params is None else {"method": method, "params": params}


def refusal(code, message, data=None):
    error = {"code": code, "message": message}
    return {"error": error if data is None else {**error, "data": data}}
