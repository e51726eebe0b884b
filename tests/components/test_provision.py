"""Whether what was made once is still there: each thing that is gone is named, and doubt is not a no."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from clouds import sites

from holdfast.components.mariadb.users import RECORD, provision
from holdfast.components.questions.provision import (
    bus_as_defined,
    nobody_left,
    provisioned,
    registered,
    store_in_use,
)

USERS = {"keystone": ["keystone"], "nova": ["nova", "nova_api"]}
WELL = [
    "node\tPrimary",
    *(f"schema\t{name}" for name in ("mysql", "keystone", "nova", "nova_api")),
    "GRANT USAGE ON *.* TO `keystone`@`%` IDENTIFIED BY PASSWORD '*1' REQUIRE SSL",
    "GRANT ALL PRIVILEGES ON `keystone`.* TO `keystone`@`%`",
    "GRANT USAGE ON *.* TO `nova`@`%` IDENTIFIED BY PASSWORD '*2' REQUIRE SSL",
    "GRANT ALL PRIVILEGES ON `nova`.* TO `nova`@`%`",
    "GRANT ALL PRIVILEGES ON `nova_api`.* TO `nova`@`%`",
    "GRANT SHUTDOWN ON *.* TO `check`@`localhost` IDENTIFIED VIA unix_socket",
]


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are found first."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


def plays(folder: Path, name: str, out: str, code: int = 0) -> None:
    program = folder / name
    program.write_text(f"#!{sys.executable}\nimport sys\nprint({out!r})\nsys.exit({code})\n")
    program.chmod(0o755)


def database(folder: Path, lines: list[str]) -> dict[str, Any]:
    plays(folder, "mariadb", "\n".join(lines), code=1)
    return provisioned(USERS, "check")


def without(*words: str) -> list[str]:
    return [line for line in WELL if not any(word in line for word in words)]


def test_all_there_is_a_yes(commands: Path) -> None:
    assert database(commands, WELL) == {"ok": True, "text": "2 users with their rights"}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (without("TO `nova`@"), "no user nova"),
        (without("schema\tnova_api"), "no schema nova_api"),
        (without("`nova_api`.*"), "nova lacks rights on nova_api"),
        ([line.replace("'*2' REQUIRE SSL", "'*2'") for line in WELL], "user nova may come without TLS"),
        ([line.replace("ALL PRIVILEGES ON `nova`", "SELECT ON `nova`") for line in WELL],
         "nova lacks rights on nova"),
        (without("`check`@"), "no user check who may stop the server"),
    ],
)  # fmt: skip
def test_each_thing_that_is_gone_is_a_no_that_names_it(commands: Path, lines: list[str], said: str) -> None:
    assert database(commands, lines) == {"ok": False, "text": said}


@pytest.mark.parametrize("lines", [[], ["node\tnon-Primary"], [w.replace("Primary", "x") for w in WELL]])
def test_a_node_outside_the_primary_component_cannot_tell(commands: Path, lines: list[str]) -> None:
    assert database(commands, lines)["ok"] is None


@pytest.mark.parametrize(
    ("lines", "code", "ok", "said"),
    [
        (["node\tPrimary", "recorded\tnova"], 0, True, "nobody has left"),
        (["node\tPrimary", "recorded\tglance"], 0, False, "user glance has left the cloud file"),
        (["node\tnon-Primary", "recorded\tglance"], 0, None, "not in the primary component"),
        (["node\tPrimary"], 1, None, "not in the primary component"),
    ],
)  # fmt: skip
def test_a_user_that_left_is_told_by_the_record(
    commands: Path, lines: list[str], code: int, ok: bool | None, said: str
) -> None:
    plays(commands, "mariadb", "\n".join(lines), code)
    assert nobody_left(list(USERS), RECORD) == {"ok": ok, "text": said}


def test_a_bus_that_does_not_answer_is_no_no(commands: Path) -> None:
    file, failing = commands / "definitions.json", commands / "program.py"
    assert bus_as_defined(str(failing), str(file))["ok"] is None
    file.write_text("{}")
    failing.write_text("raise SystemExit('no such node')")
    answer = bus_as_defined(str(failing), str(file))
    assert answer["ok"] is None and "no such node" in answer["text"]


@pytest.mark.parametrize(("amiss", "ok"), [([], True), (["no user a", "no user b"], False)])
def test_the_bus_tells_what_its_program_tells(commands: Path, amiss: list[str], ok: bool) -> None:
    file, program = commands / "definitions.json", commands / "program.py"
    file.write_text("{}")
    program.write_text(f"print({json.dumps(json.dumps(amiss))})")
    answer = bus_as_defined(str(program), str(file))
    assert answer["ok"] is ok and all(word in answer["text"] for word in amiss)


URL = "https://cloud:5000/v3"
REGISTERED = {
    "regions": [["RegionOne"]],
    "endpoints": [["identity", "public", "RegionOne", URL]],
    "assignments": [["admin", "admin", "admin"], ["admin", "admin", "the system"]],
    "roles": [["guest"]],
}


def asked(folder: Path, found: dict[str, Any], code: int = 0) -> dict[str, Any]:
    plays(folder, "tells", json.dumps(found), code)
    return registered(["tells"], "RegionOne", REGISTERED["endpoints"], REGISTERED["assignments"], ["guest"])


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        ("regions", "no region RegionOne"),
        ("endpoints", f"no public endpoint of identity at {URL}"),
        ("roles", "no role guest"),
        ("assignments", "admin is not admin of admin; admin is not admin of the system"),
    ],
)
def test_what_is_not_registered_is_named(commands: Path, lacks: str, said: str) -> None:
    assert asked(commands, {**REGISTERED, lacks: []}) == {"ok": False, "text": said}


def test_registered_is_a_yes_and_a_dead_database_is_no_no(commands: Path) -> None:
    assert asked(commands, REGISTERED)["ok"] is True
    assert asked(commands, {}, code=1)["ok"] is None


def test_users_are_on_record_before_they_are_made_and_only_those_are_dropped() -> None:
    here = next(h for h in sites()["three"].places if h.component.name == "mariadb")
    making, farewell = provision(here)
    lines = making.stdin.splitlines()
    assert not any("DROP" in line or "DELETE" in line for line in lines)
    drop = next(line for line in farewell.stdin.splitlines() if line.startswith("SET @gone"))
    assert f"FROM {RECORD} WHERE name NOT IN (" in drop
    assert [line for line in farewell.stdin.splitlines() if "DROP" in line and "@gone" not in line] == []
    for user in ("keystone", "holdfast"):
        assert f"'{user}'" in drop
        recorded = next(i for i, line in enumerate(lines) if line.startswith("INSERT") and user in line)
        made = next(
            i for i, line in enumerate(lines) if line.startswith(f"CREATE USER IF NOT EXISTS '{user}'@")
        )
        assert recorded < made and "WHERE NOT EXISTS" in lines[recorded]
    granted = [line for line in lines if line.startswith("GRANT")]
    assert granted and not any("holdfast_record" in line for line in granted)


class Management(BaseHTTPRequestHandler):
    """A node's management interface, which lists these feature flags to whoever logs in."""

    flags: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        well = self.path == "/api/feature-flags" and self.headers["Authorization"] == "Basic bW9uaXRvcjpz"
        self.send_response(200 if well else 401)
        self.end_headers()
        self.wfile.write(json.dumps(self.flags).encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.mark.parametrize(
    ("flags", "ok"),
    [
        ([{"name": "khepri_db", "state": "enabled"}], True),
        ([{"name": "khepri_db", "state": "disabled"}, {"name": "other", "state": "enabled"}], False),
        ([{"name": "khepri_db", "state": "state_changing"}], None),
        ([], None),
    ],
)
def test_the_store_in_use_is_told_by_its_feature_flag(
    tmp_path: Path, flags: list[dict[str, str]], ok: bool | None
) -> None:
    password = tmp_path / "password"
    password.write_text("s\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), type("These", (Management,), {"flags": flags})) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        answer = store_in_use(server.server_port, "monitor", str(password), "khepri_db")
        server.shutdown()
    assert answer["ok"] is ok
    assert "khepri_db" in answer["text"]


def test_before_a_first_start_nobody_can_tell_the_store(tmp_path: Path) -> None:
    assert store_in_use(1, "monitor", str(tmp_path / "none"), "khepri_db")["ok"] is None
