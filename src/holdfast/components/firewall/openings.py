"""Which ports of a host are open to whom, read from what every component says of its own ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from holdfast.model.catalogue import Placed, Site
from holdfast.model.cloud import Host
from holdfast.model.process import Caller, Carrier, Port, Where


@dataclass(frozen=True)
class Opening:
    """One port, on the virtual addresses or on the host's own, and the `sources` that may come to it.

    `sources` are addresses and networks. `operators`: whoever was let in may come, too.
    """

    port: int
    carrier: Carrier
    virtual: bool
    sources: frozenset[str] = frozenset()
    operators: bool = False
    everybody: bool = False

    def joined(self, other: Opening) -> Opening:
        """The same port, open to those of both."""
        return Opening(
            self.port,
            self.carrier,
            self.virtual,
            self.sources | other.sources,
            self.operators or other.operators,
            self.everybody or other.everybody,
        )


def openings(site: Site, host: Host) -> tuple[Opening, ...]:
    """Every port of the host's components, each once, in the order of their numbers."""
    found: dict[tuple[Carrier, int, bool], Opening] = {}
    for opening in _all(site, host):
        key = (opening.carrier, opening.port, opening.virtual)
        found[key] = found[key].joined(opening) if key in found else opening
    return tuple(found[key] for key in sorted(found))


def _all(site: Site, host: Host) -> Iterator[Opening]:
    for here in site.by_host[host.name]:
        for port in (port for process in here.processes for port in process.ports):
            if port.where is not Where.LOOPBACK:
                yield _opening(site, here.placed, port, port.callers)
        for frontend in here.component.frontends:
            for number in {frontend.port, frontend.check_port or frontend.port}:
                behind = Port(number, Where.HOST, frontend.name)
                yield _opening(site, here.placed, behind, (Caller.BALANCER,))
        if here.component.publish is not None:
            yield from site.shared(_published)


def _published(site: Site) -> tuple[Opening, ...]:
    """What the balancer has on the virtual addresses, open to the callers of what is behind."""
    return tuple(
        _opening(site, placed, Port(frontend.port, Where.VIRTUAL, frontend.name), frontend.callers)
        for placed in site.placed
        for frontend in placed.component.frontends
    )


def _opening(site: Site, placed: Placed, port: Port, callers: tuple[Caller, ...]) -> Opening:
    named = frozenset[str]().union(*(_sources(site, placed, caller) for caller in callers))
    virtual = port.where is Where.VIRTUAL
    operators, everybody = Caller.OPERATOR in callers, Caller.EVERYBODY in callers
    return Opening(port.number, port.carrier, virtual, named, operators, everybody)


def _sources(site: Site, placed: Placed, caller: Caller) -> frozenset[str]:
    match caller:
        case Caller.PEERS:
            return _addresses(site, placed.hosts)
        case Caller.USERS:
            kinds = placed.component.kinds
            users = (p for p in site.placed if kinds & {*p.component.needs, *p.component.wants})
            return _addresses(site, (host for user in users for host in user.hosts))
        case Caller.BALANCER:
            balancers = (p for p in site.placed if p.component.publish is not None)
            return _addresses(site, (host for balancer in balancers for host in balancer.hosts))
        case Caller.NETWORK:
            return frozenset((site.cloud.networks[0].cidr,))
        case Caller.OPERATOR | Caller.EVERYBODY:
            return frozenset()


def _addresses(site: Site, hosts: Iterable[Host]) -> frozenset[str]:
    """All that these hosts may come from: their cards' addresses, and the one that moves where it is theirs.

    The kernel may choose the latter for what an IPv6 host sends.
    """
    hosts = tuple(hosts)
    own = frozenset(a for h in hosts for a in (h.address, *(card.address for card in h.cards)) if a)
    return own | site.shared(_moving) if _holders(site) & {host.name for host in hosts} else own


def _moving(site: Site) -> frozenset[str]:
    return frozenset(site.cloud.addresses)


def _holders(site: Site) -> frozenset[str]:
    """The hosts that the virtual addresses move between."""
    if not site.offers("address"):
        return frozenset()
    return frozenset(host.name for host in site.offering("address").hosts)
