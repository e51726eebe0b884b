"""Do all members of each quorum agree on who is a member, and is nobody missing?"""

from __future__ import annotations

from holdfast.model.component import Component, Ha, Process
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Answer
from holdfast.model.places import answers_of
from holdfast.probes import View

RULE = "membership"


def probe(view: View) -> tuple[Finding, ...]:
    """One finding for each component that has a quorum process."""
    return tuple(
        _agreement(component, _views(view, component), len(view.site.hosts_of(component)))
        for component in view.site.catalogue
        if any(
            process.ha is Ha.QUORUM
            for host in view.site.hosts_of(component)
            for process in component.processes(view.site, host)
        )
    )


def _views(view: View, component: Component) -> dict[str, tuple[str, ...] | None]:
    return {
        host.name: _members(answer)
        for host in view.site.hosts_of(component)
        for process, answer in answers_of(view.site, view.observed, component, host)
        if _counts(process)
    }


def _counts(process: Process) -> bool:
    return process.ha is Ha.QUORUM


def _members(answer: Answer | None) -> tuple[str, ...] | None:
    said = answer.data.get("members") if answer is not None else None
    return tuple(sorted(str(m) for m in said)) if isinstance(said, (list, tuple)) else None


def _agreement(component: Component, views: dict[str, tuple[str, ...] | None], size: int) -> Finding:
    evidence = "; ".join(f"{host} sees {', '.join(v) if v else 'nothing'}" for host, v in views.items())
    silent = [host for host, seen in views.items() if seen is None]
    different = {seen for seen in views.values() if seen is not None}
    remedy = f"see each node's own log; a node that is out joins again after a restart of {component.name}"
    if len(different) > 1:
        return Finding(Verdict.FAIL, RULE, component.name, f"the members do not agree: {evidence}", remedy)
    if any(len(seen) != size for seen in different):
        return Finding(Verdict.FAIL, RULE, component.name, f"{size} members expected: {evidence}", remedy)
    if silent or not different:
        return Finding(Verdict.UNKNOWN, RULE, component.name, f"no answer from {', '.join(silent)}", remedy)
    return Finding(Verdict.PASS, RULE, component.name, f"all {size} see {', '.join(different.pop())}")
