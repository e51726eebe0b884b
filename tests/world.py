"""Hosts as values: what a plan makes of what was observed, without any I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from holdfast.model.catalogue import Site
from holdfast.model.observed import Answer, Observed, UnitState
from holdfast.model.plan import Action, Change, Package, Plan, PutFile, Run, Step, Unit, Unpack
from holdfast.plan.compile import compile_plan


def bare(host: str) -> Observed:
    """A fit host on which nothing has been done."""
    return Observed(host, os="debian 13", python=(3, 13), free_mib=9000)


@dataclass
class World:
    """The hosts of a site, and what each step of a plan makes of them."""

    site: Site
    hosts: dict[str, Observed] = field(default_factory=dict)

    def seen(self) -> Mapping[str, Observed]:
        """What observation brings back now; a clustered database knows its history once it has run."""
        return {h.name: self._answering(self.hosts.get(h.name, bare(h.name))) for h in self.site.cloud.hosts}

    def plan(self) -> Plan:
        return compile_plan(self.site, self.seen())

    def done(self, *steps: Step) -> None:
        """Each step's actions are done, one after the other."""
        for step in steps:
            for action in step.actions:
                self.hosts[step.host] = _after(self.hosts.get(step.host, bare(step.host)), action)

    def deployed(self) -> World:
        """Everything that the plan wants has been done."""
        self.done(*self.plan().steps)
        assert self.plan().empty
        return self

    def unit(self, host: str, name: str, **changes: object) -> None:
        """Changes what is known of a unit."""
        seen = self.hosts[host]
        state = replace(seen.units[name], **changes)  # type: ignore[arg-type]
        self.hosts[host] = replace(seen, units={**seen.units, name: state})

    def lose_file(self, host: str, path: str) -> None:
        """Somebody changed a file there."""
        seen = self.hosts[host]
        assert path in seen.files
        self.hosts[host] = replace(seen, files={**seen.files, path: "another"})

    def _answering(self, seen: Observed) -> Observed:
        answers: dict[str, Answer] = {}
        for here in self.site.by_host[seen.host]:
            for question in here.component.facts(here):
                name = here.processes[0].unit
                unit = seen.units.get(name, UnitState("inactive", False))
                data = {
                    "running": unit.active == "active",
                    "history": "h1" if unit.applied else "",
                    "position": 7 if unit.applied else -1,
                }
                answers[question.name] = Answer(True, f"{unit.active}", data)
        return replace(seen, answers={**answers, **seen.answers})


def _after(seen: Observed, action: Action) -> Observed:
    match action:
        case PutFile():
            return replace(seen, files={**seen.files, action.path: action.digest})
        case Package():
            return replace(seen, packages={**seen.packages, **dict.fromkeys(action.names, "1")})
        case Unpack():
            return seen
        case Run(argv=("rm", "-f", path)):
            return replace(seen, files={k: v for k, v in seen.files.items() if k != path})
        case Run():
            marks = {action.mark: action.digest} if action.mark else {}
            return replace(seen, marks={**seen.marks, **marks})
        case Unit():
            active = "inactive" if action.change is Change.STOP else "active"
            return replace(seen, units={**seen.units, action.name: UnitState(active, True, action.digest)})
