"""The lab of one cloud: boot its machines, switch their power and links, reach them, and leave no trace."""

import ipaddress
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from holdfast.lab import group
from holdfast.lab.command import LabError, attempt
from holdfast.lab.disk import Birth, Disk
from holdfast.lab.fabric import Fabric, own_address, parse_network
from holdfast.lab.image import Say
from holdfast.lab.keys import make_key, write_private
from holdfast.lab.machine import Machine

HOME = Path("/var/lib/holdfast/lab")
_NAME = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
_BOOT_S = 90.0


@dataclass(frozen=True)
class LabHost:
    """A host of a lab. Its IPMI BMC (address, user) will be fields here once fencing needs one."""

    name: str
    address: str


@dataclass(frozen=True)
class LabSpec:
    """What a lab is made from; `network` in CIDR form, inside 198.18.0.0/15."""

    cloud: str
    network: str
    hosts: tuple[LabHost, ...]


@dataclass(frozen=True)
class MachineState:
    """A machine as found now; `uptime` in seconds, None when it is off."""

    name: str
    address: str
    power: Literal["on", "off"]
    link: Literal["up", "down"]
    uptime: float | None


class Lab:
    """The machines of one cloud on this machine; any process can open it and finds the same state."""

    def __init__(self, spec: LabSpec, state: Path) -> None:
        """Refuse a spec that cannot be (LabError); touch nothing. `state` holds the key and known_hosts."""
        self._network = parse_network(spec.network)
        _refuse(spec, self._network)
        self._spec = spec
        self._fabric = Fabric(spec.cloud, self._network)
        self.ssh_key = state / "lab_key"
        self.known_hosts = state / "known_hosts"

    def up(self, image: Path, say: Say) -> None:
        """Boot what is not running, and return once SSH answers on every host and its boot has ended."""
        self._fabric.refuse_overlap()
        key = make_key(self.ssh_key, f"holdfast lab {self._spec.cloud}")
        births = tuple(Birth(str(image), host.name, host.address, key) for host in self._spec.hosts)
        for birth in births:
            self._machine(birth.host).disk.refuse_other(birth)
        if not self._fabric.is_whole():
            self._each(Machine.power_off)
        self._fabric.up()
        _in_parallel([partial(self._boot, birth, say) for birth in births])
        self._write_known_hosts()
        _in_parallel([partial(self._wait_ssh, host, say) for host in self._spec.hosts])

    def _boot(self, birth: Birth, say: Say) -> None:
        machine = self._machine(birth.host)
        if machine.is_on() and machine.disk.birth == birth and machine.is_plugged():
            machine.set_link(up=True)
            return
        machine.power_off()
        machine.disk.make(birth)
        machine.set_link(up=True)
        say(f"lab host {birth.host}: booting")
        machine.power_on()

    def _write_known_hosts(self) -> None:
        keys = ((host, self._machine(host.name).disk.host_key) for host in self._spec.hosts)
        write_private(self.known_hosts, "".join(f"{host.address},{host.name} {key}\n" for host, key in keys))

    def _wait_ssh(self, host: LabHost, say: Say) -> None:
        machine, began, said = self._machine(host.name), time.monotonic(), "nothing yet"
        question = (*self.shell_argv(host.name), "systemctl", "is-system-running", "--wait")
        while time.monotonic() - began < _BOOT_S:
            answer = attempt(question, timeout=_BOOT_S)
            said = (answer.stdout + answer.stderr).strip()
            if answer.stdout.strip() in ("running", "degraded"):
                say(f"lab host {host.name}: {answer.stdout.strip()} at {host.address}")
                return
            if not machine.is_on():
                raise LabError(f"lab host {host.name} ended while booting: {machine.last_words()}")
            time.sleep(0.1)
        raise LabError(
            f"lab host {host.name} did not answer SSH at {host.address} within {_BOOT_S:g} s; last: {said}; "
            f"its console: {machine.disk.console}"
        )

    def down(self, *, wipe: bool) -> None:
        """Shut every machine down in order and remove the network; `wipe` removes the disks as well."""
        self._each(Machine.shut_down)
        self._fabric.down()
        group.remove_lab(self._spec.cloud)
        if wipe:
            self._each(Machine.wipe)
            for folder in (HOME / self._spec.cloud, HOME, HOME.parent):
                remove_empty(folder)

    def list(self) -> tuple[MachineState, ...]:
        """Every host of the spec as it is now."""
        return tuple(self._state(host) for host in self._spec.hosts)

    def _state(self, host: LabHost) -> MachineState:
        machine = self._machine(host.name)
        power: Literal["on", "off"] = "on" if machine.is_on() else "off"
        link: Literal["up", "down"] = "up" if self._fabric.link_is_up(host.name) else "down"
        return MachineState(host.name, host.address, power, link, machine.uptime())

    def power(self, host: str, state: Literal["off", "on", "cycle"]) -> None:
        """Switch a host's power; off is power loss, on returns as soon as the machine starts to boot."""
        machine = self._known(host)
        if state in ("off", "cycle"):
            machine.power_off()
        if state in ("on", "cycle"):
            machine.power_on()

    def link(self, host: str, state: Literal["down", "up"]) -> None:
        """Pull or plug a host's cable."""
        self._known(host).set_link(up=state == "up")

    def shell_argv(self, host: str) -> tuple[str, ...]:
        """The ssh command that reaches a host as root; words added to it are run there."""
        options = (
            f"IdentityFile={self.ssh_key}", "IdentitiesOnly=yes", f"UserKnownHostsFile={self.known_hosts}",
            "GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=yes", "BatchMode=yes",
            "ConnectTimeout=5", "LogLevel=ERROR",
        )  # fmt: skip
        words = (word for option in options for word in ("-o", option))
        return ("ssh", "-F", "/dev/null", *words, f"root@{self._known(host).address}")

    def _known(self, host: str) -> Machine:
        if host not in {known.name for known in self._spec.hosts}:
            names = ", ".join(known.name for known in self._spec.hosts)
            raise LabError(f"no lab host {host!r} in cloud {self._spec.cloud}; its hosts are {names}")
        machine = self._machine(host)
        if machine.disk.birth is None:
            raise LabError(f"lab host {host} of cloud {self._spec.cloud} is not made: run `holdfast lab up`")
        return machine

    def _machine(self, name: str) -> Machine:
        address = next((host.address for host in self._spec.hosts if host.name == name), "")
        return Machine(self._fabric, name, address, Disk(HOME / self._spec.cloud / name))

    def _names(self) -> tuple[str, ...]:
        # Hosts that left the cloud file are still ours to switch off.
        home = HOME / self._spec.cloud
        made = {entry.name for entry in home.iterdir() if entry.is_dir()} if home.is_dir() else set()
        return tuple(sorted(made | {host.name for host in self._spec.hosts}))

    def _each(self, act: Callable[[Machine], None]) -> None:
        _in_parallel([partial(act, self._machine(name)) for name in self._names()])


