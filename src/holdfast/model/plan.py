"""A plan is data: steps of actions with what they need, the gate after them, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from hashlib import sha256

from holdfast.model.fingerprint import fingerprint

KEPT = "/var/lib/holdfast/kept"


@dataclass(frozen=True)
class PutFile:
    """Writes a file atomically. `secret` hides its content from diffs and logs."""

    path: str
    content: str = field(repr=False)
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644
    secret: bool = False

    @property
    def subject(self) -> str:
        """What it is about, in words without any secret."""
        return f"write {self.path}"

    @cached_property
    def digest(self) -> str:
        """Covers content, owner and mode: what observation compares."""
        head = f"{self.owner}:{self.group}:{self.mode:o}\n"
        return sha256(head.encode() + self.content.encode()).hexdigest()


@dataclass(frozen=True)
class Package:
    """Installs distribution packages without starting their services."""

    names: tuple[str, ...]

    @property
    def subject(self) -> str:
        """What it is about, in words without any secret."""
        return f"install {', '.join(self.names)}"


@dataclass(frozen=True)
class Run:
    """Runs a command once; on success `mark` (if any) is recorded on the host with `digest`.

    Secrets go through `stdin` or `env`, which reach the process and no argument list, and never print.
    """

    argv: tuple[str, ...]
    stdin: str = field(default="", repr=False)
    user: str = "root"
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    mark: str = ""
    digest: str = ""
    timeout: float = 120.0

    @property
    def subject(self) -> str:
        """What it is about, in words without any secret."""
        return f"run `{' '.join(self.argv)}`"


class Change(StrEnum):
    """What a unit is asked to do."""

    START = "start"
    RESTART = "restart"
    RELOAD = "reload"
    STOP = "stop"


@dataclass(frozen=True)
class Unit:
    """Changes a systemd unit, enables it, then records the digest of what it now runs with.

    STOP disables it and drops the record; a unit that is not there is stopped.

    The record is what makes an interrupted run resume: a file that was written while its restart
    never happened still differs from the record at the next observation.
    """

    name: str
    change: Change
    digest: str = ""
    timeout: float = 120.0

    @property
    def subject(self) -> str:
        """What it is about, in words without any secret."""
        return f"{self.change} {self.name}"


@dataclass(frozen=True)
class Unpack:
    """Spreads a local archive (tar, zstd) to `path` on the host, moved into place when whole.

    Where the archive lies on this machine is no part of what is done: `path` names what is in it.
    """

    archive: str = field(compare=False)
    path: str

    @property
    def subject(self) -> str:
        """What it is about, in words without any secret."""
        return f"unpack {self.path}"


@dataclass(frozen=True)
class Forget:
    """Drops what a host has on record: what `unit` runs with, or that the work of `mark` is done, or both.

    A unit's record goes before a file that it reads is written over what others put. Without that, an
    interruption between the file and the restart would leave a unit that runs with neither, and a record
    that says it is right.
    """

    unit: str = ""
    mark: str = ""

    @property
    def subject(self) -> str:
        """What it is about, in words without any secret."""
        unit = [f"what {self.unit} runs with"] if self.unit else []
        return f"forget {' and '.join([*unit, *([f'that {self.mark} is done'] if self.mark else [])])}"


@dataclass(frozen=True)
class Remove:
    """Removes a file, a link or an empty folder; with `recursive` a folder with all in it.

    What is not there is no fault. After a unit file systemd is told. Refused are a folder of the root, what
    Holdfast's own folder is in, and whatever has a filesystem mounted in it.
    """

    path: str
    recursive: bool = False

    @property
    def subject(self) -> str:
        """What it is about, in words without any secret."""
        return f"remove {self.path}{' with all in it' if self.recursive else ''}"


@dataclass(frozen=True)
class Keep:
    """Moves data aside instead of deleting it: to `KEPT`/<the host's date>/`to`, on the same filesystem.

    What is not there was kept before.
    """

    path: str
    to: str

    @property
    def subject(self) -> str:
        """What it is about, in words without any secret."""
        return f"keep {self.path} aside as {KEPT}/<date>/{self.to}"


@dataclass(frozen=True)
class Claim:
    """Puts on the host's record that these belong to the step's component, and changes nothing else.

    For what was there before the record was; what the other actions put is recorded by itself.
    """

    files: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What it is about, in words without any secret."""
        return f"record as its own: {', '.join((*self.files, *self.units, *self.marks))}"


Action = PutFile | Package | Run | Unit | Unpack | Forget | Remove | Keep | Claim


@dataclass(frozen=True)
class Gate:
    """A functional question that must pass before what needs the step may start.

    A `proof` is a command that is run first, over a login made for it alone.
    """

    host: str
    question: str
    deadline: float = 60.0
    proof: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guard:
    """A question that must hold just before a step takes something away: on all of `hosts`, asked at once.

    A host that cannot be reached says no. `meaning` says what a yes of all means. Of the steps with guards of
    one `group` never two are at work: from the guard until the step's gate has passed, the next one waits.
    `deadline`, in seconds, is how long the guard is asked before the step is given up. `apart`: members share
    no data, so one that does not do its own work takes nothing away, and waits for nobody.
    """

    question: str
    hosts: tuple[str, ...]
    meaning: str
    group: str
    deadline: float = 60.0
    apart: bool = False


@dataclass(frozen=True)
class Step:
    """Actions on one host, done in order, behind the guards.

    `needs` names the steps whose gates must hold first. The host keeps on record what the step puts there
    as `component`'s.
    """

    id: str
    host: str
    actions: tuple[Action, ...]
    why: str
    needs: frozenset[str] = frozenset()
    gate: Gate | None = None
    guards: tuple[Guard, ...] = ()
    component: str = ""

    @property
    def digest(self) -> str:
        """Of everything that the step says: `why` too, for it was read by whoever approved the step."""
        return fingerprint(self)


@dataclass(frozen=True)
class Waiting:
    """A step that was left out of a plan: `why` its host cannot be worked on, or must not be."""

    step: str
    host: str
    why: str


@dataclass(frozen=True)
class Plan:
    """Steps in an order that respects their needs; empty when the hosts are as the cloud file wants.

    `waiting` are the steps that are due and no part of it.
    """

    steps: tuple[Step, ...]
    waiting: tuple[Waiting, ...] = ()

    @property
    def empty(self) -> bool:
        """True when there is nothing that can be done; something may be waiting all the same."""
        return not self.steps

    @property
    def digest(self) -> str:
        """Of all steps in their order; two plans that have it do the same for the same reasons."""
        return digest_of(step.digest for step in self.steps)


def digest_of(steps: Iterable[str]) -> str:
    """The digest of the plan whose steps have these."""
    return fingerprint(tuple(steps))
