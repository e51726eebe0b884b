"""What must hold between a cloud file's network and its addresses (IPv4 only, yet)."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

from holdfast.model.cloudfile.coherence import Reading
from holdfast.model.cloudfile.errors import CloudFileError
from holdfast.model.cloudfile.tree import Path, place_of

_CIDR: Path = ("network", "cidr")
_VIRTUAL: Path = ("network", "virtual_address")


def addresses(r: Reading) -> Iterator[CloudFileError]:
    """Every error in the network's own range, the address and the hosts' addresses."""
    network = _network(r)
    if isinstance(network, CloudFileError):
        yield network
        network = None
    taken: dict[IPv4Address, str] = {}
    for path, whose in ((_VIRTUAL, "the address"), *_hosts(r)):
        if not (text := r.text(*path)):
            continue
        address = ip_address(text)
        if not isinstance(address, IPv4Address):
            why = "Holdfast deploys on IPv4 networks only, yet"
            yield r.error(path, f"{text} is an IPv6 address", why, "give an IPv4 address")
            continue
        if network is not None:
            yield from _misplaced(r, path, address, network)
        if address in taken:
            what = f"the address {address} is given twice"
            yield r.error(path, what, f"{taken[address]} has it already", f"give {whose} one of its own")
        else:
            taken[address] = f"{whose} on line {place_of(r.tree, path).line}"


def _hosts(r: Reading) -> Iterator[tuple[Path, str]]:
    for i in range(r.length("hosts")):
        name = r.text("hosts", i, "name")
        yield ("hosts", i, "address"), f"host '{name}'" if name else "the host"


def _network(r: Reading) -> IPv4Network | CloudFileError | None:
    """The network; None where the schema has complained already."""
    if not (text := r.text(*_CIDR)):
        return None
    try:
        network = IPv4Network(text)
    except ValueError:
        return _not_a_network(r, text)
    if "/" not in text or network.prefixlen > 30:
        why = f"a network of /{network.prefixlen} has no room for hosts and an address"
        return r.error(
            _CIDR, f"{text} is too small", why, "give a network of /30 or larger, such as 10.0.0.0/24"
        )
    odd = network.is_loopback or network.is_multicast or network.is_link_local or network.is_reserved
    if odd or network.network_address.is_unspecified:
        why = "loopback, multicast, link-local and reserved ranges are not routed between hosts"
        return r.error(_CIDR, f"{text} cannot hold hosts", why, "give the network that the hosts are on")
    return network


def _not_a_network(r: Reading, text: str) -> CloudFileError:
    try:
        near = IPv4Network(text, strict=False)
    except ValueError:
        pass
    else:
        why = "a network begins at its first address"
        return r.error(_CIDR, f"{text} is not the start of a network", why, f"did you mean '{near}'?")
    try:
        IPv6Network(text, strict=False)
    except ValueError:
        why = "a network is written as its first address, a slash and its prefix"
        return r.error(_CIDR, f"'{text[:64]}' is not a network", why, "write it like 10.0.0.0/24")
    why = "Holdfast deploys on IPv4 networks only, yet"
    return r.error(_CIDR, f"{text} is an IPv6 network", why, "give an IPv4 network")


def _misplaced(
    r: Reading, path: Path, address: IPv4Address, network: IPv4Network
) -> Iterator[CloudFileError]:
    if address not in network:
        line = place_of(r.tree, _CIDR).line
        first, last = network.network_address + 1, network.broadcast_address - 1
        yield r.error(
            path,
            f"{address} is outside the network",
            f"line {line} says that the network is {network}",
            f"give an address from {first} to {last}, or correct the network",
        )
    elif address in (network.network_address, network.broadcast_address):
        name = "broadcast" if address == network.broadcast_address else "network's own"
        why = "no host can have it"
        yield r.error(path, f"{address} is the {name} address", why, "give another address of the network")
