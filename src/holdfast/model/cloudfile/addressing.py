"""What must hold between a cloud file's networks and its addresses: each in its network, and given once."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from holdfast.model.cloudfile.coherence import Reading
from holdfast.model.cloudfile.errors import CloudFileError
from holdfast.model.cloudfile.networks import NetworkRead, management, read_networks
from holdfast.model.cloudfile.tree import Path, place_of

Address = IPv4Address | IPv6Address


def addresses(r: Reading) -> Iterator[CloudFileError]:
    """Every error in the addresses of networks, hosts and cards."""
    taken: dict[Address, str] = {}
    for path, whose, network in _given(r):
        if not (text := r.text(*path)):
            continue
        address = ip_address(text)
        if isinstance(address, IPv6Address) and address.scope_id:
            why = f"'{address.scope_id}' names an interface, and those differ from host to host"
            yield r.error(path, f"{text} is for one link only", why, "give an address without `%`")
            continue
        if network is not None and network.range is not None:
            yield from _misplaced(r, path, address, network)
        if address in taken:
            what = f"the address {address} is given twice"
            yield r.error(path, what, f"{taken[address]} has it already", f"give {whose} one of its own")
        else:
            taken[address] = f"{whose} on line {place_of(r.tree, path).line}"


def _given(r: Reading) -> Iterator[tuple[Path, str, NetworkRead | None]]:
    """Where each address stands, whose it is, and the network that it must be in."""
    known = {network.name: network for network in read_networks(r)}
    for network in known.values():
        yield (*network.path, "virtual_address"), "the address", network
        yield (*network.path, "gateway"), "the gateway", network
    own = management(r)
    for i in range(r.length("hosts")):
        name = r.text("hosts", i, "name")
        whose = f"host '{name}'" if name else "the host"
        yield ("hosts", i, "address"), whose, own
        for card in r.keys("hosts", i, "cards"):
            yield ("hosts", i, "cards", card, "address"), whose, known.get(card)


def _misplaced(r: Reading, path: Path, address: Address, network: NetworkRead) -> Iterator[CloudFileError]:
    found = network.range
    if found is None:
        return
    first, last = found.network_address, found.broadcast_address
    if address not in found:
        line = place_of(r.tree, (*network.path, "cidr")).line
        yield r.error(
            path,
            f"{address} is outside the network",
            f"line {line} says that the network is {found}",
            f"give an address from {first + 1} to {last - 1}, or correct the network",
        )
    elif address == first or (found.version == 4 and address == last):
        name = "network's own" if address == first else "broadcast"
        why = "no host can have it"
        yield r.error(path, f"{address} is the {name} address", why, "give another address of the network")
