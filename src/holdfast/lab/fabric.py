"""The network of one lab: a bridge in its own namespace, a cable to each host and one to this machine."""

import hashlib
import ipaddress
import json
import re
from dataclasses import dataclass
from pathlib import Path

from holdfast.lab.command import LabError, attempt, run

BENCHMARK_RANGE = ipaddress.IPv4Network("198.18.0.0/15")
HOST_INTERFACE = "eth0"
_BRIDGE = "fabric"
_ALIAS = "holdfast lab "
_NAMESPACES = Path("/run/netns")
_NAMESPACE = re.compile(r"^holdfast-[0-9a-f]{8}(-[0-9a-f]{8})?$")


def parse_network(text: str) -> ipaddress.IPv4Network:
    """The lab's network, refused in words unless it is inside 198.18.0.0/15 and holds a few hosts."""
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise LabError(f"the lab's network {text!r} is not an IPv4 network: {error}") from error
    if not network.subnet_of(BENCHMARK_RANGE):
        raise LabError(
            f"the lab's network {network} is outside {BENCHMARK_RANGE}: lab traffic stays in that benchmark "
            "range, so that nothing in it can be meant for a real machine; use for example 198.18.0.0/24"
        )
    if network.prefixlen > 29:
        raise LabError(f"the lab's network {network} is too small: a /29 is the least")
    return network


