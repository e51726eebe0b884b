"""A scene is what all hosts answered at one look: read from it where things are just now."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.model.catalogue import Here, Site
from holdfast.model.component import Landmark
from holdfast.model.observed import Answer, Observed
from holdfast.model.process import Process

Scene = Mapping[str, Observed | None]


def answers_of(here: Here, scene: Scene) -> tuple[tuple[Process, Answer | None], ...]:
    """Each process of a component on a host with its health answer; None where the host gave none."""
    seen = scene.get(here.host.name)
    return tuple((p, seen.answers.get(p.health.name) if seen else None) for p in here.processes)


def told(site: Site, scene: Scene, kind: str, key: str) -> dict[str, object]:
    """What each host that offers a kind says for a data key; hosts that do not say are left out."""
    return {
        here.host.name: answer.data[key]
        for here in site.places
        if kind in here.component.kinds
        for _, answer in answers_of(here, scene)
        if answer is not None and key in answer.data
    }


def landmarks(site: Site) -> dict[str, Landmark]:
    """Every landmark that the cloud's components tell, by its name."""
    return {mark.name: mark for component in site.catalogue for mark in component.landmarks}


def where(site: Site, scene: Scene, landmark: str) -> tuple[str, ...]:
    """The hosts where a landmark is just now; none where nobody says, or no component tells it."""
    mark = landmarks(site).get(landmark)
    return mark.at(site, scene) if mark else ()


def backend_of(site: Site, scene: Scene, frontend: str) -> tuple[str, ...]:
    """The host that the address's holder sends a frontend's sessions to; none where nobody says."""
    active = told(site, scene, "balancer", "active")
    for holder in (*where(site, scene, "address"), *active):
        choice = active.get(holder)
        if isinstance(choice, Mapping) and choice.get(frontend):
            return (str(choice[frontend]),)
    return ()
