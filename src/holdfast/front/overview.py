"""The state of a cloud at one look: what works where, where each thing is, and who does not answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from holdfast.front.service import Look
from holdfast.model.catalogue import Placed, Site
from holdfast.model.errors import BadInput
from holdfast.model.finding import Finding, Verdict, worst
from holdfast.model.scene import landmarks, where


class NotThere(BadInput):
    """A host or a service was named that the cloud does not have; the text names those it has."""

    def __init__(self, option: str, name: str, there: tuple[str, ...]) -> None:
        super().__init__(f"{option}: the cloud has no {name}: it has {', '.join(there)}")


@dataclass(frozen=True)
class Choice:
    """What is asked about: these hosts and components alone; all, where none is named."""

    hosts: tuple[str, ...] = ()
    components: tuple[str, ...] = ()

    def has(self, finding: Finding) -> bool:
        """Whether a finding is about it."""
        return (not self.hosts or finding.host in self.hosts) and (
            not self.components or finding.component in self.components
        )


@dataclass(frozen=True)
class Row:
    """A component's verdict on each host that it is on."""

    component: str
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True)
class Whereabouts:
    """Where a thing is just now; `hosts` is empty where nobody says."""

    landmark: str
    summary: str
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """`addresses` are the internal and the public one, or the one; `silent` are hosts that do not answer."""

    addresses: tuple[str, ...]
    whereabouts: tuple[Whereabouts, ...]
    hosts: tuple[str, ...]
    silent: tuple[str, ...]
    rows: tuple[Row, ...]


def choose(site: Site, hosts: Iterable[str], services: Iterable[str]) -> Choice:
    """What is asked about by name: a service stands for all its components. Raises NotThere."""
    known = tuple(host.name for host in site.cloud.hosts)
    parts = {placed.name: placed.component.service for placed in site.placed}
    for name in hosts:
        if name not in known:
            raise NotThere("--host", f"host {name}", known)
    for name in services:
        if name not in {*parts, *parts.values()}:
            raise NotThere("--service", f"service {name}", tuple(dict.fromkeys(parts.values())))
    wanted = set(services)
    return Choice(tuple(hosts), tuple(name for name, of in parts.items() if {name, of} & wanted))


def overview(site: Site, look: Look, choice: Choice) -> Overview:
    """The whole in short; rows and hosts as chosen."""
    hosts = choice.hosts or tuple(host.name for host in site.cloud.hosts)
    told: dict[tuple[str, str], list[Finding]] = {}
    for finding in look.findings:
        told.setdefault((finding.component, finding.host), []).append(finding)
    rows = (
        _row(told, placed, hosts)
        for placed in site.placed
        if placed.component.runs and (not choice.components or placed.name in choice.components)
    )
    marks = landmarks(site).values()
    return Overview(
        site.cloud.addresses,
        tuple(Whereabouts(mark.name, mark.summary, where(site, look.scene, mark.name)) for mark in marks),
        hosts,
        tuple(name for name in hosts if look.scene.get(name) is None),
        tuple(row for row in rows if row.verdicts),
    )


def _row(told: Mapping[tuple[str, str], list[Finding]], placed: Placed, hosts: tuple[str, ...]) -> Row:
    here = {host.name for host in placed.hosts}
    verdicts = {host: worst(told.get((placed.name, host), ())) for host in hosts if host in here}
    return Row(placed.name, verdicts)


def follows(finding: Finding, seen: Overview) -> bool:
    """Whether it says no more than that its host does not answer, or that none does."""
    unheard = finding.host in seen.silent or seen.silent == seen.hosts
    return unheard and finding.verdict is Verdict.UNKNOWN
