"""A site of simulated hosts, deployed by the real planner and the real walk."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clouds import place
from three_hosts import make_site

from holdfast.converge import Ending, converge
from holdfast.hosts.fake import SimulatedHost
from holdfast.hosts.lock import held
from holdfast.hosts.observe import observe_all
from holdfast.journal import Journal
from holdfast.model.catalogue import Site
from holdfast.model.observed import Answer, Observed, UnitState
from holdfast.model.release import Release
from holdfast.plan.compile import compile_plan
from holdfast.plan.inquiry import all_questions, inquiries


@dataclass
class Deployment:
    """Simulated hosts of a site, deployed by the real planner."""

    folder: Path
    site: Site = field(init=False)
    hosts: dict[str, SimulatedHost] = field(init=False)

    def __post_init__(self) -> None:
        archive = self.folder / "release.tar.zst"
        archive.write_bytes(b"archive")
        self.site = replace(make_site(), release=Release("2026.2", "0" * 12, str(archive)))
        names = [host.name for host in self.site.cloud.hosts]
        self.hosts = {n: SimulatedHost(n, answer=self.answer, effect=self.effect) for n in names}
        self.clustered = next(c for c in self.site.catalogue if c.bootstrap)
        self.unit = self.clustered.units[0]
        here = place(self.site, self.clustered)
        self.facts = {q.name for q in self.clustered.facts(here)}

    def answer(self, host: SimulatedHost, question: str) -> Answer:
        if question not in self.facts:
            return Answer(True, "fine")
        unit = host.units.get(self.unit, UnitState("", False))
        history = "h" if unit.active else ""
        data = {"running": unit.active == "active", "history": history, "position": 5 if history else -1}
        data["data"] = bool(history)
        return Answer(True, unit.active, data)

    def effect(self, host: SimulatedHost, action: dict[str, Any]) -> str:
        started = action["kind"] == "Run" and not action["mark"] and action["argv"][0] != "rm"
        if started and self.unit not in host.units:
            host.units[self.unit] = UnitState("active", False)
        return ""

    async def look(self) -> dict[str, Observed]:
        seen = await observe_all(self.hosts, inquiries(self.site))
        return {name: each for name, each in seen.items() if isinstance(each, Observed)}

    async def apply(self, run_id: str) -> Ending:
        plan = compile_plan(self.site, await self.look())
        journal, questions = Journal(self.folder / "journal.jsonl"), all_questions(self.site)
        async with held(self.hosts, "me", "a test", run_id) as lock:
            return await converge(
                plan, self.hosts, questions, journal, lambda _: None, run_id=run_id, epoch=lock.epoch
            )

    def marked(self) -> list[dict[str, str]]:
        return [host.marks for host in self.hosts.values()]

    def end(self) -> list[object]:
        """Files, packages and units; where run-once work is recorded depends on who lived."""
        return [host.state()[:3] for host in self.hosts.values()]
