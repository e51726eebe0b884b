"""A cloud whose hosts are in memory, and in a file between one command and the next."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from unittest.mock import patch

from holdfast.front.project import Project
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.transport import Transport
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Answer, UnitState

HERE = Path(__file__).parent


@dataclass
class Memory:
    """The hosts of a cloud; those in `down` cannot be reached."""

    file: Path
    down: tuple[str, ...] = ()
    hosts: dict[str, SimulatedHost] = field(default_factory=dict)

    def transports(self, project: Project) -> Mapping[str, Transport]:
        """Each host as it was left."""
        kept = pickle.loads(self.file.read_bytes()) if self.file.exists() else {}
        names = [host.name for host in project.cloud.hosts]
        self.hosts = {n: SimulatedHost(n, answer=answer_of(project), effect=start, **kept.get(n, {})) for n in names}
        for name, host in self.hosts.items():
            host.dead = name in self.down
            host.close = self.keep  # type: ignore[method-assign]
        return self.hosts

    async def keep(self) -> None:
        """Writes down what every host is."""
        self.write()

    def write(self) -> None:
        """Writes down what every host is."""
        told = {"answer", "effect", "clock", "host"}
        names = [f.name for f in fields(SimulatedHost) if f.name not in told]
        states = {n: {name: getattr(host, name) for name in names} for n, host in self.hosts.items()}
        self.file.write_bytes(pickle.dumps(states))

    def performed(self) -> dict[str, list[str]]:
        """The steps that were done on each host, in order."""
        kept = pickle.loads(self.file.read_bytes()) if self.file.exists() else {}
        return {n: list(dict.fromkeys(step for _, step, _ in state["performed"])) for n, state in kept.items()}

    def drift(self, path: str, *hosts: str) -> None:
        """Somebody changed a file on these hosts."""
        kept = pickle.loads(self.file.read_bytes())
        for name in hosts:
            assert path in kept[name]["files"]
            kept[name]["files"][path] = "another"
        self.file.write_bytes(pickle.dumps(kept))


def answer_of(project: Project):  # type: ignore[no-untyped-def]
    """What the hosts say: all works, and a clustered database knows its history once it has run."""
    clustered = next(c for c in project.catalogue if c.bootstrap)
    here = next(h for h in project.design.places if h.component is clustered)
    facts, unit = {q.name for q in clustered.facts(here)}, clustered.units[0]

    def answer(host: SimulatedHost, question: str) -> Answer:
        if question not in facts:
            return Answer(True, "fine")
        state = host.units.get(unit, UnitState("", False))
        history = "h" if state.active else ""
        data = {"running": state.active == "active", "history": history, "position": 5 if history else -1}
        return Answer(True, state.active, data)

    return answer


def start(host: SimulatedHost, action: Mapping[str, object]) -> str:
    """A first start by a command of its own is seen in its unit, which a later action names."""
    return ""


async def _well(_site: object, _observed: object) -> tuple[Finding, ...]:
    return (Finding(Verdict.PASS, "all", "cloud", "all is well"),)


@contextmanager
def remembered(folder: Path) -> Iterator[Memory]:
    """Every project's hosts are those that the folder remembers, and a release is always there."""
    down = json.loads((folder / "down").read_text()) if (folder / "down").exists() else []
    memory = Memory(folder / "hosts", tuple(down))

    def built(_series: str, cache: Path, _image: object, _say: object) -> None:
        (cache / "releases").mkdir(parents=True, exist_ok=True)

    with ExitStack() as stack:
        cache = lambda: folder / "cache"
        for what, how in (
            ("holdfast.front.project.cache_folder", cache),
            ("holdfast.front.applying.cache_folder", cache),
            ("holdfast.probes.look", _well),
            ("holdfast.artefact.build_release", built),
            ("holdfast.front.project.Project.transports", memory.transports_of()),
        ):
            stack.enter_context(patch(what, how))
        yield memory


def before(folder: Path) -> str:
    """Python for a command of its own that begins with these hosts."""
    paths = [str(HERE), str(HERE.parent)]
    return (
        f"import sys; sys.path[:0] = {paths!r}\nfrom pathlib import Path\nfrom memory import remembered\n"
        f"stack = remembered(Path({str(folder)!r})); stack.__enter__()\n"
    )
