"""The lab of one cloud: boot its machines, switch their power and links, reach them, and leave no trace."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from holdfast.lab import group
from holdfast.lab.cables import Cables
from holdfast.lab.command import LabError, attempt
from holdfast.lab.complaints import refuse
from holdfast.lab.disk import Birth, Disk
from holdfast.lab.fabric import Fabric
from holdfast.lab.image import Say
from holdfast.lab.keys import make_key, write_private
from holdfast.lab.machine import Machine
from holdfast.lab.spec import LabHost, LabSpec, segments
from holdfast.lab.volume import Volume

HOME = Path("/var/lib/holdfast/lab")
_BOOT_S = 90.0


LinkState = Literal["up", "down"]


@dataclass(frozen=True)
class CardState:
    """A card as found now: `link` is "down" where its cable is pulled, and where the machine is off."""

    network: str
    interface: str
    addresses: tuple[str, ...]
    link: LinkState


@dataclass(frozen=True)
class MachineState:
    """A machine as found now; `uptime` in seconds, None when it is off."""

    name: str
    address: str
    power: Literal["on", "off"]
    cards: tuple[CardState, ...]
    uptime: float | None

    @property
    def link(self) -> Literal["up", "down", "partly"]:
        """The state of all its links where they agree."""
        states = {card.link for card in self.cards}
        return "partly" if len(states) > 1 else states.pop()


class Lab:
    """The machines of one cloud on this machine; any process can open it and finds the same state."""

    def __init__(self, spec: LabSpec, state: Path) -> None:
        """Refuse a spec that cannot be (LabError); touch nothing. `state` holds the key and known_hosts."""
        refuse(spec)
        self._spec = spec
        self._fabric = Fabric(spec.cloud, segments(spec))
        self.ssh_key = state / "lab_key"
        self.known_hosts = state / "known_hosts"

    def up(self, image: Path, say: Say, volumes: Sequence[Volume] = ()) -> None:
        """Boot what is not running, and return once SSH answers on every host and its boot has ended.

        A host that is made now gets the volumes; one that was made without them is refused (LabError).
        """
        self._fabric.refuse_overlap()
        key = make_key(self.ssh_key, f"holdfast lab {self._spec.cloud}")
        births = tuple(Birth(str(image), host.name, host.address, key) for host in self._spec.hosts)
        for birth in births:
            self._machine(birth.host).disk.refuse_other(birth, volumes)
        if not self._fabric.is_whole():
            self._each(Machine.power_off)
        self._fabric.up()
        _in_parallel([partial(self._boot, birth, volumes, say) for birth in births])
        self._write_known_hosts()
        _in_parallel([partial(self._wait_ssh, host, say) for host in self._spec.hosts])

    def _boot(self, birth: Birth, volumes: Sequence[Volume], say: Say) -> None:
        machine = self._machine(birth.host)
        networks = self._spec.networks_of(birth.host)
        if machine.is_on() and machine.disk.birth == birth and machine.cables.are_plugged():
            machine.set_links(networks, up=True)
            return
        machine.power_off()
        machine.disk.make(birth, volumes)
        machine.set_links(networks, up=True)
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
        lit = machine.cables.lit()
        cards = tuple(
            CardState(
                card.network, self._spec.interface(card.network), card.addresses,
                "up" if card.network in lit else "down",
            )
            for card in host.cards
        )  # fmt: skip
        return MachineState(host.name, host.address, power, cards, machine.uptime())

    def power(self, host: str, state: Literal["off", "on", "cycle"]) -> None:
        """Switch a host's power; off is power loss, on returns as soon as the machine starts to boot."""
        machine = self._known(host)
        if state in ("off", "cycle"):
            machine.power_off()
        if state in ("on", "cycle"):
            machine.power_on()

    def link(self, host: str, state: LinkState, network: str | None = None) -> None:
        """Pull or plug a host's cable to a network, or all of its cables. Raises UnknownName."""
        networks = self._spec.networks_of(host, network)
        self._known(host).set_links(networks, up=state == "up")

    def network(self, name: str, state: LinkState) -> None:
        """Pull or plug the cables of all hosts to a network, as when its switch fails. Raises UnknownName."""
        self._spec.require_network(name)
        on = [host.name for host in self._spec.hosts if name in self._spec.networks_of(host.name)]
        machines = [self._known(host) for host in on]
        _in_parallel([partial(machine.set_links, (name,), up=state == "up") for machine in machines])

    def shell_argv(self, host: str) -> tuple[str, ...]:
        """The ssh command that reaches a host as root, for words to be added to it. Raises UnknownName."""
        self._known(host)
        options = (
            f"IdentityFile={self.ssh_key}", "IdentitiesOnly=yes", f"UserKnownHostsFile={self.known_hosts}",
            "GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=yes", "BatchMode=yes",
            "ConnectTimeout=5", "LogLevel=ERROR",
        )  # fmt: skip
        words = (word for option in options for word in ("-o", option))
        return ("ssh", "-F", "/dev/null", *words, f"root@{self._spec.host(host).address}")

    def _known(self, host: str) -> Machine:
        machine = self._machine(self._spec.host(host).name)
        if machine.disk.birth is None:
            raise LabError(f"lab host {host} of cloud {self._spec.cloud} is not made: run `holdfast lab up`")
        return machine

    def _machine(self, name: str) -> Machine:
        cards = next((host.cards for host in self._spec.hosts if host.name == name), ())
        return Machine(Cables(self._fabric, name, cards), Disk(HOME / self._spec.cloud / name))

    def _names(self) -> tuple[str, ...]:
        # Hosts that left the cloud file are still ours to switch off.
        home = HOME / self._spec.cloud
        made = {entry.name for entry in home.iterdir() if entry.is_dir()} if home.is_dir() else set()
        return tuple(sorted(made | {host.name for host in self._spec.hosts}))

    def _each(self, act: Callable[[Machine], None]) -> None:
        _in_parallel([partial(act, self._machine(name)) for name in self._names()])


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
