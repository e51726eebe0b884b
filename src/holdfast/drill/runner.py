"""A drill, from the look before to the verdict: load, fault, healing, judgement."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from holdfast.checks.budget import promises_of
from holdfast.drill.circumstances import Circumstances, timers_of
from holdfast.drill.collect import collect_logs
from holdfast.drill.drill import Clients, Drill, DrillRefused, Progress
from holdfast.drill.evidence import Evidence, whereabouts
from holdfast.drill.files import save_drill, save_index, save_run
from holdfast.drill.happenings import happenings
from holdfast.drill.healing import heal, heal_open
from holdfast.drill.history import Tail
from holdfast.drill.judge import judge
from holdfast.drill.result import DrillResult, Report, Run, summarise
from holdfast.drill.workloads import deadlines, workloads
from holdfast.faults import Target, aim, find
from holdfast.faults.aiming import refuse_nonsense
from holdfast.hosts.logs import Logs
from holdfast.journal import FaultHealed, FaultInjected
from holdfast.model.finding import Finding, Verdict, worst
from holdfast.model.observed import Observed
from holdfast.model.op import Op, Outcome
from holdfast.probes import look
from holdfast.probes.sessions.access import access_to

# Looking at the hosts costs them time: not while the clients' downtime is being measured.
UNDISTURBED = 2.0


@dataclass(frozen=True)
class _Look:
    """One look at all hosts: what they said, and what the probes make of it."""

    observed: Mapping[str, Observed | None]
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """True when every probe passes."""
        return worst(self.findings) is Verdict.PASS

    @property
    def offsets(self) -> dict[str, float]:
        """Seconds by which the clock of each host that answered is ahead of this machine's."""
        return {name: seen.clock_offset for name, seen in self.observed.items() if seen}


async def run_drill(names: Sequence[str], repeats: int, drill: Drill) -> tuple[DrillResult, ...]:
    """Strikes with each fault `repeats` times, at least once, and writes everything to `drill.folder`.

    `names` are fault names, with or without `@host`. Raises DrillRefused when the cloud is not healthy
    before a run or the load cannot start, FaultError for a name or a target that does not exist.
    Whatever happens, what was injected is healed; a fault that could not be is left open in the log.
    """
    names = tuple(dict.fromkeys(each for name in names for each in _one_by_one(drill, name)))
    drill.folder.mkdir(parents=True, exist_ok=True)
    results: dict[str, DrillResult] = {}
    for name in names:
        runs: list[Run] = []
        for repeat in range(1, repeats + 1):
            runs.append(await _Repeat(drill, name, repeat, repeats).run())
            results[name] = summarise(name, tuple(runs), drill.predict)
            report = Report(drill.folder, tuple(results.values()))
            save_drill(drill.hands.site.cloud.name, report, _now(drill))
        # It reads what every earlier drill left: once a fault is often enough.
        save_index(drill.hands.site.cloud.name, drill.folder.parent)
    return tuple(results.values())


def _now(drill: Drill) -> datetime:
    """The time by the drill's clock, with its zone."""
    return datetime.fromtimestamp(drill.wall(), UTC)


def _one_by_one(drill: Drill, name: str) -> tuple[str, ...]:
    """`fault@each` as a fault for each host. Raises FaultError for a name or a host that does not exist."""
    find(drill.hands.site, name)
    refuse_nonsense(drill.hands.site, name)
    if name.partition("@")[2] != "each":
        return (name,)
    return tuple(target.name for target in aim(drill.hands.site, {}, name))


@dataclass(frozen=True)
class _Times:
    """When a fault was injected and healed, and how long full redundancy took; None: not in time."""

    injected: float
    healed: float
    redundancy: float | None


