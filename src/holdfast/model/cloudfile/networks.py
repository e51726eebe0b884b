"""What must hold of a cloud file's networks: their ranges, their purposes, and that no two overlap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import combinations

from holdfast.model.cloudfile.coherence import Reading
from holdfast.model.cloudfile.errors import CloudFileError
from holdfast.model.cloudfile.tree import Path, place_of
from holdfast.model.network import Purpose

Range = IPv4Network | IPv6Network
LONGEST = {4: 30, 6: 126}
"""The longest prefix that has room for hosts and an address."""

MOVING = (Purpose.MANAGEMENT, Purpose.PUBLIC)
"""What needs an address that moves."""


@dataclass(frozen=True)
class NetworkRead:
    """A network as far as it could be read: `path` leads to its section.

    `range` is None where it has none that hosts can be in.
    """

    name: str
    path: Path
    range: Range | None
    purposes: frozenset[str]

    @property
    def moving(self) -> bool:
        """Whether it has an address that moves."""
        return any(purpose in self.purposes for purpose in MOVING)


def read_networks(r: Reading) -> tuple[NetworkRead, ...]:
    """Every network of the file, whichever of the two ways it is written in."""
    if r.given("networks"):
        return tuple(_read(r, name, ("networks", name)) for name in r.keys("networks"))
    if r.given("network"):
        return (_read(r, r.text("network", "name") or "control", ("network",)),)
    return ()


def management(r: Reading) -> NetworkRead | None:
    """The network for management; None where it is not known."""
    return next((n for n in read_networks(r) if Purpose.MANAGEMENT in n.purposes), None)


def networks(r: Reading) -> Iterator[CloudFileError]:
    """Every error in the networks themselves."""
    if r.given("network") == r.given("networks"):
        yield _one_way(r, both=r.given("network"))
        return
    known = read_networks(r)
    for network in known:
        yield from _range(r, network)
        if network.path[0] == "networks":
            yield from _parts(r, network)
    if known and known[0].path[0] == "networks":
        yield from _purposes(r, known)
    for one, other in combinations(known, 2):
        if one.range and other.range and one.range.overlaps(other.range):
            line = place_of(r.tree, (*one.path, "cidr")).line
            why = f"network '{one.name}' on line {line} is {one.range}, and a host must know which is meant"
            what = f"{other.range} overlaps another network"
            yield r.error((*other.path, "cidr"), what, why, "give ranges that share no address")


def _read(r: Reading, name: str, path: Path) -> NetworkRead:
    own = _parsed(r.text(*path, "cidr") or "")
    purposes = {r.text(*path, "purposes", n) for n in range(r.length(*path, "purposes"))}
    if path == ("network",):
        purposes = set(Purpose)
    fit = own is not None and not _too_small(own) and not _unfit(own)
    return NetworkRead(name, path, own if fit else None, frozenset(p for p in purposes if p))


def _parsed(text: str) -> Range | None:
    with suppress(ValueError):
        return ip_network(text) if text.partition("/")[2].isdecimal() else None
    return None


def _one_way(r: Reading, *, both: bool) -> CloudFileError:
    if both:
        why, cure = (
            "one describes a single network, the other several",
            "move what `network` says to `networks`",
        )
        return r.error(("networks",), "'network' and 'networks' are given", why, cure, key=True)
    why = "the network of the hosts and the address"
    return r.error(
        (), "'network' is missing in the cloud file", why, "add `network:`, or `networks:` for several"
    )


def _range(r: Reading, network: NetworkRead) -> Iterator[CloudFileError]:
    path = (*network.path, "cidr")
    if (text := r.text(*path)) is None:
        return
    found = _parsed(text)
    if found is None:
        yield _not_a_network(r, path, text)
    elif _too_small(found):
        why = f"a network of /{found.prefixlen} has no room for hosts and an address"
        cure = f"give a network of /{LONGEST[found.version]} or larger, such as 10.0.0.0/24"
        yield r.error(path, f"{text} is too small", why, cure)
    elif _unfit(found):
        why = "loopback, multicast, link-local and reserved ranges are not routed between hosts"
        yield r.error(path, f"{text} cannot hold hosts", why, "give the network that the hosts are on")


def _too_small(found: Range) -> bool:
    return found.prefixlen > LONGEST[found.version]


def _unfit(found: Range) -> bool:
    odd = found.is_loopback or found.is_multicast or found.is_link_local or found.is_reserved
    return odd or found.network_address.is_unspecified


def _not_a_network(r: Reading, path: Path, text: str) -> CloudFileError:
    try:
        near = ip_network(text, strict=False)
    except ValueError:
        why = "a network is written as its first address, a slash and its prefix"
        return r.error(
            path, f"'{text[:64]}' is not a network", why, "write it like 10.0.0.0/24 or fd00:1::/64"
        )
    if "/" not in text:
        why = f"a network of /{near.prefixlen} has no room for hosts and an address"
        return r.error(
            path, f"{text} is too small", why, "give a network of /30 or larger, such as 10.0.0.0/24"
        )
    if not text.partition("/")[2].isdecimal():
        why = "a netmask stands where the prefix belongs"
        return r.error(path, f"'{text[:64]}' is not a network", why, f"did you mean '{near}'?")
    why = "a network begins at its first address"
    return r.error(path, f"{text} is not the start of a network", why, f"did you mean '{near}'?")


def _parts(r: Reading, network: NetworkRead) -> Iterator[CloudFileError]:
    """What a network needs, or cannot have, by its purposes."""
    path, whose = network.path, "the public" if Purpose.PUBLIC in network.purposes else "management"
    for key, sense in (("cidr", "its range of addresses"), ("virtual_address", "the address that moves")):
        if network.moving and not r.given(*path, key):
            why = f"a network for {whose} needs {sense}"
            yield r.error(
                path, f"'{key}' is missing in '{network.name}'", why, f"add `{key}:` with its value", key=True
            )
    for key in ("virtual_address", "gateway"):
        if not network.moving and network.purposes and r.given(*path, key):
            why = "only networks for management and the public have an address that moves"
            yield r.error(
                (*path, key), f"'{network.name}' has no use for '{key}'", why, f"remove `{key}`", key=True
            )


def _purposes(r: Reading, known: tuple[NetworkRead, ...]) -> Iterator[CloudFileError]:
    taken: dict[str, str] = {}
    for network in known:
        for n in range(r.length(*network.path, "purposes")):
            path = (*network.path, "purposes", n)
            if not (purpose := r.text(*path)):
                continue
            if purpose in taken:
                why = f"{taken[purpose]} has it already, and a purpose has one network"
                yield r.error(
                    path, f"the purpose '{purpose}' is given twice", why, "remove it from one of them"
                )
            else:
                taken[purpose] = f"network '{network.name}' on line {place_of(r.tree, path).line}"
    unread = any(path[:1] == ("networks",) for path in r.bad)
    if Purpose.MANAGEMENT not in taken and not unread:
        why = "hosts are reached there, and it serves every purpose that has no network of its own"
        cure = f"give `{Purpose.MANAGEMENT}` to the network that all hosts are on"
        yield r.error(("networks",), "no network is for management", why, cure, key=True)
