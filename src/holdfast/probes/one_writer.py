"""Do all balancers send to the same writer, and is no session left with another?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from holdfast.model.finding import Finding, Verdict
from holdfast.model.scene import told
from holdfast.probes import View

RULE = "one_writer"
CURE = "the balancers agree by themselves within a second; where they do not: the load balancer's log there"


def probe(view: View) -> tuple[Finding, ...]:
    """One finding for each frontend of one writer; a cloud without any passes."""
    frontends = {f.name: c.name for c in view.site.catalogue for f in c.frontends if not f.http}
    nothing = Finding(Verdict.PASS, RULE, view.site.cloud.name, "nothing here has one writer")
    found = (replace(_judge(view, name), component=part) for name, part in frontends.items())
    return tuple(found) or (nothing,)


def _judge(view: View, frontend: str) -> Finding:
    chosen = _said(view, "active", frontend)
    writers = {str(writer) for writer in chosen.values() if writer}
    evidence = "; ".join(f"{host} sends to {writer or 'nobody'}" for host, writer in chosen.items())
    if not chosen:
        return Finding(Verdict.UNKNOWN, RULE, frontend, "no balancer answered", CURE)
    if len(writers) > 1:
        return Finding(Verdict.FAIL, RULE, frontend, f"the balancers do not agree: {evidence}", CURE)
    left = {
        host: sorted(set(_names(names)) - writers) for host, names in _said(view, "held", frontend).items()
    }
    if old := "; ".join(f"{host} holds sessions to {', '.join(to)}" for host, to in left.items() if to):
        return Finding(Verdict.FAIL, RULE, frontend, f"sessions are with another member: {old}", CURE)
    if not writers:
        return Finding(Verdict.FAIL, RULE, frontend, f"there is no writer: {evidence}", CURE)
    return Finding(Verdict.PASS, RULE, frontend, f"{writers.pop()}, for all of {', '.join(chosen)}")


def _said(view: View, key: str, frontend: str) -> dict[str, object]:
    """By host, what its balancer says of a frontend; balancers that do not know it are left out."""
    answers = told(view.site, view.observed, "balancer", key)
    return {
        host: said[frontend]
        for host, said in answers.items()
        if isinstance(said, Mapping) and frontend in said
    }


def _names(said: object) -> list[str]:
    return [str(name) for name in said] if isinstance(said, (list, tuple)) else []
