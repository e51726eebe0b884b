"""One host's cables to the fabric: from each of its cards a pair of ends, of which the fabric holds one."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.lab.command import attempt, run
from holdfast.lab.fabric import Fabric, nodad, short
from holdfast.lab.iproute import change, shown
from holdfast.lab.segment import Segment
from holdfast.lab.spec import LabCard


@dataclass(frozen=True)
class Cables:
    """The cables of a host; `cards` is empty for a host that left the spec, whose cables can still be cut."""

    fabric: Fabric
    host: str
    cards: tuple[LabCard, ...]

    @property
    def namespace(self) -> str:
        """The network namespace the host boots into."""
        return f"{self.fabric.namespace}-{short(self.host)}"

    def port(self, network: str) -> str:
        """The fabric's end of the cable to a network."""
        return f"{self._prefix}{self.fabric.segment(network).position}"

    @property
    def _prefix(self) -> str:
        return f"p{short(self.host)}-"

    def hardware_address(self, network: str) -> str:
        """The card's hardware address, locally administered; the same in every process and at every boot."""
        digits = hashlib.sha256(f"{self.fabric.cloud}/{self.host}/{network}".encode()).hexdigest()
        return "02:" + ":".join(digits[at : at + 2] for at in range(0, 10, 2))

    def plug(self) -> None:
        """Give the host a fresh namespace with its cards, every cable still dark on the fabric's side."""
        self.unplug()
        run(("ip", "netns", "add", self.namespace))
        for card in self.cards:
            self._plug_card(card, self.fabric.segment(card.network))
        change(self.namespace, ("link", "set", "lo", "up"))

    def _plug_card(self, card: LabCard, segment: Segment) -> None:
        port, mtu, interface = self.port(card.network), str(segment.mtu), segment.interface
        # As on real hardware the card keeps its address over a power cycle: neighbours find the host at once.
        inside = ("name", interface, "address", self.hardware_address(card.network), "mtu", mtu)
        change(
            self.fabric.namespace,
            ("link", "add", port, "mtu", mtu, "type", "veth", "peer", *inside, "netns", self.namespace),
            ("link", "set", port, "alias", self._alias(card), "master", segment.bridge),
        )
        addresses = [segment.with_prefix(address) for address in card.addresses]
        silent = [] if addresses else [("link", "set", interface, "addrgenmode", "none")]
        given = [("address", "add", address, "dev", interface, *nodad(address)) for address in addresses]
        change(self.namespace, *silent, *given, ("link", "set", interface, "up"))

    def _alias(self, card: LabCard) -> str:
        return " ".join((self.host, card.network, *card.addresses))

    def unplug(self) -> None:
        """Remove cables and namespace, and with it every socket the host's dead processes left behind."""
        for name in self._ports():
            attempt(("ip", "-netns", self.fabric.namespace, "link", "delete", name))
        if Path("/run/netns", self.namespace).exists():
            run(("ip", "netns", "delete", self.namespace))

    def set_links(self, networks: Collection[str], *, up: bool) -> None:
        """Light or darken cables on the fabric's side, all at once; the host sees carriers come or go."""
        state = "up" if up else "down"
        change(self.fabric.namespace, *(("link", "set", self.port(name), state) for name in networks))

    def darken(self) -> None:
        """Darken every cable that is there."""
        change(self.fabric.namespace, *(("link", "set", name, "down") for name in self._ports()))

    def lit(self) -> frozenset[str]:
        """The networks of the cards whose cable exists and is lit."""
        ports = self._ports()
        names = (card.network for card in self.cards)
        return frozenset(name for name in names if "UP" in ports.get(self.port(name), {}).get("flags", ()))

    def are_plugged(self) -> bool:
        """Whether exactly these cards have their cables, lit or dark."""
        found = {name: link.get("ifalias") for name, link in self._ports().items()}
        return found == {self.port(card.network): self._alias(card) for card in self.cards}

    def _ports(self) -> dict[str, dict[str, Any]]:
        links = shown(self.fabric.namespace, "link", "show")
        return {link["ifname"]: link for link in links if link["ifname"].startswith(self._prefix)}
