"""What must be asked of each host before a plan can be made, or its state told: one round trip each."""

from __future__ import annotations

from holdfast.hosts.observe import Inquiry
from holdfast.model.catalogue import Here, Site
from holdfast.model.cloud import Host
from holdfast.model.question import Question
from holdfast.plan.desired import desired, mark_of


def inquiries(site: Site) -> dict[str, Inquiry]:
    """For planning: files, packages, units, marks and the facts a first start is decided from."""
    return {host.name: _for_planning(site, host) for host in site.cloud.hosts}


def health_inquiries(site: Site) -> dict[str, Inquiry]:
    """For the state of things: each process's functional question, and what is in folders read whole."""
    return {
        host.name: Inquiry(questions=tuple(questions(site, host).values()), folders=_folders(site, host))
        for host in site.cloud.hosts
    }


def _folders(site: Site, host: Host) -> tuple[str, ...]:
    return tuple(sorted({folder for here in site.by_host[host.name] for folder in here.folders}))


def questions(site: Site, host: Host) -> dict[str, Question]:
    """Every health question of a host, by its name."""
    return {p.health.name: p.health for here in site.by_host[host.name] for p in here.processes}


def _publications(site: Site, host: Host) -> dict[str, Question]:
    """Whether each component's frontends are behind the address, as its balancers tell."""
    return {
        question.name: question
        for here in site.by_host[host.name]
        if here.component.publish is not None
        for placed in site.placed
        if placed.component.frontends
        for question in (here.component.publish(here, placed).question,)
    }


def all_questions(site: Site) -> dict[tuple[str, str], Question]:
    """Every question that gates and guards ask, by host name and its own name."""
    return {
        (host.name, name): question
        for host in site.cloud.hosts
        for name, question in (questions(site, host) | _publications(site, host)).items()
    }


def _for_planning(site: Site, host: Host) -> Inquiry:
    places = site.by_host[host.name]
    wanted = [desired(here) for here in places]
    marks = {run.mark for d in wanted for run in d.setup}
    marks |= {mark_of(here.placed, once) for here in places for once in here.component.once(here)}
    return Inquiry(
        files=tuple(
            sorted({f.path for d in wanted for f in d.all_files} | {p for d in wanted for p in d.absent})
        ),
        packages=tuple(sorted({p for d in wanted for p in d.component.packages})),
        units=tuple(sorted({p.unit for d in wanted for p in d.processes})),
        marks=tuple(sorted(marks)),
        inventory=True,
        folders=_folders(site, host),
        questions=tuple(
            q for here in places for q in (*here.component.facts(here), *_lasting(here), *_effects(here))
        ),
    )


def _lasting(here: Here) -> tuple[Question, ...]:
    """Whether what its run-once work made is still there."""
    return tuple(once.holds for once in here.component.once(here) if once.holds is not None)


def _effects(here: Here) -> tuple[Question, ...]:
    """Whether what units did that end by themselves still holds: no process of theirs can tell."""
    return tuple(process.health for process in here.processes if not process.lasting)
