"""The bus compared with its definitions, and made as they say."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from clouds import sites
from shipped import shipped

from holdfast.components.rabbitmq import definitions
from holdfast.components.rabbitmq.store import PEERS

PROGRAM = shipped("bus_definitions")
WANTED = json.loads(definitions.definitions(sites()["three"]))


def found() -> dict[str, Any]:
    """What the broker exports when all is well; beside it what somebody made by hand."""
    bus = json.loads(json.dumps(WANTED))
    bus["users"].append({"name": "byhand", "password_hash": "x", "tags": ["administrator"]})
    bus["vhosts"].append({"name": "/", "metadata": {"tags": []}})
    bus["permissions"].append({"user": "byhand", "vhost": "/", "configure": "", "write": "", "read": ""})
    return bus  # type: ignore[no-any-return]


def test_what_others_made_is_nothing_amiss() -> None:
    assert PROGRAM.amiss(WANTED, found()) == []


def _no_user(bus: dict[str, Any]) -> None:
    bus["users"] = [user for user in bus["users"] if user["name"] != "keystone"]


def _another_password(bus: dict[str, Any]) -> None:
    bus["users"][0]["password_hash"] = "another"


def _more_rights(bus: dict[str, Any]) -> None:
    bus["users"][0]["tags"] = ["holdfast", "administrator"]


def _no_host(bus: dict[str, Any]) -> None:
    bus["vhosts"] = [host for host in bus["vhosts"] if host["name"] != "keystone"]


def _fewer_rights(bus: dict[str, Any]) -> None:
    bus["permissions"][0]["write"] = "^$"


def _unmarked(bus: dict[str, Any]) -> None:
    bus["vhosts"][0]["metadata"] = {}


def _left(bus: dict[str, Any]) -> None:
    bus["users"].append({"name": "gone", "password_hash": "x", "tags": ["holdfast"]})
    bus["vhosts"].append({"name": "gone", "metadata": {"tags": ["holdfast"]}})


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        (_no_user, ["no user keystone"]),
        (_another_password, ["user holdfast has another password"]),
        (_more_rights, ["user holdfast has other tags"]),
        (_no_host, ["no virtual host keystone"]),
        (_fewer_rights, ["holdfast lacks rights on holdfast"]),
        (_unmarked, ["virtual host holdfast is not marked as ours"]),
        (_left, ["user gone has left the cloud file", "vhost gone has left the cloud file"]),
    ],
)
def test_each_difference_is_named(planted: Any, said: list[str]) -> None:
    bus = found()
    planted(bus)
    assert PROGRAM.amiss(WANTED, bus) == said


CONTROL = """#!{python}
import json, pathlib, sys
state, words = pathlib.Path({state!r}), sys.argv[4:]
bus = json.loads(state.read_text())
with state.with_name("asked").open("a") as log:
    log.write(" ".join(words[:1]) + "\\n")
if words[0] == "export_definitions":
    print(json.dumps(bus))
elif words[0] == "import_definitions":
    given = json.loads(pathlib.Path(words[1]).read_text())
    for kind, things in given.items():
        names = [t.get("name", (t.get("user"), t.get("vhost"))) for t in things]
        bus[kind] = things + [
            t for t in bus[kind] if t.get("name", (t.get("user"), t.get("vhost"))) not in names
        ]
else:
    kind = "users" if words[0] == "delete_user" else "vhosts"
    bus[kind] = [t for t in bus[kind] if t["name"] != words[1]]
state.write_text(json.dumps(bus))
"""


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rabbitmqctl whose cluster is a file."""
    state = tmp_path / "bus.json"
    state.write_text(json.dumps(found()))
    control = tmp_path / "bin" / "rabbitmqctl"
    control.parent.mkdir()
    control.write_text(CONTROL.format(python=sys.executable, state=str(state)))
    control.chmod(0o755)
    monkeypatch.setenv("PATH", str(control.parent), prepend=":")
    (tmp_path / "definitions.json").write_text(json.dumps(WANTED))
    return state


def test_it_is_made_so_and_what_others_made_stays(
    broker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bus = found()
    for spoil in (_no_user, _no_host, _left):
        spoil(bus)
    broker.write_text(json.dumps(bus))
    assert PROGRAM.main("apply", str(tmp_path / "definitions.json")) == 0
    assert json.loads(capsys.readouterr().out) == []
    names = {user["name"] for user in json.loads(broker.read_text())["users"]}
    assert names == {"holdfast", "keystone", "monitor", "byhand"}
    assert {h["name"] for h in json.loads(broker.read_text())["vhosts"]} == {"holdfast", "keystone", "/"}


def test_a_bus_that_is_right_is_asked_once_and_left_alone(broker: Path, tmp_path: Path) -> None:
    assert PROGRAM.main("apply", str(tmp_path / "definitions.json")) == 0
    assert (tmp_path / "asked").read_text() == "export_definitions\n"


def test_to_compare_changes_nothing(broker: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bus = found()
    _no_user(bus)
    broker.write_text(json.dumps(bus))
    assert PROGRAM.main("check", str(tmp_path / "definitions.json")) == 0
    assert json.loads(capsys.readouterr().out) == ["no user keystone"]
    assert json.loads(broker.read_text()) == bus


def test_the_definitions_are_read_at_a_first_start_and_restart_nothing() -> None:
    here = next(h for h in sites()["three"].places if h.component.name == "rabbitmq")
    (process,) = here.processes
    watched = [file.path for file in here.files if file.path.startswith(process.watches)]
    assert definitions.PATH in [file.path for file in here.files]
    assert definitions.PATH not in watched and "/etc/rabbitmq/rabbitmq.conf" in watched


@pytest.mark.parametrize(("size", "others"), [("three", 2), ("one", 0)])
def test_each_node_looks_for_all_others_and_a_change_of_that_restarts_it(size: str, others: int) -> None:
    here = next(h for h in sites()[size].places if h.component.name == "rabbitmq")
    files = {file.path: file.content for file in here.files}
    known = next(line for line in files[PEERS].splitlines() if line.startswith("Peers = "))
    assert known.count("rabbit@") == others
    for host in here.placed.hosts:
        words = f"{{'rabbit@{host.name}', {{{host.address.replace('.', ', ')}}}}}"
        assert (words in known) is (host != here.host)
    (process,) = here.processes
    assert PEERS.startswith(process.watches)


def test_what_a_node_evaluates_is_one_word_of_its_start() -> None:
    here = next(h for h in sites()["three"].places if h.component.name == "rabbitmq")
    text = next(file.content for file in here.files if file.path.endswith("rabbitmq-env.conf"))
    (line,) = [each for each in text.splitlines() if each.startswith("SERVER_ADDITIONAL")]
    words = line.partition("=")[2].strip('"').split()
    assert words[words.index("-eval") + 1 :] == [f"file:eval('{PEERS}')."]


def test_a_node_waits_longer_for_a_majority_than_a_slow_boot_takes() -> None:
    here = next(h for h in sites()["three"].places if h.component.name == "rabbitmq")
    text = next(file.content for file in here.files if file.path.endswith("advanced.config"))
    waits = int(text.partition("khepri_leader_wait_retry_timeout, ")[2].partition("}")[0])
    (process,) = here.processes
    assert waits > 1000 * process.start_deadline
