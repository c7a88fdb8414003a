"""`dbmux doctor`: everything that a connection needs, in order, each failure with the next step and its exit code."""

import json
import socket
import subprocess

import pytest

from conftest import binary, compact, copy_of_installation


class Doctor:
    def __init__(self, dbmux):
        self.dbmux = dbmux
        self.folder = dbmux.folder

    def run(self, *arguments, program=None, **environment):
        return subprocess.run([program or binary(), "doctor", *map(str, arguments)], env={**self.dbmux.environment, **environment}, cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)

    def checks(self, *arguments, of=None, **options):
        """(exit code, the checks by name) of one part, or of all."""
        done = self.run(*arguments, "--json", **options)
        result = json.loads(done.stdout)
        worst = {"fail"} & {check["status"] for check in result["checks"]} or {"warn"} & {check["status"] for check in result["checks"]} or {"ok"}
        assert {result["status"]} == worst and (done.returncode == 0) == (worst != {"fail"})
        for check in result["checks"]:
            assert check["status"] == "ok" or check.get("next"), f"no next step: {check}"
        return done.returncode, {check["check"]: check for check in result["checks"] if of in (None, check["of"])}

    def file(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path


@pytest.fixture
def doctor(dbmux):
    return Doctor(dbmux)


def failed(checks):
    [check] = [check for check in checks.values() if check["status"] == "fail"]
    return check


def test_a_file_is_looked_at_from_its_options_to_its_structure(doctor):
    code, checks = doctor.checks(f"shop=sqlite:{doctor.dbmux.database('shop.db')}", of="shop")
    assert code == 0 and {check["status"] for check in checks.values()} == {"ok"}
    assert list(checks)[:6] == ["options", "file", "login", "server", "rights", "read-only"] and "file structure" in checks
    assert checks["read-only"]["text"] == "a write was refused by parser; a read is held by parser, session, file"
    assert list(doctor.dbmux.home.iterdir()) == [], "a look changes nothing"


def test_an_empty_database_is_proven_read_only_too(doctor):
    _, checks = doctor.checks(f"sqlite:{doctor.dbmux.database('empty.db', 'SELECT 1;')}")
    assert checks["read-only"]["text"].startswith("a write was refused by parser; a read is held by ")


@pytest.fixture(scope="session")
def roles(postgres):
    postgres.run("CREATE ROLE careful LOGIN PASSWORD 'careful-7Q'", "CREATE ROLE careless LOGIN PASSWORD 'careless-7Q'",
                 "CREATE TABLE IF NOT EXISTS written (a int)", "GRANT INSERT ON written TO careless", "REVOKE CREATE ON SCHEMA public FROM public")
    return postgres


def test_a_server_is_looked_at_from_its_name_to_its_tls(doctor, roles):
    code, checks = doctor.checks(f"erp=postgres://careful@localhost:{roles.port}/postgres?ssl=verify-full&sslCa={roles.authority}",
                                 of="erp", PGPASSWORD="careful-7Q")
    assert code == 0 and sorted(list(checks)[1:3]) == ["file", "password"]
    assert list(checks)[3:10] == ["name", "port", "login", "server", "rights", "read-only", "TLS"] and checks["locks"]["text"] == "nobody waits"
    said = {name: check["text"] for name, check in checks.items()}
    assert said["password"] == "from env:PGPASSWORD" and said["name"].startswith("localhost is ") and said["port"] == f"127.0.0.1 answers on {roles.port}"
    assert said["login"] == "as 'careful'" and said["server"].startswith("PostgreSQL ") and said["rights"] == "'careful' may only read"
    assert said["read-only"] == "a write was refused by parser; a read is held by parser, session, transaction, rollback"
    assert said["TLS"].startswith("TLSv1.3, ") and said["TLS"].endswith("; issuer and name of the server are checked")


@pytest.mark.parametrize("user, said", [("careless", "'careless' may write; only dbmux holds it back"), ("postgres", "'postgres' is a superuser")])
def test_a_login_that_may_more_than_read_is_a_warning(doctor, roles, user, said):
    password = roles.password if user == "postgres" else f"{user}-7Q"
    code, checks = doctor.checks(f"erp=postgres://{user}@{roles}/postgres?ssl=disable", of="erp", PGPASSWORD=password)
    assert code == 0 and checks["rights"]["status"] == "warn" and checks["rights"]["text"] == said
    assert checks["TLS"]["text"] == "none, and none is needed on this machine" and "name" not in checks


@pytest.mark.parametrize("address, check, said, way", [
    ("sqlite:{folder}/gone.db", "login", "gone.db does not exist", "Correct it in the DSN"),
    ("sqlite:{folder}", "login", "is a folder, not a database file", "Correct it in the DSN"),
    ("sqlite:{folder}/text", "login", "is not a SQLite database", "Correct it in the DSN"),
    ("postgres://careful@127.0.0.1:1/postgres", "port", "nothing listens on 127.0.0.1:1", "?"),
    ("postgres://careful@nosuch.invalid/postgres", "name", "'nosuch.invalid' is not known", "Is it spelt right?"),
    ("postgres://careful:careful-7Q@{server}/nosuch", "login", 'database "nosuch" does not exist', "Correct the option database"),
    ("postgres://careful:wrong-7Q@{server}/postgres", "login", "refused the password of 'careful' (28P01). It stands in the profile or in the URL.",
     "Is it the right password"),
    ("postgres://careful@{server}/postgres", "login", "the server asks for a password. No password is configured.", "dbmux setup asks for it"),
    ("postgres://careful@{silent}/postgres?connectTimeout=1", "login", "no session within 1 s", "Look at the server"),
])
def test_what_cannot_be_reached_ends_at_the_step_that_fails(doctor, roles, address, check, said, way):
    doctor.file("text", "no database\n" * 100)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = address.format(folder=doctor.folder, server=roles, silent=f"127.0.0.1:{silent.getsockname()[1]}")
        code, checks = doctor.checks(f"erp={place}", of="erp")
    found = failed(checks)
    assert code == 5 and (found["check"], list(checks)[-1]) == (check, check) and said in found["text"]
    assert way in found["next"] or "container" in found["next"]
    assert "wrong-7Q" not in str(checks)


def profile_with(password, server):
    return ("dbmux: 1\nconnections:\n  erp:\n    plugin: postgres\n    host: 127.0.0.1\n"
            f"    port: {server.port}\n    user: careful\n    password: {password}\n    database: postgres\n")


@pytest.mark.parametrize("password, code, said, way", [
    ('{secret: "file:FOLDER/open"}', 3, "open can be used by others (mode 0644); chmod 600 ", "look again: dbmux doctor erp"),
    ('{secret: "file:FOLDER/none"}', 5, "there is no secret in file:", "Set it, or name another source."),
    ('{secret: "env:NOT_SET_HERE"}', 5, "prof.yaml:8:", "Set it, or name another source."),
    ('{secret: "store:erp"}', 5, "there is no secret in store:erp", "Set it with: dbmux secret set erp"),
])
def test_a_secret_that_cannot_be_had_is_told_with_its_place(doctor, roles, password, code, said, way):
    doctor.file("open", "careful-7Q\n", 0o644)
    profile = doctor.file("prof.yaml", profile_with(password.replace("FOLDER", str(doctor.folder)), roles))
    result, checks = doctor.checks("erp", "-p", profile)
    assert (result, failed(checks)["check"]) == (code, "password")
    assert said in failed(checks)["text"] and way in failed(checks)["next"]


def test_a_password_from_the_sealed_store_or_a_private_file_logs_in(doctor, roles):
    subprocess.run([binary(), "secret", "set", "erp"], env=doctor.dbmux.environment, input="careful-7Q", text=True, check=True, capture_output=True)
    doctor.file("private", "careful-7Q\n")
    for source in ("store:erp", f"file:{doctor.folder}/private"):
        code, checks = doctor.checks("erp", "-p", doctor.file("prof.yaml", profile_with(compact({"secret": source}), roles)))
        assert code == 0 and checks["password"]["text"] == f"from {source}" and checks["login"]["text"] == "as 'careful'"
    assert checks["secrets"]["text"] == f"{doctor.dbmux.home}/secrets (0600)" and checks["secrets.key"]["status"] == "ok"


@pytest.mark.parametrize("text, check, said", [
    ("dbmux: 1\nconnections: [\n", "format", "prof.yaml:3:1: not valid YAML"),
    ("dbmux: 1\nconnections:\n  erp: {plugin: sqlite, filename: x, acces: read-only}\n", "options", "did you mean 'access'?"),
    ("dbmux: 1\nconnections:\n  erp: {plugin: sqlite}\n", "options", "'filename' is missing"),
    ("dbmux: 1\nlimit: 3\nconnections: {}\n", "format", "limit: unknown key"),
])
def test_a_broken_profile_is_told_with_its_place(doctor, text, check, said):
    profile = doctor.file("prof.yaml", text)
    code, checks = doctor.checks("-p", profile)
    assert code == 3 and failed(checks)["check"] == check and said in failed(checks)["text"]
    assert "look again: dbmux " in failed(checks)["next"]


def test_a_profile_that_is_not_there_and_a_wrong_name_are_told(doctor):
    code, checks = doctor.checks("-p", "nosuch")
    assert code == 3 and failed(checks)["check"] == "found" and "there are: " in failed(checks)["text"]
    done = doctor.run("nosuch")
    assert done.returncode == 2 and "connectionId 'nosuch' unknown; there " in done.stderr
    assert doctor.run("a", "b").returncode == 2


def test_a_variable_that_is_not_set_disables_one_connection_and_warns(doctor):
    path = doctor.dbmux.database("shop.db")
    profile = doctor.file("prof.yaml", f"dbmux: 1\nconnections:\n  a: {{plugin: sqlite, filename: {path}}}\n  b: {{plugin: sqlite, filename: '${{NOT_SET}}'}}\n")
    code, checks = doctor.checks("-p", profile)
    assert code == 0 and checks["enabled"]["status"] == "warn" and "NOT_SET is not set, so 'b' is disabled" in checks["enabled"]["text"]


def test_what_others_may_read_or_write_is_told_with_the_command_that_mends_it(doctor):
    subprocess.run([binary(), "secret", "set", "erp"], env=doctor.dbmux.environment, input="x", text=True, check=True, capture_output=True)
    profile = doctor.file("prof.yaml", f"dbmux: 1\nconnections:\n  a: {{plugin: sqlite, filename: {doctor.dbmux.database('shop.db')}}}\n")
    key, home = doctor.dbmux.home / "secrets.key", doctor.dbmux.home
    key.chmod(0o640)
    code, checks = doctor.checks("-p", profile)
    assert code == 0 and (checks["secrets.key"]["status"], checks["secrets.key"]["next"]) == ("warn", f"chmod go-rwx {key}")
    key.chmod(0o622)
    home.chmod(0o777)
    profile.chmod(0o666)
    code, checks = doctor.checks("-p", profile)
    assert code == 3 and checks["secrets.key"]["next"] == f"chmod go-w {key}" and checks["folder"]["next"] == f"chmod go-w {home}"
    assert "everybody can write to this file" in checks["format"]["text"]


def test_a_plugin_that_is_broken_fails_only_where_it_is_needed(doctor):
    program = copy_of_installation(doctor.folder / "installed")
    folder = program.parents[1] / "lib/dbmux/plugins"
    (folder / "postgres.so").write_bytes(b"")
    profile = doctor.file("prof.yaml", f"dbmux: 1\nconnections:\n  a: {{plugin: sqlite, filename: {doctor.dbmux.database('shop.db')}}}\n")
    code, checks = doctor.checks("-p", profile, program=program)
    assert code == 0 and checks["postgres"]["status"] == "warn" and checks["sqlite"]["status"] == "ok"
    profile.write_text("dbmux: 1\nconnections:\n  a: {plugin: postgres, host: 127.0.0.1}\n  b: {plugin: oracle}\n", encoding="ascii")
    code, checks = doctor.checks("-p", profile, program=program)
    assert code == 4 and checks["postgres"]["status"] == "fail" and "plugin 'oracle' is not installed; there are: " in checks["plugin"]["text"]
    for file in folder.glob("*.*"):
        file.unlink()
    code, checks = doctor.checks("-p", profile, program=program)
    assert code == 4 and checks["found"]["text"] == f"no plugin is installed in {folder}"


def test_a_person_sees_a_column_of_checks_and_a_sum(doctor):
    done = doctor.run(f"shop=sqlite:{doctor.folder}/gone.db")
    assert done.returncode == 5 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "plugins" and lines[2] == "shop (sqlite, read-only)"
    assert lines[3] == "  ok    options  complete, command line" and lines[4].startswith("  FAIL  login    ")
    assert lines[5] == " " * 17 + "Correct it in the DSN, then look again." and lines[6:] == ["1 check failed"]
