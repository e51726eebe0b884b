"""The contract of every fault, and where each one aims."""

import asyncio
import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from three_hosts import make_site, well
from waiting import wait_until

from holdfast.faults import FaultError, Hands, Target, aim, faults, find, heal, inject, names, read_target
from holdfast.faults.fill import FILL, NAME
from holdfast.faults.refuse import IMPOSTOR
from holdfast.hosts.fake import ScriptedHost
from holdfast.hosts.transport import Result
from holdfast.model.certificate import issue, make_authority

SITE = make_site()


@dataclass
class Switch:
    """A power switch that remembers what it was told."""

    state: dict[str, str] = field(default_factory=dict)

    async def off(self, host: str) -> None:
        self.state[host] = "off"

    async def on(self, host: str) -> None:
        self.state[host] = "on"

    async def link(self, host: str, up: bool, network: str | None = None) -> None:
        self.state[f"{host}.link"] = "up" if up else "down"


@dataclass
class Systemd:
    """Units of one host as systemctl sees them."""

    running: dict[str, bool] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    seen: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, argv: tuple[str, ...], _stdin: bytes) -> Result:
        self.seen.append(argv)
        unit = argv[-1]
        if FILL in argv:
            self.files.add(f"{argv[-3]}/{argv[-2]}")
            return Result(0, "", "")
        if argv[0] == "rm":
            self.files.discard(argv[-1])
            return Result(0, "", "")
        if argv[0] == "systemd-run":
            self.running[argv[1].removeprefix("--unit=")] = True
            return Result(0, "", "")
        verb = argv[1]
        known = self.running.setdefault(unit, not unit.startswith("holdfast-refuse"))
        if verb == "kill" and not known:
            return Result(1, "", f"Unit {unit} not loaded.")
        if verb == "kill":
            {
                "--signal=KILL": lambda: self.running.update({unit: False}),
                "--signal=STOP": lambda: self.frozen.add(unit),
                "--signal=CONT": lambda: self.frozen.discard(unit),
            }[argv[3]]()
        if verb == "restart":
            self.running[unit] = False  # until it is back, by itself
        if verb in ("start", "stop"):
            self.running[unit] = verb == "start"
        return Result(0, "", "")

    def well(self) -> bool:
        ours = {unit: up for unit, up in self.running.items() if not unit.startswith("holdfast-refuse")}
        impostors = [unit for unit, up in self.running.items() if unit.startswith("holdfast-refuse") and up]
        return all(ours.values()) and not impostors and not self.frozen and not self.files


def hands() -> tuple[Hands, dict[str, Systemd], Switch]:
    units = {h.name: Systemd() for h in SITE.cloud.hosts}
    switch = Switch()
    return Hands(SITE, {n: ScriptedHost(n, s) for n, s in units.items()}, switch), units, switch


@pytest.mark.parametrize("name", names(SITE.catalogue))
async def test_every_fault_strikes_one_host_and_heals_twice_from_a_record(name: str) -> None:
    """What heals it is only the record, read again: as a fresh process would."""
    made, units, switch = hands()
    (target,) = aim(SITE, well(SITE), name)
    record = json.loads(json.dumps(target.record()))
    assert read_target(record) == target
    await inject(made, target)
    broken = [h for h, s in units.items() if not s.well()]
    broken += [h.split(".")[0] for h, s in switch.state.items() if s in ("off", "down")]
    assert broken == list(target.hosts)
    fresh = Hands(make_site(), made.transports, made.power)
    await heal(fresh, read_target(record))
    await heal(fresh, read_target(record))
    assert all(s.well() for s in units.values())
    assert not {"off", "down"} & set(switch.state.values())


@pytest.mark.parametrize("name", names(SITE.catalogue))
async def test_every_fault_heals_uninjected(name: str) -> None:
    made, units, switch = hands()
    (target,) = aim(SITE, well(SITE), name)
    await heal(made, target)
    assert all(s.well() for s in units.values())
    assert not {"off", "down"} & set(switch.state.values())


def test_every_fault_is_documented_and_named_once() -> None:
    assert all(f.summary and f.family for f in faults())
    assert len(set(names(SITE.catalogue))) == len(names(SITE.catalogue))
    assert {"kill-mariadb", "freeze-keystone", "refuse-keystone", "power-address", "link-host"} <= set(
        names(SITE.catalogue)
    )


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("power-address", "c2"),
        ("power-writer", "c3"),
        ("power-host", "c1"),
        ("power-host@c2", "c2"),
        ("link-host", "c2"),
        ("link-host@c3", "c3"),
        ("kill-haproxy", "c2"),
        ("freeze-keepalived", "c2"),
        ("kill-mariadb", "c3"),
        ("freeze-mariadb@c1", "c1"),
        ("kill-rabbitmq-server", "c1"),
        ("refuse-keystone", "c1"),
        ("fill-mariadb", "c3"),
        ("fill-mariadb@c1", "c1"),
        ("fill-rabbitmq-server", "c1"),
    ],
)
def test_a_fault_aims_where_it_matters_most(name: str, host: str) -> None:
    (target,) = aim(SITE, well(SITE), name)
    assert target.hosts == (host,)


@pytest.mark.parametrize(
    ("name", "sets"),
    [
        ("kill-keystone@each", [("c1",), ("c2",), ("c3",)]),
        ("kill-keystone@all", [("c1", "c2", "c3")]),
        ("kill-mariadb@minority", [("c3",)]),
        ("kill-mariadb@majority", [("c3", "c1")]),
        ("kill-rabbitmq-server@writer", [("c3",)]),
        ("freeze-mariadb@address", [("c2",)]),
        ("power-host@zone:zone2", [("c2",)]),
        ("power-host@all", [("c1", "c2", "c3")]),
        ("link-host@writer", [("c3",)]),
    ],
)
def test_a_fault_aims_at_sets_and_landmarks(name: str, sets: list[tuple[str, ...]]) -> None:
    assert [target.hosts for target in aim(SITE, well(SITE), name)] == sets


