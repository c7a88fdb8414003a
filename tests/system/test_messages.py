"""The ten commonest mistakes, and what dbmux says to each: where it is, and what mends it."""

import os
import pathlib
import re
import subprocess

import pytest

from conftest import HERE, binary, copy_of_installation

HEADER = HERE.parents[1] / "plugin-api/include"
CONTAINED = any(pathlib.Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiIwIn0.c2lnbmF0dXJl"


def error_of(session, tool="list_tables", **arguments):
    answer = session.call(tool, arguments)
    assert answer.is_error, answer.text
    return answer.json()["error"]


def doctors(dbmux, *arguments, program=None, **environment):
    """What `dbmux doctor` prints, without its columns, and its exit code."""
    done = subprocess.run([program or binary(), "doctor", *map(str, arguments)], env={**dbmux.environment, **environment},
                          cwd=dbmux.folder, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    return re.sub(r"\s+", " ", done.stdout + done.stderr), done.returncode


def written(dbmux, name, text):
    path = dbmux.folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


# ---- 1 to 3: profiles


def test_a_wrong_profile_name_is_told_with_the_folders_and_the_nearest_name(dbmux):
    folder = dbmux.home / "dbmux"
    folder.mkdir()
    for name in ("azure_dev", "azure_prod"):
        (folder / f"{name}.yaml").write_text("dbmux: 1\n", encoding="ascii")
    message = error_of(dbmux.start("--profile", "azure-prod"))["message"]
    shipped = binary().resolve().parents[1] / "share/dbmux/profiles"
    assert re.fullmatch(rf"profile 'azure-prod' not found in ~/dbmux, /etc/dbmux, {shipped}; there are: azure_dev, azure_prod, .*\blocal\b.*\. "
                        r"Did you mean azure_prod\?", message), message


def test_a_misspelt_key_is_told_with_its_place_and_what_it_may_be(dbmux):
    profile = written(dbmux, "prod.yaml", "dbmux: 1\n" + "#\n" * 9 + "connections:\n  erp:\n    plugin: sqlite\n    acces: read-only\n    filename: x.db\n")
    message = error_of(dbmux.start("--profile", profile))["message"]
    assert message.removeprefix(f"{profile.parent}/") == \
        "prod.yaml:14:5: connections.erp.acces: unknown key; did you mean 'access'? (read-only, confirm, read-write)"


def test_a_missing_variable_is_told_with_what_still_works(dbmux):
    path = dbmux.database("shop.db")
    profile = written(dbmux, "prod.yaml", "dbmux: 1\n" + "#\n" * 4 + "connections:\n  erp:\n    plugin: postgres\n    host: ${AZURE_SERVER_NAME}\n" +
                      "".join(f"  {name}: {{plugin: sqlite, filename: {path}}}\n" for name in ("a", "b")))
    session = dbmux.start("--profile", profile)
    assert error_of(session, connectionId="erp")["message"].removeprefix(f"{profile.parent}/") == \
        ("prod.yaml:9:11: connections.erp.host: AZURE_SERVER_NAME is not set, so 'erp' is disabled; the other 2 connections work. "
         "Desktop clients pass only the variables in their entry's \"env\".")
    assert not session.call("list_tables", {"connectionId": "b"}).is_error


# ---- 4 to 7: servers


def erp(dbmux, server, **options):
    values = {"host": server.host, "port": server.port, "database": "postgres", "user": "app", "password": '{secret: "env:PGPASSWORD"}', **options}
    lines = "".join(f"    {key}: {value}\n" for key, value in values.items())
    return written(dbmux, "prod.yaml", "dbmux: 1\nenvironment: all\nconnections:\n  erp:\n    plugin: postgres\n" + lines)


def said_by_both(dbmux, profile, password, *parts):
    """A model and an operator get the same words."""
    error = error_of(dbmux.start("--profile", profile, environment={"PGPASSWORD": password}))
    said, code = doctors(dbmux, "erp", "-p", profile, PGPASSWORD=password)
    for part in parts:
        assert part in f"{error['message']} {error.get('hint')}", error
        assert part in said, said
    assert code == 5 and password not in said + str(error)
    return error


def test_a_refused_password_is_told_with_where_it_came_from(dbmux, postgres):
    postgres.run("CREATE ROLE app LOGIN PASSWORD 'app-7Q'")
    error = said_by_both(dbmux, erp(dbmux, postgres), "wrong-7Q", "erp: PostgreSQL refused the password of 'app' (28P01). It came from env:PGPASSWORD.")
    assert error["category"] == "auth" and error["code"] == "28P01" and error["hint"] == "Test it with: dbmux doctor erp"


def test_a_port_where_nothing_listens_is_told_with_what_a_container_is(dbmux):
    contained = " dbmux runs in a container, where localhost is the container itself; use host.docker.internal."
    profile = written(dbmux, "prod.yaml", "dbmux: 1\nconnections:\n  sales: {plugin: postgres, host: localhost, port: 1, user: app}\n")
    error = error_of(dbmux.start("--profile", profile))
    assert error["message"].startswith("sales: nothing listens on localhost:1. ")
    assert (contained.strip() == error.get("hint")) == CONTAINED
    said, code = doctors(dbmux, "sales", "-p", profile)
    assert code == 5 and "FAIL port nothing listens on localhost:1" + (contained if CONTAINED else " Is the server running, and on this port?") in said


def mistrusted(server):
    return "localhost", "/etc/ssl/certs/ca-certificates.crt", [
        "erp: the server's certificate was not issued by a CA we know (issuer: testca)",
        "Set ssl_ca: FILE. ssl_mode: require does not check names; verify-full does."]


def without_authority(server):
    return "localhost", "/nowhere/ca.pem", ['root certificate file "/nowhere/ca.pem" does not exist', "Correct ssl_ca"]


@pytest.mark.parametrize("mistake", [mistrusted, without_authority])
def test_a_certificate_that_is_not_trusted_is_told_with_the_setting(dbmux, postgres, mistake):
    host, authority, parts = mistake(postgres)
    said_by_both(dbmux, erp(dbmux, postgres, host=host, ssl_mode="verify-full", ssl_ca=authority), "any-7Q", *parts)


def test_a_server_that_wants_tls_is_told_with_the_setting(dbmux, postgres):
    said_by_both(dbmux, erp(dbmux, postgres, user="tls_only", ssl_mode="disable"), "any-7Q", "erp: PostgreSQL refused the login of 'tls_only' (28000): ",
                 "The server lets this login in over TLS only: set ssl_mode: require.")


def test_a_name_of_azure_s_single_servers_is_told_with_today_s(dbmux, postgres):
    said_by_both(dbmux, erp(dbmux, postgres, user="app@erp1"), "any-7Q", "erp: PostgreSQL refused the password of 'app@erp1' (28P01).",
                 "The form 'app@erp1' belongs to Azure's single servers, retired in March 2025; set user: app.")


def test_an_entra_token_without_a_role_is_told_with_the_statement_that_makes_one(dbmux, postgres):
    said_by_both(dbmux, erp(dbmux, postgres, user="dbmux-erp-reader"), TOKEN, "The password is an Entra token. If the database has no such Entra role, "
                 "an administrator runs: select * from pgaadauth_create_principal('dbmux-erp-reader', false, false);")


# ---- 8: plugins


@pytest.fixture
def installation(dbmux):
    return copy_of_installation(dbmux.folder / "installed")


def compiled(*arguments, **options):
    subprocess.run(["cc", "-shared", "-fPIC", *map(str, arguments)], check=True, capture_output=True, **options)


def without_its_library(folder):
    """The driver itself, made to ask for a version of its library that no system has."""
    for file in (folder / "postgres.so", folder / "postgres.json"):
        file.write_bytes(file.read_bytes().replace(b"libpq.so.5", b"libpq.so.9"))
    return "postgres", "plugin 'postgres' does not load: libpq.so.9 is missing (apt install libpq5)"


def of_a_newer_system(folder):
    """Built against a C library of the future."""
    (folder / "stub.c").write_text("void dbmux_of_the_future(void) {}\n", encoding="ascii")
    (folder / "stub.map").write_text("GLIBC_2.99 { dbmux_of_the_future; };\n", encoding="ascii")
    compiled("-nostdlib", "-Wl,-soname,libc.so.6", "-Wl,--version-script=stub.map", "stub.c", "-o", "stub", cwd=folder)
    (folder / "use.c").write_text("void dbmux_of_the_future(void);\nvoid use(void) { dbmux_of_the_future(); }\n", encoding="ascii")
    compiled(f"-I{HEADER}", '-DWRONG_ID="newer"', HERE.parent / "plugins/wrong/wrong.c", "use.c", "./stub", "-o", "newer.so", cwd=folder)
    (folder / "newer.so").chmod(0o644)
    return "newer", f"plugin 'newer' does not load: it needs GLIBC_2.99, this system has {os.confstr('CS_GNU_LIBC_VERSION').split()[1]}"


def that_others_may_write(folder):
    (folder / "sqlite.so").chmod(0o775)
    return "sqlite", f"plugin 'sqlite' is not loaded: it is group-writable (0775) chmod go-w {folder}/sqlite.so, or pin its sha256 in the profile (plugins.pin)"


@pytest.mark.parametrize("broken", [without_its_library, of_a_newer_system, that_others_may_write])
def test_a_plugin_that_does_not_load_is_told_with_what_it_wants(dbmux, installation, broken):
    plugin, words = broken(installation.parents[1] / "lib/dbmux/plugins")
    profile = written(dbmux, "prod.yaml", f"dbmux: 1\nconnections:\n  erp: {{plugin: {plugin}, host: h, filename: f}}\n")
    error = error_of(dbmux.start("--profile", profile, program=installation))
    assert error["category"] == "plugin" and words in f"{error['message']} {error.get('hint')}", error
    said, code = doctors(dbmux, "erp", "-p", profile, program=installation)
    assert code == 4 and words in said, said


# ---- 9 and 10: what a model asks for


def test_a_table_in_another_case_is_told_with_how_it_is_written(dbmux, postgres):
    postgres.run('CREATE TABLE IF NOT EXISTS "Orders" (id int)', "CREATE SCHEMA IF NOT EXISTS sales", 'CREATE TABLE IF NOT EXISTS sales."Items" (id int)')
    session = dbmux.start("--profile", erp(dbmux, postgres, user="postgres"), environment={"PGPASSWORD": postgres.password})
    for query, missing, there in (("SELECT * FROM orders", "orders", 'There is "Orders": PostgreSQL folds unquoted names to lower case, write "Orders"'),
                                  ("SELECT * FROM sales.items", "sales.items",
                                   'There is "Items" (sales): PostgreSQL folds unquoted names to lower case, write sales."Items"')):
        error = error_of(session, "execute_query", query=query)
        assert (error["category"], error["message"]) == ("not_found", f'relation "{missing}" does not exist')
        assert error["hint"] == there + " with its quotes."


def test_a_file_that_is_not_there_is_told_with_its_neighbours(dbmux):
    dbmux.database("notes.db", "CREATE TABLE notes (a);")
    words = f"{dbmux.folder}/note.db does not exist; near it: notes.db. To create it set createIfNotExists: true."
    assert error_of(dbmux.start(f"shop=sqlite:{dbmux.folder}/note.db"))["message"] == words
    said, code = doctors(dbmux, f"sqlite:{dbmux.folder}/note.db")
    assert code == 5 and f"FAIL login {words}" in said


def test_a_write_on_what_only_reads_is_refused_and_says_that_nothing_ran(dbmux):
    session = dbmux.start(f"sales=sqlite:{dbmux.database('shop.db')}")
    error = error_of(session, "execute_query", query="INSERT INTO customers (name) VALUES ('x')")
    assert error["category"] == "read_only" and error["message"] == \
        "Refused: INSERT would change data, and the connection 'sales' is read-only. Nothing was run."


def test_a_wrong_connection_or_argument_is_told_with_the_right_ones(dbmux):
    path = dbmux.database("shop.db")
    session = dbmux.start(f"sales=sqlite:{path}", f"notes=sqlite:{path}")
    assert error_of(session, connectionId="prod")["message"] == "connectionId 'prod' unknown; there are: sales, notes."
    assert error_of(session, "read_table", table_name="customers", where="id = 1")["message"] == \
        "argument 'where' unknown for read_table; use execute_query for filters."
