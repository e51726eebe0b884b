"""The networks of one lab: bridges in a namespace of their own, and this machine's cables to some of them."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_interface
from pathlib import Path

from holdfast.lab.command import LabError, attempt, run
from holdfast.lab.iproute import change, shown
from holdfast.lab.nameplate import Nameplate, read_nameplate
from holdfast.lab.segment import IPV4_RANGE, IPV6_RANGE, Segment, Subnet

_NAMESPACES = Path("/run/netns")
_NAMESPACE = re.compile(r"^holdfast-[0-9a-f]{8}(-[0-9a-f]{8})?$")


def short(text: str) -> str:
    """Eight hexadecimal digits for a name of any length: what the kernel's names have room for."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Fabric:
    """The fabric of one cloud; every name on this machine follows from the cloud's name."""

    cloud: str
    segments: tuple[Segment, ...]

    @property
    def namespace(self) -> str:
        """The network namespace that holds the bridges; fault injection (one-way loss) happens here."""
        return f"holdfast-{short(self.cloud)}"

    def uplink(self, segment: Segment) -> str:
        """This machine's interface on a network."""
        return f"{_uplinks(self.cloud)}-{segment.position}"

    def segment(self, network: str) -> Segment:
        """The network of a name, which must be one of the fabric's."""
        return next(segment for segment in self.segments if segment.name == network)

    def up(self) -> None:
        """Make the bridges and this machine's cables; a fabric that is whole already stays as it is."""
        if self.is_whole():
            return
        self.refuse_overlap()
        self.down()
        run(("ip", "netns", "add", self.namespace))
        for segment in self.segments:
            self._add_bridge(segment)
            if segment.uplink:
                self._add_uplink(segment)

    def _add_bridge(self, segment: Segment) -> None:
        bridge = ("type", "bridge", "stp_state", "0", "mcast_snooping", "0")
        change(
            self.namespace,
            ("link", "add", segment.bridge, "mtu", str(segment.mtu), *bridge),
            ("link", "set", segment.bridge, "alias", self._nameplate(segment), "up"),
        )

    def _add_uplink(self, segment: Segment) -> None:
        mtu, uplink, port = str(segment.mtu), self.uplink(segment), f"up{segment.position}"
        peer = ("peer", "name", port, "mtu", mtu, "netns", self.namespace)
        change(
            "",
            ("link", "add", uplink, "mtu", mtu, "type", "veth", *peer),
            ("link", "set", uplink, "alias", self._nameplate(segment)),
        )
        change(self.namespace, ("link", "set", port, "master", segment.bridge, "up"))
        if all(subnet.version == 4 for subnet in segment.subnets):
            _set_sysctl("ipv6", uplink, "disable_ipv6", "1")
        # A router that runs in the lab must not become this machine's.
        _set_sysctl("ipv6", uplink, "accept_ra", "0")
        # Virtual addresses move between hosts: take the new owner's announcement though nothing asked for it.
        _set_sysctl("ipv4", uplink, "arp_accept", "1")
        addresses = [("address", "add", address, "dev", uplink, *nodad(address)) for address in segment.own]
        change("", *addresses, ("link", "set", uplink, "up"))

    def _nameplate(self, segment: Segment) -> str:
        return Nameplate(self.cloud, segment.name, segment.subnets).text

    def is_whole(self) -> bool:
        """Whether exactly these networks are there, with this machine's cables and its addresses on them."""
        bridges = {
            (link["ifname"], link.get("ifalias"), link["mtu"])
            for link in shown(self.namespace, "link", "show", "type", "bridge")
        }
        held = {
            link["ifname"]: {f"{info['local']}/{info['prefixlen']}" for info in _global(link["addr_info"])}
            for link in shown("", "address", "show")
            if link["ifname"].startswith(_uplinks(self.cloud))
        }
        return bridges == {(s.bridge, self._nameplate(s), s.mtu) for s in self.segments} and held == {
            self.uplink(segment): set(segment.own) for segment in self.segments if segment.uplink
        }

    def refuse_overlap(self) -> None:
        """Raise LabError when another lab or another interface of this machine is in one of the networks."""
        taken = (*_taken_by_labs(self.cloud), *_taken_here(self.cloud))
        for segment in self.segments:
            for subnet in segment.subnets:
                for other, where in taken:
                    if subnet.overlaps(other):
                        raise LabError(
                            f"the lab's network {segment.name} ({subnet}) overlaps {other} on {where}: give "
                            f"the cloud another network inside {IPV4_RANGE} or {IPV6_RANGE}, or take that "
                            "lab down first"
                        )

    def down(self) -> None:
        """Remove the fabric, this machine's cables and every host's namespace."""
        remove_fabric(self.cloud)


def nodad(address: str) -> tuple[str, ...]:
    """IPv6 would wait a second for a double of the address: the spec has none."""
    return ("nodad",) if ip_interface(address).version == 6 else ()


def _uplinks(cloud: str) -> str:
    return f"hf{short(cloud)}"


def _set_sysctl(family: str, interface: str, name: str, value: str) -> None:
    path = Path(f"/proc/sys/net/{family}/conf/{interface}/{name}")
    if path.exists():
        path.write_text(value)


def _global(addresses: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    return (info for info in addresses if info["scope"] == "global")


def _taken_here(cloud: str) -> Iterator[tuple[Subnet, str]]:
    """The ranges of this machine's interfaces, other than the cloud's own cables."""
    for link in shown("", "address", "show"):
        if not link["ifname"].startswith(_uplinks(cloud)):
            where = f"this machine's interface {link['ifname']} ({link.get('ifalias', 'not a lab of ours')})"
            for info in link["addr_info"]:
                yield ip_interface(f"{info['local']}/{info['prefixlen']}").network, where


def _taken_by_labs(cloud: str) -> Iterator[tuple[Subnet, str]]:
    """The ranges of other labs: this machine need not have an address on every one."""
    for namespace in _our_namespaces():
        for link in shown(namespace, "link", "show", "type", "bridge"):
            plate = read_nameplate(link.get("ifalias", ""))
            if plate and plate.cloud != cloud:
                where = f"network {plate.network} of the lab of cloud {plate.cloud}"
                yield from ((subnet, where) for subnet in plate.subnets)


def _our_namespaces() -> tuple[str, ...]:
    if not _NAMESPACES.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in _NAMESPACES.iterdir() if _NAMESPACE.match(entry.name)))


def remove_fabric(cloud: str) -> None:
    """Remove one cloud's fabric, whatever part of it is there."""
    for link in shown("", "link", "show"):
        if link["ifname"].startswith(_uplinks(cloud)):
            attempt(("ip", "link", "delete", link["ifname"]))
    for name in _our_namespaces():
        if name.startswith(f"holdfast-{short(cloud)}"):
            run(("ip", "netns", "delete", name))


def fabrics() -> tuple[str, ...]:
    """The clouds that have a cable on this machine now."""
    plates = (read_nameplate(link.get("ifalias", "")) for link in shown("", "link", "show"))
    return tuple(sorted({plate.cloud for plate in plates if plate}))


def remove_nameless() -> tuple[str, ...]:
    """Remove every namespace of labs whose cable, and so the cloud's name, is gone; return their names."""
    names = _our_namespaces()
    for name in names:
        attempt(("ip", "netns", "delete", name))
    return names
