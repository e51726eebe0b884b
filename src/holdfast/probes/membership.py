"""Do all members of each quorum agree on who is a member, and is nobody missing?"""

from __future__ import annotations

from holdfast.model.catalogue import Here, Placed
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Answer
from holdfast.model.process import Ha
from holdfast.model.scene import answers_of
from holdfast.probes import View

RULE = "membership"


def probe(view: View) -> tuple[Finding, ...]:
    """One finding for each component that has a quorum process; a cloud without any passes."""
    nothing = Finding(Verdict.PASS, RULE, view.site.cloud.name, "nothing here has members")
    found = tuple(
        _agreement(placed, views, len(placed.hosts))
        for placed in view.site.placed
        if (views := _views(view, placed))
    )
    return found or (nothing,)


def _views(view: View, placed: Placed) -> dict[str, tuple[str, ...] | None]:
    """By host, the members that its quorum processes see; empty where the component has none."""
    return {
        host.name: _members(answer)
        for host in placed.hosts
        for process, answer in answers_of(Here(view.site, placed, host), view.observed)
        if process.ha is Ha.QUORUM
    }


def _members(answer: Answer | None) -> tuple[str, ...] | None:
    said = answer.data.get("members") if answer is not None else None
    return tuple(sorted(str(m) for m in said)) if isinstance(said, (list, tuple)) else None


def _agreement(placed: Placed, views: dict[str, tuple[str, ...] | None], size: int) -> Finding:
    evidence = "; ".join(f"{host} sees {', '.join(v) if v else 'nothing'}" for host, v in views.items())
    silent = [host for host, seen in views.items() if seen is None]
    different = {seen for seen in views.values() if seen is not None}
    remedy = f"see each node's own log; a node that is out joins again after a restart of {placed.name}"
    verdict, detail = Verdict.PASS, f"all {size} see {', '.join(min(different, key=str, default=()))}"
    if len(different) > 1:
        verdict, detail = Verdict.FAIL, f"the members do not agree: {evidence}"
    elif any(len(seen) != size for seen in different):
        verdict, detail = Verdict.FAIL, f"{size} members expected: {evidence}"
    elif silent or not different:
        verdict, detail = Verdict.UNKNOWN, f"no answer from {', '.join(silent)}"
        remedy = "bring these hosts back, or look at what else is said of them"
    return Finding(verdict, RULE, placed.name, detail, remedy if verdict else "", component=placed.name)
