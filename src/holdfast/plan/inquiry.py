"""What must be asked of each host before a plan can be made, or its state told: one round trip each."""

from __future__ import annotations

from holdfast.hosts.observe import Inquiry
from holdfast.model.cloud import Host
from holdfast.model.component import Component
from holdfast.model.question import Question
from holdfast.model.site import LINK, Site, runs_on
from holdfast.plan.desired import desired, mark_of


def inquiries(site: Site) -> dict[str, Inquiry]:
    """For planning: files, packages, units, marks and the facts a first start is decided from."""
    return {host.name: _for_planning(site, host) for host in site.cloud.hosts}


def health_inquiries(site: Site) -> dict[str, Inquiry]:
    """For the state of things: each process's functional question, and nothing else."""
    return {host.name: Inquiry(questions=tuple(questions(site, host).values())) for host in site.cloud.hosts}


def questions(site: Site, host: Host) -> dict[str, Question]:
    """Every health question of a host, by its name."""
    return {p.health.name: p.health for c in _on(site, host) for p in c.processes(site, host)}


def all_questions(site: Site) -> dict[tuple[str, str], Question]:
    """Every health question, by host name and its own name: what gates are looked up in."""
    return {(h.name, name): q for h in site.cloud.hosts for name, q in questions(site, h).items()}


def _on(site: Site, host: Host) -> tuple[Component, ...]:
    return tuple(c for c in site.catalogue if runs_on(c, host))


def _for_planning(site: Site, host: Host) -> Inquiry:
    wanted = [desired(site, component, host) for component in _on(site, host)]
    marks = {run.mark for d in wanted for run in d.setup}
    marks |= {mark_of(d.component, once) for d in wanted for once in d.component.once(site)}
    return Inquiry(
        files=tuple(
            sorted({f.path for d in wanted for f in d.all_files} | {p for d in wanted for p in d.absent})
        ),
        packages=tuple(sorted({p for d in wanted for p in d.component.packages})),
        units=tuple(sorted({p.unit for d in wanted for p in d.processes})),
        marks=tuple(sorted(marks)),
        links=(LINK,),
        questions=tuple(q for d in wanted for q in d.component.facts(site, host)),
    )