class _Repeat:
    """One run of one fault."""

    def __init__(self, drill: Drill, name: str, repeat: int, repeats: int) -> None:
        self.drill, self.name, self.repeat, self.repeats = drill, name, repeat, repeats
        self.timing, self.site = drill.timing, drill.hands.site
        self.fault, _ = find(self.site, name)
        self.access = access_to(self.site)
        self.ops: list[Op] = []
        self.target = Target(name.partition("@")[0], (name.partition("@")[2],))

    async def run(self) -> Run:
        """From the look before to the verdict."""
        since = self.drill.wall()
        healed = await heal_open(self.drill)
        before = await self._ready(self.timing.whole if healed else self.timing.ready)
        self.target = self._aim(before)
        # Says before anything is broken whether healing will be possible, and undoes what nobody journalled.
        await self.fault.heal(self.drill.hands, self.target)
        folder = self.drill.folder / f"{self.target.name}-{self.repeat}"
        folder.mkdir(parents=True, exist_ok=True)
        run = f"{since:.0f}-{self.target.fault}-{self.repeat}"[:64]
        clients = self.drill.load(self.access, run, folder)
        try:
            evidence = await self._strike(clients, await clients.start(), run)
        finally:
            await asyncio.shield(clients.stop())
        zero = self.drill.wall() - clients.clock()
        self._say("judge", "reading what the cloud kept, and the logs")
        logs, evidence = await self._gather(evidence, run, (since - 5, zero), before, folder)
        findings = judge(evidence)
        if worst(findings) is Verdict.PASS:
            await self.drill.forget(self.access, run)
        done = Run(evidence, findings, folder.name, self._circumstances(zero + evidence.injected, logs))
        save_run(folder, done, summarise(self.name, (done,), self.drill.predict), _now(self.drill))
        self._say("done", f"{worst(findings).name.lower()}: {folder}")
        return done

    async def _strike(self, clients: Clients, tail: Tail, run: str) -> Evidence:
        await self._warm_up(clients, tail)
        times = await self._break_and_heal(clients, tail, run)
        await asyncio.sleep(self.timing.settle)
        ended = clients.clock()
        await clients.stop()
        self.ops.extend(tail.read())
        return Evidence(
            site=self.site,
            target=self.target,
            ops=tuple(sorted(self.ops, key=lambda op: op.end)),
            injected=times.injected,
            healed=times.healed,
            ended=ended,
            deadlines=deadlines(self.access),
            # What is promised is promised for the loss of one.
            promises=promises_of(self.site) if len(self.target.hosts) == 1 else (),
            workloads=workloads(self.access),
            redundancy=times.redundancy,
            returns=self.fault.returns,
        )

    async def _break_and_heal(self, clients: Clients, tail: Tail, run: str) -> _Times:
        fault = self.fault
        self._say("inject", fault.summary)
        mark = FaultInjected(run, self.target.fault, self.target.where, self.target.record())
        self.drill.journal.append(mark)
        redundancy, injected = None, clients.clock()
        try:
            await fault.inject(self.drill.hands, self.target)
            unaided = self._whole(clients, injected, UNDISTURBED) if fault.returns else _nothing()
            _, redundancy = await asyncio.gather(self._hold(clients, tail, injected), unaided)
        finally:
            self._say("heal", f"healing {self.target.name}")
            healed = clients.clock()
            await asyncio.shield(self._healed(run))
        if not fault.returns:
            redundancy = await self._whole(clients, healed)
        return _Times(injected, healed, redundancy)

    async def _healed(self, run: str) -> None:
        await heal(self.drill, self.target)
        self.drill.journal.append(FaultHealed(run))

    async def _gather(
        self, evidence: Evidence, run: str, times: tuple[float, float], before: _Look, folder: Path
    ) -> tuple[Mapping[str, Logs], Evidence]:
        """`times` are since when logs are read, and the run's start, both in seconds of the epoch."""
        since, zero = times
        kept, last, logs = await asyncio.gather(
            self.drill.collect(self.access, run, evidence.ops),
            self._look(),
            collect_logs(self.drill.hands, since, folder / "logs"),
        )
        return logs, replace(
            evidence,
            kept=kept,
            looks=last.findings,
            happenings=happenings(self.site, logs, {**before.offsets, **last.offsets}, zero),
            whereabouts=whereabouts(self.site, before.observed, last.observed),
        )

    def _circumstances(self, struck: float, logs: Mapping[str, Logs]) -> Circumstances:
        return Circumstances(
            time=datetime.fromtimestamp(struck, UTC),
            version=version("holdfast"),
            clients=self.drill.machine(),
            hosts={host: told.hardware for host, told in logs.items()},
            switch=self.site.cloud.timers,
            timers=timers_of(self.site, self.target.fault),
        )

    def _aim(self, seen: _Look) -> Target:
        return aim(self.site, seen.observed, self.name)[0]

    async def _ready(self, patience: float) -> _Look:
        """The look before. Raises DrillRefused, with what is wrong, when the cloud is not whole in time."""
        self._say("look", "is everything healthy before the fault?")
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while True:
            seen = await self._look()
            if seen.whole:
                return seen
            if loop.time() > end:
                wrong = tuple(f for f in seen.findings if f.verdict is not Verdict.PASS)
                raise DrillRefused(f"{self.name}: the cloud is not healthy, so nothing was broken", wrong)
            await asyncio.sleep(self.timing.observe)

    async def _look(self) -> _Look:
        observed = await self.drill.observe()
        return _Look(observed, await look(self.site, observed, fetch=self.drill.fetch))

    async def _warm_up(self, clients: Clients, tail: Tail) -> None:
        """Waits for a success of each kind, then for the warm-up. DrillRefused when a kind has none."""
        self._say("load", "clients at work")
        while True:
            await asyncio.sleep(self.timing.poll)
            self.ops.extend(tail.read())
            good = {op.kind for op in self.ops if op.outcome is Outcome.OK}
            missing = [kind for kind in deadlines(self.access) if kind not in good]
            failed = clients.failed()
            if failed or (missing and clients.clock() > self.timing.start):
                words = [f"{name}: {why}" for name, why in failed.items()] or self._last_words(missing)
                raise DrillRefused(f"{self.name}: the clients could not work: {'; '.join(words)}")
            if not missing:
                break
        await asyncio.sleep(self.timing.warm_up)

    def _last_words(self, missing: Sequence[str]) -> list[str]:
        return [
            f"{kind}: "
            + next((op.value for op in reversed(self.ops) if op.kind == kind), "no operation ended")
            for kind in missing
        ]

    async def _hold(self, clients: Clients, tail: Tail, injected: float) -> None:
        """Lets the fault last until the clients are well again, within the bounds."""
        self._say("hold", "until clients are well again")
        while (now := clients.clock()) < injected + self.timing.hold_most:
            await asyncio.sleep(self.timing.poll)
            self.ops.extend(tail.read())
            recent = self.ops[-5000:]
            if now > injected + self.timing.hold_least and well(
                recent, now, self.timing.calm, deadlines(self.access)
            ):
                return

    async def _whole(self, clients: Clients, since: float, delay: float = 0.0) -> float | None:
        """Seconds from `since` until every probe passes; None when that takes too long."""
        await asyncio.sleep(delay)
        self._say("return", "waiting for full redundancy")
        while True:
            seen = await self._look()
            now = clients.clock()
            if seen.whole:
                return now - since
            if now > since + self.timing.whole:
                return None
            await asyncio.sleep(self.timing.observe)

    def _say(self, phase: str, text: str) -> None:
        self.drill.say(Progress(self.target.name, self.repeat, self.repeats, phase, text))


async def _nothing() -> None:
    """What a fault that does not return by itself has to wait for."""


def well(ops: Sequence[Op], now: float, calm: float, kinds: Iterable[str]) -> bool:
    """True when each of the kinds had successes and nothing else in the last `calm` seconds."""
    recent = [op for op in ops if op.end > now - calm]
    return {op.kind for op in recent} >= set(kinds) and all(op.outcome is Outcome.OK for op in recent)
