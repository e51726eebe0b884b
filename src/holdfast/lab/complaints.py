"""All that is wrong with a lab's spec, told at once and before anything is touched."""

import re
from collections.abc import Iterator
from itertools import combinations

from holdfast.lab.command import LabError
from holdfast.lab.segment import Address, Subnet, own_address, parse_subnet, read_address
from holdfast.lab.spec import LabCard, LabHost, LabNetwork, LabSpec

_NAME = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
_MTUS = range(1280, 65536)


def refuse(spec: LabSpec) -> None:
    """Raise LabError with everything that is wrong with a spec."""
    found = [*_names(spec), *_twice(spec), *_networks(spec), *_overlaps(spec), *_hosts(spec)]
    if found:
        raise LabError(f"the lab of cloud {spec.cloud!r} cannot be: {'; '.join(found)}")


def _names(spec: LabSpec) -> Iterator[str]:
    given = (spec.cloud, *(network.name for network in spec.networks), *(host.name for host in spec.hosts))
    for name in given:
        if not _NAME.match(name):
            yield (
                f"{name!r} cannot name a cloud, a network or a host: lower-case letters, digits and hyphens, "
                "at most 63"
            )


def _twice(spec: LabSpec) -> Iterator[str]:
    addresses = [address for host in spec.hosts for card in host.cards for address in card.addresses]
    read = [str(read_address(address) or address) for address in addresses]
    for kind in ([n.name for n in spec.networks], [h.name for h in spec.hosts], read):
        yield from (f"{value} is given twice" for value in sorted(set(kind)) if kind.count(value) > 1)


def _networks(spec: LabSpec) -> Iterator[str]:
    if not spec.networks:
        yield "it has no network"
    for network in spec.networks:
        yield from (f"network {network.name}: {flaw}" for cidr in network.cidrs if (flaw := _flaw(cidr)))
        versions = [subnet.version for subnet in _ranges(network)]
        if len(versions) != len(set(versions)):
            yield f"network {network.name} has two ranges of one family: at most one IPv4 and one IPv6"
        if not network.cidrs and spec.has_uplink(network):
            yield f"network {network.name} has no range, and this machine needs an address on it"
        if network.mtu not in _MTUS:
            yield f"network {network.name} has an MTU of {network.mtu}: at least 1280, at most 65535"


def _flaw(cidr: str) -> str:
    try:
        parse_subnet(cidr)
    except LabError as error:
        return str(error)
    return ""


def _ranges(network: LabNetwork) -> tuple[Subnet, ...]:
    return tuple(parse_subnet(cidr) for cidr in network.cidrs if not _flaw(cidr))


def _overlaps(spec: LabSpec) -> Iterator[str]:
    ranges = [(network.name, subnet) for network in spec.networks for subnet in _ranges(network)]
    for (name, one), (other, two) in combinations(ranges, 2):
        if name != other and one.overlaps(two):
            yield f"network {name} ({one}) overlaps network {other} ({two})"


def _hosts(spec: LabSpec) -> Iterator[str]:
    known = {network.name: network for network in spec.networks}
    for host in spec.hosts:
        yield from _places(spec, host)
        for card in host.cards:
            network = known.get(card.network)
            if network is None:
                yield f"host {host.name} has a card on {card.network!r}, and there is no such network"
            elif not any(map(_flaw, network.cidrs)):
                yield from _addresses(host, card, network, uplink=spec.has_uplink(network))


def _places(spec: LabSpec, host: LabHost) -> Iterator[str]:
    on = [card.network for card in host.cards]
    if len(on) != len(set(on)):
        yield f"host {host.name} has two cards on one network"
    if spec.networks:
        first = spec.networks[0].name
        if on[:1] != [first] or not host.cards[0].addresses:
            yield f"the first card of host {host.name} must be on network {first}, with an address for SSH"


def _addresses(host: LabHost, card: LabCard, network: LabNetwork, *, uplink: bool) -> Iterator[str]:
    ranges = _ranges(network)
    own = {own_address(subnet) for subnet in ranges} if uplink else set()
    mine = f" ({', '.join(map(str, own))} is this machine's own)" if own else ""
    read = [read_address(text) for text in card.addresses]
    for text, address in zip(card.addresses, read, strict=True):
        if address in own or not any(_is_usable(address, subnet) for subnet in ranges):
            what = ", ".join(map(str, ranges)) or f"network {network.name}, which has no range"
            yield f"host {host.name} has address {text}, which is not a free address of {what}{mine}"
    versions = [address.version for address in read if address]
    if len(versions) != len(set(versions)):
        yield f"host {host.name} has two addresses of one family on network {network.name}"


def _is_usable(address: Address | None, subnet: Subnet) -> bool:
    if address is None or address not in subnet or address == subnet.network_address:
        return False
    return address.version == 6 or address != subnet.broadcast_address