def _refuse(spec: LabSpec, network: ipaddress.IPv4Network) -> None:
    faults = [
        f"{name!r} cannot name a cloud or host: lower-case letters, digits and hyphens, at most 63"
        for name in (spec.cloud, *(host.name for host in spec.hosts))
        if not _NAME.match(name)
    ]
    own = own_address(network)
    usable = {str(address) for address in network.hosts()} - {str(own)}
    faults += [
        f"host {host.name} has address {host.address}, which is not a free address of {network} "
        f"({own} is this machine's own)"
        for host in spec.hosts
        if host.address not in usable
    ]
    given = [host.name for host in spec.hosts] + [host.address for host in spec.hosts]
    faults += [f"{value} is given twice" for value in sorted(set(given)) if given.count(value) > 1]
    if faults:
        raise LabError(f"the lab of cloud {spec.cloud!r} cannot be: {'; '.join(faults)}")


def _in_parallel(acts: Sequence[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(max_workers=max(1, len(acts))) as pool:
        errors = [future.exception() for future in [pool.submit(act) for act in acts]]
    failed = [error for error in errors if error is not None]
    for error in failed:
        if not isinstance(error, LabError):
            raise error
    if failed:
        raise LabError("; ".join(str(error) for error in failed))


def remove_empty(folder: Path) -> None:
    """Remove a folder if it is there with nothing in it."""
    with suppress(OSError):
        folder.rmdir()
