"""Timers keep the order their software needs: a shorter one out of order can cost a cluster its quorum."""

from __future__ import annotations

import itertools
from dataclasses import replace

from holdfast.checks import Design, Rule
from holdfast.checks.sample import changed, design
from holdfast.model.catalogue import Site
from holdfast.model.component import Component
from holdfast.model.finding import Finding, Verdict

NAME = "unsafe-timers"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a declared chain of timers; a chain that goes through a service not wanted is none."""
    known = {timer.name for component in of.site.catalogue for timer in component.timers}
    return tuple(
        _judge(of.site, component, chain)
        for component in of.site.catalogue
        for chain in component.timer_order
        if known.issuperset(chain)
    )


def _judge(site: Site, component: Component, chain: tuple[str, ...]) -> Finding:
    told = {name: f"{name} ({site.timer(name):g})" for name in chain}
    wrong = [
        f"{told[above]} is not above {told[below]}"
        for above, below in itertools.pairwise(chain)
        if not site.timer(above) > site.timer(below)
    ]
    if wrong:
        remedy = "set the timers back in order, and prove them by drills under load, each host in turn"
        return Finding(Verdict.FAIL, NAME, component.name, "; ".join(wrong), remedy)
    return Finding(Verdict.PASS, NAME, component.name, " > ".join(told.values()))


def _reversed() -> Design:
    def change(component: Component) -> Component:
        last = {chain[-1] for chain in component.timer_order}
        timers = (replace(t, tuned=1e6) if t.name in last else t for t in component.timers)
        return replace(component, timers=tuple(timers))

    return changed(design(3), change)


RULE = Rule(
    NAME,
    "R1",
    "timers that depend on one another are in order",
    check,
    good=lambda: design(3),
    bad=_reversed,
)
