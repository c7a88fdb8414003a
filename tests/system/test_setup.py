"""`dbmux setup`: from an address to a client that works, unattended and in a conversation at a terminal."""

import json
import subprocess

import pytest

import sealed_store
from conftest import binary
from terminal import typed

PASSWORD = "postgres-test"
FILES = {"claude": "Claude/claude_desktop_config.json", "vscode": "Code/User/mcp.json", "zed": "zed/settings.json", "cursor": ".cursor/mcp.json"}
KEYS = {"claude": "mcpServers", "vscode": "servers", "zed": "context_servers", "cursor": "mcpServers"}


class Setup:
    def __init__(self, dbmux):
        self.dbmux = dbmux
        self.home = dbmux.home
        self.environment = dict(dbmux.environment)
        self.notes = dbmux.database("notes.db", "CREATE TABLE notes (text); INSERT INTO notes VALUES ('hello');")

    def run(self, *arguments, text="", **environment):
        return subprocess.run([str(binary()), "setup", *map(str, arguments)], env={**self.environment, **environment}, input=text,
                              cwd=self.dbmux.folder, capture_output=True, text=True, timeout=60, check=False)

    def profile(self, name):
        return self.home / "dbmux" / f"{name}.yaml"

    def entry(self, client, name):
        return json.loads((self.home / FILES[client]).read_text(encoding="utf-8"))[KEYS[client]][name]

    def secrets(self):
        return sealed_store.read((self.home / "secrets").read_bytes(), sealed_store.keys_of((self.home / "secrets.key").read_bytes()))

    def files(self):
        return {path: path.read_bytes() for path in self.home.rglob("*") if path.is_file()}

    def answer(self, entry, statement):
        """What a client gets that starts the entry, with nothing of our environment but its own."""
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), **entry.get("env", {})}
        return subprocess.run([entry["command"], "call", *entry["args"][1:], "execute_query", "--arg", f"query={statement}"],
                              env=environment, cwd="/", capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def setup(dbmux):
    return Setup(dbmux)


@pytest.mark.parametrize("client", FILES)
def test_an_address_becomes_a_profile_and_an_entry_that_works(setup, client):
    done = setup.run(f"sqlite:{setup.notes}", "--client", client, "--write")
    assert done.returncode == 0, done.stderr
    assert "notes: reached SQLite" in done.stdout and "read-only" in done.stdout
    assert "Next: restart" in done.stdout and "Which tables are in notes" in done.stdout
    entry = setup.entry(client, "dbmux-notes")
    assert entry["command"] == str(binary().resolve()) and entry["args"] == ["--stdio", "--profile", str(setup.profile("notes"))]
    assert entry.get("type") == ("stdio" if client == "vscode" else None)
    assert "hello" in setup.answer(entry, "SELECT text FROM notes").stdout
    for file in (setup.profile("notes"), setup.home / FILES[client]):
        assert file.stat().st_mode & 0o777 == 0o600
    again = setup.run(f"sqlite:{setup.notes}", "--client", client, "--write")
    assert again.returncode == 0 and "there is already 'dbmux-notes'" in again.stdout
    assert not list(setup.home.rglob("*.bak-*"))


def test_claude_code_gets_the_file_of_the_folder(setup):
    done = setup.run(f"sqlite:{setup.notes}", "--client", "claude-code", "--write")
    assert done.returncode == 0, done.stderr
    assert "dbmux-notes" in json.loads((setup.dbmux.folder / ".mcp.json").read_text(encoding="utf-8"))["mcpServers"]


def test_nothing_of_a_client_is_written_unless_asked(setup):
    done = setup.run(f"sqlite:{setup.notes}", "--client", "cursor")
    assert done.returncode == 0 and not (setup.home / ".cursor").exists()
    printed = next(line for line in done.stdout.splitlines() if line.startswith("{"))
    assert json.loads(printed)["mcpServers"]["dbmux-notes"]["args"][2] == str(setup.profile("notes"))
    every = setup.run(f"sqlite:{setup.notes}", "--print").stdout
    assert all(title in every for title in ("Claude Desktop", "VS Code", "Cursor", "Zed", "claude mcp add dbmux-notes"))


@pytest.mark.parametrize("client", ["zed", "vscode"])
def test_a_client_s_file_keeps_what_is_in_it_and_a_copy_of_what_it_was(setup, client):
    file = setup.home / FILES[client]
    file.parent.mkdir(parents=True)
    before = '// mine\n{\n  "theme": "One", // dark\n  "' + KEYS[client] + '": {\n    /* one */ "other": {"command": "x"},\n  },\n}\n'
    file.write_text(before, encoding="utf-8")
    file.chmod(0o644)
    done = setup.run(f"sqlite:{setup.notes}", "--client", client, "--write")
    assert done.returncode == 0, done.stderr
    after = file.read_text(encoding="utf-8")
    added = [line for line in after.splitlines() if line not in before.splitlines()]
    assert all(line in after.splitlines() for line in before.splitlines()) and '"dbmux-notes": {' in added[0]
    assert file.stat().st_mode & 0o777 == 0o644
    [copy] = file.parent.glob("*.bak-*")
    assert copy.read_text(encoding="utf-8") == before and str(copy) in done.stdout


def test_a_client_s_file_that_is_not_understood_is_left_alone(setup):
    file = setup.home / FILES["cursor"]
    file.parent.mkdir()
    for text in ('{"mcpServers": ', '{"mcpServers": {"dbmux-notes": {"command": "npx"}}}'):
        file.write_text(text, encoding="utf-8")
        done = setup.run(f"sqlite:{setup.notes}", "--client", "cursor", "--write")
        assert done.returncode == 3 and str(file) in done.stderr and '{"mcpServers":{"dbmux-notes":' in done.stderr
        assert file.read_text(encoding="utf-8") == text and len(list(file.parent.iterdir())) == 1


def test_a_second_database_joins_a_profile_with_its_remarks(setup):
    profile = setup.profile("mine")
    profile.parent.mkdir()
    before = f"dbmux: 1  # mine\nconnections:\n  a: {{plugin: sqlite, filename: {setup.notes}}}  # the first\n\n# limits\ndefaults: {{timeout: 20s}}\n"
    profile.write_text(before, encoding="utf-8")
    done = setup.run(f"b=sqlite:{setup.notes}", "-p", "mine", "--print")
    assert done.returncode == 0, done.stderr
    text = profile.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line in before.splitlines()] == before.splitlines() and "\n  b:\n" in text
    [copy] = profile.parent.glob("mine.yaml.bak-*")
    assert copy.read_text(encoding="utf-8") == before
    checked = subprocess.run([str(binary()), "profile", "check", str(profile)], env=setup.environment, capture_output=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stdout
    other = setup.run(f"b=sqlite:{setup.dbmux.database('other.db')}", "-p", "mine", "--print")
    assert other.returncode == 3 and "mine.yaml:4: 'b' is there with other settings" in other.stderr
    assert profile.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("arguments, code, said", [
    ([], 2, "setup needs a DSN where nobody can be asked"),
    (["nosuch://x"], 2, "no plugin serves 'nosuch:'"),
    (["sqlite:/nowhere/x.db"], 5, "othing was written"),
    (["sqlite:NOTES", "--name", "a b"], 2, "is not a name for a connection"),
    (["postgres://me@127.0.0.1:1/x"], 5, "othing was written"),
])
def test_what_does_not_work_leaves_nothing_behind(setup, arguments, code, said):
    done = setup.run(*(argument.replace("NOTES", str(setup.notes)) for argument in arguments))
    assert done.returncode == code and said in done.stderr, done.stderr
    assert not setup.files()


def given_in_the_address(address):
    return ["-"], f"shop=postgres://postgres:{PASSWORD}@{address}/postgres\n", {}


def given_in_a_variable(address):
    return [f"shop=postgres://postgres@{address}/postgres"], "", {"PGPASSWORD": PASSWORD}


@pytest.mark.parametrize("given", [given_in_the_address, given_in_a_variable])
def test_a_password_goes_into_the_sealed_store_and_nowhere_else(setup, postgres, given):
    arguments, text, environment = given(postgres)
    done = setup.run(*arguments, "--client", "cursor", "--write", "--log-level", "debug", text=text, **environment)
    assert done.returncode == 0, done.stderr
    assert "shop: reached PostgreSQL" in done.stdout and " as postgres; the session is read-only" in done.stdout
    assert setup.secrets() == {"shop": PASSWORD}
    assert PASSWORD not in done.stdout + done.stderr
    assert [path for path, content in setup.files().items() if PASSWORD.encode() in content] == []
    assert 'secret: "store:shop"' in setup.profile("shop").read_text(encoding="utf-8")
    entry = setup.entry("cursor", "dbmux-shop")
    assert entry["env"] == {"DBMUX_HOME": str(setup.home)}
    assert "42" in setup.answer(entry, "SELECT 6 * 7 AS n").stdout


def test_a_refused_password_is_said_and_nothing_is_kept(setup, postgres):
    done = setup.run("-", text=f"postgres://postgres:wrong-7Q@{postgres}/postgres\n")
    assert done.returncode == 5 and "othing was written" in done.stderr and "wrong-7Q" not in done.stderr
    assert "refused the password of 'postgres' (28P01)" in done.stderr and "give the whole DSN on standard input: dbmux setup -" in done.stderr
    assert not setup.files()
    done = setup.run(f"postgres://postgres:wrong-7Q@{postgres}/postgres")
    assert "other users see this password in the list of processes" in done.stderr and "wrong-7Q" not in done.stderr


def test_a_secret_of_that_name_is_not_written_over(setup, postgres):
    subprocess.run([str(binary()), "secret", "set", "shop"], env=setup.environment, input="older", text=True, check=True, capture_output=True)
    done = setup.run("-", "--print", text=f"shop=postgres://postgres:{PASSWORD}@{postgres}/postgres\n")
    assert done.returncode == 0, done.stderr
    assert setup.secrets() == {"shop": "older", "shop.2": PASSWORD}
    assert 'secret: "store:shop.2"' in setup.profile("shop").read_text(encoding="utf-8")


def test_a_new_password_takes_the_place_of_the_old_one(setup, postgres):
    dsn = f"shop=postgres://postgres:{PASSWORD}@{postgres}/postgres\n"
    assert setup.run("-", "--print", text=dsn).returncode == 0
    subprocess.run([str(binary()), "secret", "set", "shop"], env=setup.environment, input="outdated", text=True, check=True, capture_output=True)
    done = setup.run("-", "--print", text=dsn)
    assert done.returncode == 0, done.stderr
    assert setup.secrets() == {"shop": PASSWORD}


def test_a_person_is_asked_for_what_is_missing(setup, postgres):
    host, port = postgres.host, str(postgres.port)
    argv = [str(binary()), "setup"]
    code, shown = typed(argv, setup.environment, [
        ("Which database?", b"postgre\n", False), ("Which database?", b"postgres\n", False), ("Host", host.encode() + b"\n", False),
        ("Port", port.encode() + b"\n", False), ("Database", b"postgres\n", False), ("User", b"postgres\n", False),
        ("Name of this connection (postgres)", b"shop\n", False), ("Password", b"wrong\n", True), ("Password", PASSWORD.encode() + b"\n", True),
        ("What is in it?", b"Orders since 2019\n", False), ("Which client?", b"cursor\n", False), ("Write the entry", b"\n", False)])
    assert code == 0, shown
    assert "did you mean postgres?" in shown and "Next: restart Cursor" in shown and PASSWORD not in shown
    assert setup.secrets() == {"shop": PASSWORD}
    assert 'description: "Orders since 2019"' in setup.profile("shop").read_text(encoding="utf-8")
    assert "42" in setup.answer(setup.entry("cursor", "dbmux-shop"), "SELECT 6 * 7 AS n").stdout


def test_a_person_may_look_at_the_entries_instead(setup):
    code, shown = typed([str(binary()), "setup"], setup.environment, [
        ("Which database?", b"sqlite\n", False), ("File", str(setup.notes).encode() + b"\n", False), ("Name", b"\n", False),
        ("What is in it?", b"\n", False), ("Which client?", b"\n", False)])
    assert code == 0 and "claude mcp add dbmux-notes" in shown, shown
    code, shown = typed([str(binary()), "setup", f"sqlite:{setup.notes}", "--client", "cursor"], setup.environment, [("Write the entry", b"n\n", False)])
    assert code == 0 and "add this to" in shown and not (setup.home / ".cursor").exists()


def test_the_entry_of_a_profile_that_is_there_needs_no_address(setup):
    done = setup.run("--profile", "local", "--print")
    assert done.returncode == 0, done.stderr
    entries = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [entry[next(iter(entry))]["dbmux"]["args"] for entry in entries] == [["--stdio", "--profile", "local"]] * 4
    assert setup.run("--profile", "nosuch", "--print").returncode == 3