@pytest.mark.parametrize("name", ["power-host@zone:nowhere", "kill-keystone@nobody", "kill-keystone@zone:"])
def test_a_set_of_nobody_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(FaultError, match="c1, c2, c3"):
        aim(SITE, well(SITE), name)


async def test_a_fault_strikes_all_of_its_hosts_and_heals_them() -> None:
    made, units, _ = hands()
    (target,) = aim(SITE, well(SITE), "freeze-keystone@all")
    await inject(made, target)
    assert not any(s.well() for s in units.values())
    await heal(made, read_target(json.loads(json.dumps(target.record()))))
    assert all(s.well() for s in units.values())


def test_a_record_of_an_earlier_version_is_read() -> None:
    record = {"fault": "kill-keystone", "host": "c2", "unit": "keystone.service", "address": "a", "port": 0}
    assert read_target(record) == Target("kill-keystone", ("c2",), "keystone.service")


async def test_a_host_that_is_gone_from_the_file_is_refused_before_anything_is_done() -> None:
    made, units, _ = hands()
    with pytest.raises(FaultError, match="renamed"):
        await inject(made, Target("kill-keystone", ("c1", "gone"), "keystone.service"))
    assert not any(s.seen for s in units.values())


def test_refusing_knows_the_backends_port() -> None:
    (target,) = aim(SITE, well(SITE), "refuse-keystone@c2")
    assert target == Target("refuse-keystone", ("c2",), "keystone.service", 5000)


@pytest.mark.parametrize("name", ["melt-host", "kill-nothing", "kill-mariadb@c9", "power-host@elsewhere"])
def test_an_unknown_fault_or_host_is_refused_with_what_there_is(name: str) -> None:
    with pytest.raises(FaultError, match="there are"):
        aim(SITE, well(SITE), name)


def test_nobody_to_strike_is_said() -> None:
    with pytest.raises(FaultError, match="no host to strike"):
        aim(SITE, {}, "power-address")


@pytest.mark.parametrize("name", ["power-address", "link-host"])
async def test_without_a_power_switch_the_fault_says_so(name: str) -> None:
    made, _, _ = hands()
    (target,) = aim(SITE, well(SITE), name)
    with pytest.raises(FaultError, match="no way to switch"):
        await inject(Hands(SITE, made.transports, None), target)


async def test_a_command_that_fails_names_fault_host_and_reason() -> None:
    transports = {
        h.name: ScriptedHost(h.name, lambda *_: Result(1, "", "no such unit")) for h in SITE.cloud.hosts
    }
    (target,) = aim(SITE, well(SITE), "kill-mariadb")
    with pytest.raises(FaultError, match=r"kill-mariadb@c3: .*no such unit"):
        await inject(Hands(SITE, transports), target)


def test_a_renamed_fault_family_is_found_by_name_with_a_host() -> None:
    assert find(SITE, "kill-mariadb@c1")[0].family == "kill"


async def test_the_impostor_answers_503_to_everything_with_the_backends_certificate(tmp_path: Path) -> None:
    # An address of this process alone: another run of these tests may be under way.
    address = f"127.1.{os.getpid() // 256 % 256}.{os.getpid() % 256}"
    authority = make_authority("test", datetime.now(UTC))
    pair = issue(authority, (address,), datetime.now(UTC))
    (tmp_path / "cert.pem").write_text(pair.certificate)
    (tmp_path / "key.pem").write_text(pair.key.reveal())
    context = ssl.create_default_context(cadata=authority.certificate)
    argv = (sys.executable, "-I", "-c", IMPOSTOR, address, "18503", str(tmp_path))
    child = await asyncio.create_subprocess_exec(*argv)

    def status() -> int:
        url = f"https://{address}:18503/v3/auth/tokens"
        try:
            urllib.request.urlopen(url, b"{}", timeout=20, context=context)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0
        return 200

    try:
        await asyncio.to_thread(wait_until, status)
        assert status() == 503
    finally:
        child.kill()
        await child.wait()


async def test_the_impostor_shows_what_the_balancer_wants_to_see() -> None:
    made, units, _ = hands()
    (target,) = aim(SITE, well(SITE), "refuse-keystone@c2")
    await inject(made, target)
    (program,) = (argv for argv in units["c2"].seen if argv[0] == "systemd-run")
    assert program[-1] == "/etc/keystone/tls"


def filled(*words: str) -> "subprocess.CompletedProcess[str]":
    """What the program that fills says, on this machine."""
    argv = (sys.executable, "-I", "-c", FILL, *words)
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_a_disk_that_others_share_is_not_filled(tmp_path: Path) -> None:
    done = filled(str(tmp_path), NAME, str(1 << 40))
    assert done.returncode == 1
    assert f"{tmp_path} is on a disk with other things" in done.stderr
    assert not (tmp_path / NAME).exists()


def test_a_large_disk_is_not_filled() -> None:
    done = filled("/", NAME, "1")
    assert done.returncode == 1
    assert "none is filled" in done.stderr
    assert not Path("/", NAME).exists()


def test_only_what_keeps_data_has_a_disk_to_fill() -> None:
    fills = {name for name in names(SITE.catalogue) if name.startswith("fill-")}
    keepers = {c.units[0].removesuffix(".service") for c in SITE.catalogue if c.keeps}
    assert fills == {f"fill-{unit}" for unit in keepers} >= {"fill-mariadb", "fill-rabbitmq-server"}
