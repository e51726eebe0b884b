"""A cloud whose hosts are in memory, and in a file between one command and the next."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from unittest.mock import patch

from holdfast.front.project import Project
from holdfast.hosts.fake import SimulatedHost
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Answer, UnitState

STATE = [f.name for f in fields(SimulatedHost) if f.name not in ("host", "answer", "effect", "clock")]
Answers = Callable[[SimulatedHost, str], Answer]


class Remembered(SimulatedHost):
    """A host that is written down when the command lets go of it."""

    memory: Memory

    async def close(self) -> None:
        """Keeps what it is."""
        self.memory.write()


@dataclass
class Memory:
    """The hosts of a cloud by name, as the last command left them."""

    folder: Path
    hosts: dict[str, Remembered] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / "hosts"

    def transports(self, project: Project) -> Mapping[str, Remembered]:
        """Each host as it was left; Project.transports."""
        kept = self.read()
        answer, effect = habits(project)
        self.hosts = {
            h.name: Remembered(h.name, answer=answer, effect=effect, **kept.get(h.name, {}))
            for h in project.cloud.hosts
        }
        for host in self.hosts.values():
            host.memory = self
        return self.hosts

    def read(self) -> dict[str, dict[str, Any]]:
        """What is known of each host, by the names of SimulatedHost's fields."""
        return pickle.loads(self.file.read_bytes()) if self.file.exists() else {}

    def write(self) -> None:
        """Keeps what every host is."""
        states = {n: {name: getattr(host, name) for name in STATE} for n, host in self.hosts.items()}
        self.file.write_bytes(pickle.dumps(states))

    def change(self, host: str, **fields: object) -> None:
        """Something happens on a host while no command is at work."""
        kept = self.read()
        kept.setdefault(host, {}).update(fields)
        self.file.write_bytes(pickle.dumps(kept))

    def drift(self, path: str, *hosts: str) -> None:
        """Somebody changes a file on these hosts."""
        for name in hosts:
            files = self.read()[name]["files"]
            assert path in files
            self.change(name, files={**files, path: "another"})

    def performed(self) -> dict[str, list[str]]:
        """The steps that were done on each host, in order."""
        done = {name: kept["performed"] for name, kept in self.read().items()}
        return {name: list(dict.fromkeys(step for _, step, _ in steps)) for name, steps in done.items()}


def habits(project: Project) -> tuple[Answers, Callable[[SimulatedHost, Mapping[str, Any]], str]]:
    """All works; a clustered database knows its history once it runs, and a bare command starts it."""
    clustered = next(c for c in project.catalogue if c.bootstrap)
    here = next(h for h in project.design.places if h.component is clustered)
    facts, unit = {q.name for q in clustered.facts(here)}, clustered.units[0]

    def answer(host: SimulatedHost, question: str) -> Answer:
        if question not in facts:
            return Answer(True, "fine")
        state = host.units.get(unit, UnitState("", False))
        history = "h" if state.active else ""
        data = {"running": state.active == "active", "history": history, "position": 5 if history else -1}
        data["data"] = bool(history)
        return Answer(True, state.active, data)

    def effect(host: SimulatedHost, action: Mapping[str, Any]) -> str:
        started = action["kind"] == "Run" and not action["mark"] and action["argv"][0] != "rm"
        if started and unit not in host.units:
            host.units[unit] = UnitState("active", False)
        return ""

    return answer, effect


async def _well(_site: object, _observed: object) -> tuple[Finding, ...]:
    return (Finding(Verdict.PASS, "all", "cloud", "all is well"),)


@contextmanager
def remembered(folder: Path) -> Iterator[Memory]:
    """Every project's hosts are those that the folder remembers; a release is there and is never built."""
    memory = Memory(folder)
    replaced: dict[str, object] = {
        "holdfast.front.project.cache_folder": lambda: folder / "cache",
        "holdfast.artefact.build_release": _built,
        "holdfast.probes.look": _well,
        "holdfast.front.project.Project.transports": lambda project: memory.transports(project),
    }
    with ExitStack() as stack:
        for what, how in replaced.items():
            stack.enter_context(patch(what, how))
        yield memory


def _built(_series: str, _cache: Path, _image: object, _say: object) -> None:
    """`deliver` only wants a file to send."""


def before(folder: Path) -> str:
    """Python that a command of its own begins with."""
    paths = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    return (
        f"import sys; sys.path[:0] = {paths!r}\nfrom pathlib import Path\nfrom memory import remembered\n"
        f"kept = remembered(Path({str(folder)!r})); kept.__enter__()\n"
    )
