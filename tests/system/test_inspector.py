"""mcp-inspector --cli against the installed binary: strict about every schema in both eras, and each method once."""

import json
import subprocess

import pytest

from conformance_plugin import plugins, profile_in
from conformance_table import ANSWERED, PROMPTS, RESOURCES, TEMPLATE
from conftest import binary, cache, node_program, profile_of

ERAS = ["legacy", "modern"]
KEPT_BY_THE_CLIENT = ("_meta", "resultType", "ttlMs", "cacheScope")


@pytest.fixture(scope="module")
def inspect(module_dbmux):
    """Runs the inspector on a profile; what it printed, and what it complained of."""
    packages = cache() / "node/node_modules"

    def run(profile, era, *arguments):
        argv = [
            node_program(), packages / ".bin/mcp-inspector", "--cli", binary(), "--stdio", "--profile", profile,
            "-e", f"DBMUX_PLUGIN_PATH={plugins()}", "-e", f"DBMUX_HOME={module_dbmux.home}", "--protocol-era", era,
            "--format", "json", "-q", *arguments]
        done = subprocess.run(
            list(map(str, argv)), env=module_dbmux.environment, cwd=module_dbmux.folder, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture(scope="module")
def conformance(module_dbmux):
    return profile_in(module_dbmux.folder)


@pytest.fixture(scope="module")
def everything(module_dbmux):
    """A profile that lists every tool there is, under both of its names."""
    module_dbmux.database("shop.db")
    module_dbmux.database("notes.db", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);")
    return module_dbmux.profile(profile_of(module_dbmux.folder))


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("profile", ["conformance", "everything"])
def test_it_finds_nothing_to_say_about_any_schema(inspect, request, profile, era):
    code, out, complaints = inspect(request.getfixturevalue(profile), era, "--method", "tools/list", "--strict")
    assert (code, complaints) == (0, "")
    assert len(json.loads(out)["result"]["tools"]) >= 20


def of_protocol(value):
    return {key: one for key, one in value.items() if key not in KEPT_BY_THE_CLIENT}


@pytest.mark.parametrize("arguments, holds", [
    (["prompts/list"], {"prompts": PROMPTS}),
    (["resources/list"], {"resources": RESOURCES}),
    (["resources/templates/list"], {"resourceTemplates": [TEMPLATE]}),
    (["tools/call", "--tool-name", "test_multiple_content_types"], ANSWERED["test_multiple_content_types"][1]),
    (["resources/read", "--uri", "test://static-binary"], ANSWERED["test://static-binary"][1]),
    (
        ["prompts/get", "--prompt-name", "test_prompt_with_arguments", "--prompt-args", "arg1=hello", "arg2=world"],
        ANSWERED["test_prompt_with_arguments"][1]),
], ids=lambda value: value[0] if isinstance(value, list) else "")
def test_it_reads_each_method(inspect, conformance, arguments, holds):
    code, out, complaints = inspect(conformance, "auto", "--method", *arguments)
    assert (code, complaints) == (0, "")
    result = of_protocol(json.loads(out)["result"])
    assert list(result) == list(holds)
    for key, entries in holds.items():
        if key == "description":
            assert result[key] == entries
        else:
            assert [entry for entry in result[key] if entry in entries] == entries


@pytest.mark.parametrize("tool", ["test_error_handling", "no_such_tool"])
def test_it_tells_an_error_of_a_tool_by_its_exit_code(inspect, conformance, tool):
    code, out, complaints = inspect(conformance, "auto", "--method", "tools/call", "--tool-name", tool)
    assert code == 5, (out, complaints)
