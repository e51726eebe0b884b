"""What must hold of the hosts' cards and bonds in a cloud file."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.model.cloudfile.coherence import Reading, meant, roles_of
from holdfast.model.cloudfile.errors import CloudFileError
from holdfast.model.cloudfile.networks import NetworkRead, management, read_networks
from holdfast.model.cloudfile.tree import Path, place_of
from holdfast.model.network import Purpose

TRUE = frozenset({"true", "yes", "on", "y", "t", "1"})
LONGEST = 15
"""Characters that the kernel has room for in an interface's name."""


def cards(r: Reading) -> Iterator[CloudFileError]:
    """Every error in the cards and bonds of each host."""
    known = {network.name: network for network in read_networks(r)}
    for i in range(r.length("hosts")):
        yield from _needed(r, i, known)
        for name in r.keys("hosts", i, "cards"):
            yield from _card(r, ("hosts", i, "cards", name), name, known)
        yield from _twice(r, i)
        yield from _mixed(r, i)
        yield from _bonds(r, i)


def _needed(r: Reading, i: int, known: dict[str, NetworkRead]) -> Iterator[CloudFileError]:
    """A host's roles may need a card on the network of a purpose."""
    own = management(r)
    for role in sorted(roles_of(r, i) or ()):
        declared = r.words.roles.get(role)
        for purpose in sorted(declared.purposes) if declared else ():
            network = next((n for n in known.values() if purpose in n.purposes), own)
            if network in (own, None) or network is None or network.name in r.keys("hosts", i, "cards"):
                continue
            what = f"the host has no card on network '{network.name}'"
            cure = f"add `{network.name}: {{address: ...}}` to its `cards`, or take the role off it"
            yield r.error(
                ("hosts", i, "name"), what, f"the role '{role}' needs the network for {purpose}", cure
            )


def _card(r: Reading, path: Path, name: str, known: dict[str, NetworkRead]) -> Iterator[CloudFileError]:
    network = known.get(name)
    if network is None:
        if known:
            what, why = f"unknown network '{name[:64]}'", "the file describes no network of that name"
            yield r.error(path, what, why, meant(name, known), key=True)
        return
    has, own = r.given(*path, "address"), management(r)
    if has and network == own:
        why = "a host's `address` is the one on the network for management"
        yield r.error(
            (*path, "address"), "the address stands here again", why, "remove it from the card", key=True
        )
    elif has and not r.given(*network.path, "cidr"):
        why = f"network '{name}' has no `cidr`"
        cure = "remove the address, or give the network its `cidr`"
        yield r.error((*path, "address"), "the card cannot have an address", why, cure, key=True)
    elif not has and network != own and Purpose.PUBLIC in network.purposes:
        why = "the public address moves between the cards that have one of their own there"
        yield r.error(path, f"'address' is missing in the card on '{name}'", why, "add `address:`", key=True)
    yield from _interface(r, path)


def _interface(r: Reading, path: Path) -> Iterator[CloudFileError]:
    interface, vlan = r.text(*path, "interface"), r.text(*path, "vlan")
    if _managed(r, path) and not interface and not r.given(*path, "mac"):
        why = "without an interface or a hardware address nobody knows which card is meant"
        yield r.error(path, "the card cannot be managed", why, "add `interface:` or `mac:`", key=True)
    if vlan and not interface:
        why = "the tagged interface is named after the one below it"
        yield r.error((*path, "vlan"), f"VLAN {vlan} has nothing to stand on", why, "add `interface:`")
    elif vlan and interface and len(f"{interface}.{vlan}") > LONGEST:
        why = f"the kernel's names have at most {LONGEST} characters, and it is called '{interface}.{vlan}'"
        yield r.error((*path, "interface"), "the interface's name is too long", why, "give it a shorter name")


def _managed(r: Reading, path: Path) -> bool:
    return (r.text(*path, "manage") or "").lower() in TRUE


def _twice(r: Reading, i: int) -> Iterator[CloudFileError]:
    """The same interface with the same tag, or the same hardware address, is one card."""
    taken: dict[tuple[str, str], Path] = {}
    for name in r.keys("hosts", i, "cards"):
        for key in ("interface", "mac"):
            path: Path = ("hosts", i, "cards", name, key)
            if not (text := r.text(*path)):
                continue
            one = (text, r.text(*path[:-1], "vlan") or "")
            if one in taken:
                line = place_of(r.tree, taken[one]).line
                tag = f" with VLAN {one[1]}" if one[1] else ""
                why = f"the card on line {line} is on it{tag} already"
                yield r.error(
                    path, f"'{text}' is given twice", why, "give each card its own interface or VLAN"
                )
            taken.setdefault(one, path)


def _mixed(r: Reading, i: int) -> Iterator[CloudFileError]:
    """A tag that is set up changes how the interface below it is set up."""
    base: Path = ("hosts", i, "cards")
    below = {r.text(*base, n, "interface"): n for n in r.keys(*base) if not r.given(*base, n, "vlan")}
    for name in r.keys(*base):
        interface = r.text(*base, name, "interface")
        plain = below.get(interface) if interface else None
        if plain is None or plain == name:
            continue
        if _managed(r, (*base, name)) and not _managed(r, (*base, plain)):
            why = f"it stands on '{interface}', the card on network '{plain}', which is left alone"
            yield r.error(
                (*base, name), "the tagged card cannot be managed", why, "manage both or neither", key=True
            )


def _bonds(r: Reading, i: int) -> Iterator[CloudFileError]:
    base, on = ("hosts", i, "bonds"), ("hosts", i, "cards")
    bonds = r.keys(*base)
    used = {r.text(*on, name, "interface") for name in r.keys(*on)}
    taken: dict[str, str] = {}
    for bond in bonds:
        if bond not in used:
            why = "no card of the host has it as its `interface`"
            yield r.error(
                (*base, bond),
                f"the bond '{bond}' is used by nothing",
                why,
                "remove it, or give it a card",
                key=True,
            )
        for n in range(r.length(*base, bond, "members")):
            path = (*base, bond, "members", n)
            if not (member := r.text(*path)):
                continue
            why = taken.get(member) or ("a card is on it" if member in used else "")
            why = why or ("it is a bond itself" if member in bonds else "")
            if why:
                cure = "give each interface to one bond or one card"
                yield r.error(path, f"'{member}' cannot be a member of '{bond}'", why, cure)
            taken[member] = f"it is a member of '{bond}' already"