def own_address(network: ipaddress.IPv4Network) -> ipaddress.IPv4Address:
    """This machine's address on the fabric: the last usable one."""
    return network.broadcast_address - 1


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Fabric:
    """The fabric of one cloud; every name on this machine follows from the cloud's name."""

    cloud: str
    network: ipaddress.IPv4Network

    @property
    def namespace(self) -> str:
        """The network namespace that holds the bridge; fault injection (one-way loss) happens here."""
        return f"holdfast-{_short(self.cloud)}"

    @property
    def uplink(self) -> str:
        """The interface on this machine."""
        return f"hf{_short(self.cloud)}"

    def host_namespace(self, host: str) -> str:
        """The network namespace a host boots into."""
        return f"{self.namespace}-{_short(host)}"

    def port(self, host: str) -> str:
        """The fabric's side of a host's cable."""
        return f"p{_short(host)}"

    def card(self, host: str) -> str:
        """The hardware address of a host, locally administered."""
        digits = hashlib.sha256(f"{self.cloud}/{host}".encode()).hexdigest()
        return "02:" + ":".join(digits[at : at + 2] for at in range(0, 10, 2))

    def up(self) -> None:
        """Make the fabric and this machine's cable; what is there already stays as it is."""
        if self.is_whole():
            return
        self.refuse_overlap()
        self.down()
        run(("ip", "netns", "add", self.namespace))
        bridge = ("type", "bridge", "stp_state", "0", "mcast_snooping", "0")
        self._in(self.namespace, "link", "add", _BRIDGE, *bridge)
        self._in(self.namespace, "link", "set", _BRIDGE, "up")
        peer = ("peer", "name", "uplink", "netns", self.namespace)
        run(("ip", "link", "add", self.uplink, "type", "veth", *peer))
        run(("ip", "link", "set", self.uplink, "alias", _ALIAS + self.cloud))
        self._in(self.namespace, "link", "set", "uplink", "master", _BRIDGE, "up")
        self._set_sysctl("ipv6", "disable_ipv6")
        # Virtual addresses move between hosts: take the new owner's announcement though nothing asked for it.
        self._set_sysctl("ipv4", "arp_accept")
        address = f"{own_address(self.network)}/{self.network.prefixlen}"
        run(("ip", "address", "add", address, "dev", self.uplink))
        run(("ip", "link", "set", self.uplink, "up"))

    def _set_sysctl(self, family: str, name: str) -> None:
        path = Path(f"/proc/sys/net/{family}/conf/{self.uplink}/{name}")
        if path.exists():
            path.write_text("1")

    def is_whole(self) -> bool:
        """Whether the bridge and this machine's cable with its address are there."""
        shown = attempt(("ip", "-json", "address", "show", "dev", self.uplink))
        bridge = attempt(self._argv(self.namespace, "link", "show", _BRIDGE))
        if shown.returncode != 0 or bridge.returncode != 0:
            return False
        held = [info["local"] for info in json.loads(shown.stdout)[0]["addr_info"]]
        return str(own_address(self.network)) in held

    def refuse_overlap(self) -> None:
        """Raise LabError when another interface of this machine is in the lab's network."""
        links = json.loads(run(("ip", "-json", "-4", "address", "show")))
        for link in (link for link in links if link["ifname"] != self.uplink):
            for info in link["addr_info"]:
                taken = ipaddress.IPv4Interface(f"{info['local']}/{info['prefixlen']}").network
                if taken.overlaps(self.network):
                    raise LabError(
                        f"the lab's network {self.network} overlaps {taken} on this machine's interface "
                        f"{link['ifname']} ({link.get('ifalias', 'not a lab of ours')}): give the cloud "
                        f"another network inside {BENCHMARK_RANGE}, or take that lab down first"
                    )

    def plug(self, host: str, address: str) -> None:
        """Give a host a fresh namespace with its address, and a cable still dark on the fabric's side."""
        self.unplug(host)
        inside, port = self.host_namespace(host), self.port(host)
        run(("ip", "netns", "add", inside))
        peer = ("peer", "name", HOST_INTERFACE, "netns", inside)
        self._in(self.namespace, "link", "add", port, "type", "veth", *peer)
        # As on real hardware the card keeps its address over a power cycle: neighbours find the host at once.
        self._in(inside, "link", "set", HOST_INTERFACE, "address", self.card(host))
        self._in(self.namespace, "link", "set", port, "alias", host, "master", _BRIDGE)
        self._in(inside, "link", "set", "lo", "up")
        self._in(inside, "address", "add", f"{address}/{self.network.prefixlen}", "dev", HOST_INTERFACE)
        self._in(inside, "link", "set", HOST_INTERFACE, "up")

    def unplug(self, host: str) -> None:
        """Remove a host's cable and namespace, and with it every socket its dead processes left behind."""
        attempt(self._argv(self.namespace, "link", "delete", self.port(host)))
        if (_NAMESPACES / self.host_namespace(host)).exists():
            run(("ip", "netns", "delete", self.host_namespace(host)))

    def set_link(self, host: str, *, up: bool) -> None:
        """Light or darken a host's cable on the fabric's side; the host sees the carrier come or go."""
        self._in(self.namespace, "link", "set", self.port(host), "up" if up else "down")

    def link_is_up(self, host: str) -> bool:
        """Whether the cable exists and is lit."""
        shown = attempt(self._argv(self.namespace, "-json", "link", "show", "dev", self.port(host)))
        return shown.returncode == 0 and "UP" in json.loads(shown.stdout)[0]["flags"]

    def is_plugged(self, host: str) -> bool:
        """Whether a host's cable exists, lit or dark."""
        return attempt(self._argv(self.namespace, "link", "show", "dev", self.port(host))).returncode == 0

    def down(self) -> None:
        """Remove the fabric, this machine's cable and every host's namespace."""
        remove_fabric(self.cloud)

    def _in(self, namespace: str, *words: str) -> str:
        return run(self._argv(namespace, *words))

    @staticmethod
    def _argv(namespace: str, *words: str) -> tuple[str, ...]:
        return ("ip", "-netns", namespace, *words)


def _our_namespaces() -> tuple[str, ...]:
    if not _NAMESPACES.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in _NAMESPACES.iterdir() if _NAMESPACE.match(entry.name)))


def remove_fabric(cloud: str) -> None:
    """Remove one cloud's fabric, whatever part of it is there."""
    attempt(("ip", "link", "delete", f"hf{_short(cloud)}"))
    for name in _our_namespaces():
        if name.startswith(f"holdfast-{_short(cloud)}"):
            run(("ip", "netns", "delete", name))


def fabrics() -> tuple[str, ...]:
    """The clouds that have a cable on this machine now."""
    links = json.loads(run(("ip", "-json", "link", "show")))
    aliases = (link.get("ifalias", "") for link in links)
    return tuple(alias.removeprefix(_ALIAS) for alias in aliases if alias.startswith(_ALIAS))


def remove_nameless() -> tuple[str, ...]:
    """Remove every namespace of labs whose cable, and so the cloud's name, is gone; return their names."""
    names = _our_namespaces()
    for name in names:
        attempt(("ip", "netns", "delete", name))
    return names
