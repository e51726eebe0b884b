"""What systemd-networkd is told of the cards that Holdfast sets up, and of no other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import ip_network

from holdfast.model.cloud import Host
from holdfast.model.network import Bond, BondMode, Card
from holdfast.model.plan import PutFile

NETWORK_FILES = "/etc/systemd/network/50-holdfast-"
NETWORK_SETTINGS = "/etc/systemd/networkd.conf.d/holdfast.conf"

# Keepalived's rules and routes are none of networkd's: it would take away what it does not know.
_SETTINGS = (
    "[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\nManageForeignNextHops=no\n"
)


def network_files(host: Host) -> tuple[PutFile, ...]:
    """Every file for the managed cards of a host, and for what they stand on; none where none is managed."""
    managed = [card for card in host.cards if card.manage]
    if not managed:
        return ()
    below = {card.interface or card.mac: card for card in managed}
    on = {name: [c for c in managed if name in (c.interface, c.mac)] for name in below}
    bonds = [bond for bond in host.bonds if bond.name in below]
    texts = {f"{_word(name)}.network": _base(name, cards) for name, cards in on.items()}
    for card in managed:
        if card.vlan:
            texts[f"{card.device}.netdev"] = _tag(card)
            texts[f"{card.device}.network"] = _network(f"Name={card.device}", card)
        elif card.interface and card.mac:
            texts[f"{card.interface}.link"] = _named(card)
    for bond in bonds:
        texts[f"{bond.name}.netdev"] = _bond(bond, on[bond.name])
        texts[f"{bond.name}-members.network"] = _members(bond, on[bond.name])
    files = (PutFile(f"{NETWORK_FILES}{name}", text) for name, text in sorted(texts.items()))
    return (PutFile(NETWORK_SETTINGS, _SETTINGS), *files)


def files_to_go(host: Host) -> tuple[str, ...]:
    """What cards had while they were managed, and must not have now that they are left alone."""
    named = tuple(replace(card, manage=True) for card in host.cards if card.interface or card.mac)
    wanted = {file.path for file in network_files(host)}
    files = network_files(replace(host, cards=named))
    return tuple(file.path for file in files if file.path not in wanted)


def _word(name: str) -> str:
    """What a file is called after: hardware addresses have colons."""
    return name.replace(":", "")


def _largest(cards: Iterable[Card]) -> int:
    return max(card.network.mtu for card in cards)


def _base(name: str, cards: list[Card]) -> str:
    """An interface by its name or hardware address: the card that is on it untagged, and all its tags."""
    match = f"PermanentMACAddress={name}" if ":" in name else f"Name={name}"
    tags = "".join(f"VLAN={card.device}\n" for card in cards if card.vlan)
    return _network(match, next((c for c in cards if not c.vlan), None), _largest(cards), tags)


def _network(match: str, card: Card | None, mtu: int = 0, tags: str = "") -> str:
    """How one interface is set up. The address that moves is not networkd's: it must survive a restart."""
    address = card.address if card else ""
    local = "ipv6" if ":" in address else "no"
    # What has no address is never online: a start that waits for the network must not wait for it.
    wait = "" if address else "RequiredForOnline=no\n"
    size = mtu or (card.network.mtu if card else 0)
    text = f"[Match]\n{match}\n\n[Link]\nMTUBytes={size}\n{wait}\n[Network]\n"
    text += f"LinkLocalAddressing={local}\nIPv6AcceptRA=no\nKeepConfiguration=static\n{tags}"
    if card and address:
        text += f"Address={address}/{ip_network(card.network.cidr).prefixlen}\n"
    return text


def _tag(card: Card) -> str:
    head = f"[NetDev]\nName={card.device}\nKind=vlan\nMTUBytes={card.network.mtu}\n"
    return f"{head}\n[VLAN]\nId={card.vlan}\n"


def _named(card: Card) -> str:
    """The name that the cloud file gives to a hardware address; it counts from the next boot on."""
    return f"[Match]\nPermanentMACAddress={card.mac}\n\n[Link]\nName={card.interface}\n"


def _bond(bond: Bond, cards: list[Card]) -> str:
    quick = "LACPTransmitRate=fast\n" if bond.mode is BondMode.LACP else ""
    head = f"[NetDev]\nName={bond.name}\nKind=bond\nMTUBytes={_largest(cards)}\n"
    return f"{head}\n[Bond]\nMode={bond.mode}\nMIIMonitorSec=100ms\n{quick}"


def _members(bond: Bond, cards: list[Card]) -> str:
    match, mtu = f"Name={' '.join(bond.members)}", _largest(cards)
    return (
        f"[Match]\n{match}\n\n[Link]\nMTUBytes={mtu}\nRequiredForOnline=no\n\n[Network]\nBond={bond.name}\n"
    )
