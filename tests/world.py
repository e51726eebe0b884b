"""Hosts as values: what a plan makes of what was observed, without any I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from holdfast.model.catalogue import Site
from holdfast.model.observed import Answer, Belongings, Observed, UnitState
from holdfast.model.plan import Action, Change, Forget, Package, Plan, PutFile, Remove, Run, Step, Unit
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

    def plan(self, **left_out: str) -> Plan:
        return compile_plan(self.site, self.seen(), left_out)

    def without(self, *dead: str) -> Plan:
        """The plan where some hosts cannot be reached."""
        seen = {name: each for name, each in self.seen().items() if name not in dead}
        return compile_plan(self.site, seen, dict.fromkeys(dead, "it lost its power"))

    def done(self, *steps: Step) -> None:
        """Each step's actions are done, one after the other."""
        for step in steps:
            for action in step.actions:
                self.hosts[step.host] = _after(self.hosts.get(step.host, bare(step.host)), step, action)

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
                    "data": bool(unit.applied),
                    "position": 7 if unit.applied else -1,
                }
                answers[question.name] = Answer(True, f"{unit.active}", data)
        return replace(seen, answers={**answers, **seen.answers})


def _after(seen: Observed, step: Step, action: Action) -> Observed:
    """What a host says after an action, its record of what was put there included."""
    changes: dict[str, object] = {}
    match action:
        case PutFile(path=path):
            changes["files"] = {**seen.files, path: action.digest}
        case Remove(path=path):
            changes["files"] = {k: v for k, v in seen.files.items() if k != path}
        case Package(names=names):
            changes["packages"] = {**seen.packages, **dict.fromkeys(names, "1")}
        case Run(mark=mark) if mark:
            changes["marks"] = {**seen.marks, mark: action.digest}
        case Forget(unit=unit) if unit in seen.units:
            changes["units"] = {**seen.units, unit: replace(seen.units[unit], applied="")}
        case Forget(mark=mark):
            changes["marks"] = {k: v for k, v in seen.marks.items() if k != mark}
        case Unit(name=name, change=change):
            stopped = UnitState("inactive", False)
            runs = UnitState("active", True, action.digest)
            changes["units"] = {**seen.units, name: stopped if change is Change.STOP else runs}
    return _recorded(replace(seen, **changes), step.component, action)  # type: ignore[arg-type]


def _recorded(seen: Observed, component: str, action: Action) -> Observed:
    had = seen.inventory.get(component, Belongings())
    match action:
        case PutFile(path=path):
            had = replace(had, files=tuple(dict.fromkeys((*had.files, path))))
        case Remove(path=path):
            had = replace(had, files=tuple(each for each in had.files if each != path))
        case Run(mark=mark) if mark:
            had = replace(had, marks=tuple(dict.fromkeys((*had.marks, mark))))
        case Forget(mark=mark) if mark:
            had = replace(had, marks=tuple(each for each in had.marks if each != mark))
        case Unit(name=name, change=Change.STOP):
            had = replace(had, units=tuple(each for each in had.units if each != name))
        case Unit(name=name, change=Change.START | Change.RESTART):
            had = replace(had, units=tuple(dict.fromkeys((*had.units, name))))
        case _:
            return seen
    return replace(seen, inventory={**seen.inventory, component: had})
