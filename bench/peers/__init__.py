"""The same state held by other tools: written for each from what Holdfast itself wants of the hosts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.stopwatch import Timed, timed
from holdfast.front.project import Project
from holdfast.model.plan import PutFile
from holdfast.plan.desired import Desired, desired

BIN = Path(__file__).resolve().parents[2] / ".venv-bench/bin"


@dataclass(frozen=True)
class HostState:
    """What one host holds. `address` and `key` say how it is reached."""

    name: str
    address: str
    files: tuple[PutFile, ...]
    packages: tuple[str, ...]
    units: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """What all hosts hold, and the key and known hosts that lead to them."""

    hosts: tuple[HostState, ...]
    key: Path
    known_hosts: Path

    def counts(self) -> dict[str, str]:
        """How much is held, over all hosts."""
        return {
            "hosts": str(len(self.hosts)),
            "files": str(sum(len(h.files) for h in self.hosts)),
            "packages": str(sum(len(h.packages) for h in self.hosts)),
            "units": str(sum(len(h.units) for h in self.hosts)),
        }


@dataclass(frozen=True)
class Peer:
    """Another tool with the state written down for it in `folder`.

    `changes` reads from the tool's words how many things it changed, or would change in a dry run; -1
    where the words do not say.
    """

    name: str
    folder: Path
    argv: tuple[str, ...]
    dry: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    changes: Callable[[str], int]

    def run(self, *, dry: bool = False) -> Timed:
        """Holds the state, or says what it would change. Raises Failed."""
        return timed(self.dry if dry else self.argv, cwd=self.folder, env=dict(self.env))


def state_of(project: Project) -> State:
    """Every file, package and unit that Holdfast wants, host by host."""
    wanted = [desired(here) for here in project.site.places]
    hosts = tuple(
        _host_state(host.name, host.address, [d for d in wanted if d.host == host])
        for host in project.cloud.hosts
    )
    return State(hosts, project.lab.ssh_key, project.lab.known_hosts)


def _host_state(name: str, address: str, wanted: list[Desired]) -> HostState:
    return HostState(
        name,
        address,
        tuple(f for d in wanted for f in d.all_files),
        tuple(sorted({p for d in wanted for p in d.component.packages})),
        tuple(dict.fromkeys(p.unit for d in wanted for p in d.processes)),
    )


def write_files(state: State, folder: Path) -> None:
    """Every file's content below `folder/files/HOST`, where tools take it from."""
    for host in state.hosts:
        for file in host.files:
            path = folder / "files" / host.name / file.path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content)
