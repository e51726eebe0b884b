"""Nothing to do: `apply` on a deployed cloud, beside other tools that hold the same state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.figures import Figure, figure
from bench.lab import BenchLab
from bench.peers import Peer, State, state_of
from bench.peers.ansible import ansible
from bench.peers.pyinfra import pyinfra
from bench.sections import Bench, Measured, record
from bench.stopwatch import Failed
from holdfast.model.cloud import Timers

TEXT = """\
The same three lab hosts, deployed and right. Each tool is told the same files (content, owner, group,
mode), packages and units, taken from Holdfast's own plan of these hosts, and finds nothing to change; a run
that changed something would not count. ansible-core: one `copy` a file, one `systemd_service` a unit, facts
off, pipelining on, ten forks, connections kept open between runs (ControlPersist); packages by one
`dpkg-query`, which is less than its `apt` module does. pyinfra: `files.put`, `systemd.service` and
`apt.packages`. Holdfast does more in its time: it also compares run-once work, the release in use and what
each unit was started with, and ends by asking every functional question of `status`. Before anything was
timed, the mode of one file was changed on one host: each tool's dry run had to see it.
"""


def run(bench: Bench) -> None:
    """Rounds of all tools, so that a disturbance meets all of them; the first round warms up."""
    with bench.quiet.stretch("noop") as breathe:
        bench.lab.need(Timers.TUNED)
        state = state_of(bench.lab.project())
        acts, peers = _acts(bench.lab, state)
        samples: dict[str, list[float]] = {name: [] for name in acts}
        for act in acts.values():
            act()
        _see_drift(bench, state, peers)
        for number in range(1, bench.times(5) + 1):
            breathe()
            for name, act in acts.items():
                samples[name].append(act())
            bench.say(f"noop: {number}: " + ", ".join(f"{n} {s[-1]:.2f} s" for n, s in samples.items()))
    bench.keep(record(bench, facts=state.counts(), figures=_figures(samples)))


def _acts(lab: BenchLab, state: State) -> tuple[dict[str, Callable[[], float]], tuple[Peer, ...]]:
    peers = (ansible(state, lab.folder / "ansible"), pyinfra(state, lab.folder / "pyinfra"))
    holds = {peer.name: partial(_hold, peer) for peer in peers}
    return {"apply": partial(_apply, lab), **holds}, peers


def _figures(samples: dict[str, list[float]]) -> dict[str, Figure]:
    texts = {"apply": "`holdfast apply`", "ansible-core": "ansible-core", "pyinfra": "pyinfra"}
    return {
        name: figure(
            texts[name],
            taken,
            promised=2.0 if name == "apply" else None,
            beside="" if name == "apply" else "apply",
        )
        for name, taken in samples.items()
    }


def _apply(lab: BenchLab) -> float:
    done = lab.holdfast("apply")
    if "nothing to do" not in done.out:
        raise Failed(f"apply had something to do, so it is not the figure asked for:\n{done.out[-2000:]}")
    return done.seconds


def _hold(peer: Peer) -> float:
    done = peer.run()
    if peer.changes(done.out) != 0:
        raise Failed(f"{peer.name} changed something, or did not end well:\n{done.out[-3000:]}")
    return done.seconds


def _see_drift(bench: Bench, state: State, peers: tuple[Peer, ...]) -> None:
    """A tool that does not see a planted difference holds nothing, however fast it is."""
    with _planted(bench.lab, state):
        if "nothing to do" in bench.lab.holdfast("plan").out:
            raise Failed("holdfast plan did not see the planted difference")
        for peer in peers:
            found = peer.run(dry=True)
            if peer.changes(found.out) < 1:
                raise Failed(f"{peer.name} did not see the planted difference:\n{found.out[-3000:]}")


@contextmanager
def _planted(lab: BenchLab, state: State) -> Iterator[Path]:
    host = state.hosts[-1]
    file = next(f for f in host.files if not f.secret and f.mode == 0o644)
    lab.shell(host.name, "chmod", "0600", file.path)
    try:
        yield Path(file.path)
    finally:
        lab.shell(host.name, "chmod", f"{file.mode:o}", file.path)


SECTION = Measured("noop", 10, "Nothing to do", TEXT, needs_lab=True, run=run)
