"""A machine on a lab's networks that is none of its hosts: it knocks at every door."""

import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from ipaddress import ip_interface

from story import Story

from holdfast.front.machines import lab_spec
from holdfast.front.project import open_project
from holdfast.lab.fabric import Fabric
from holdfast.lab.spec import segments

# Many at once and each answered at once: a closed port refuses, so that silence counts as closed, too.
SCAN = """
import errno, json, selectors, socket, sys
address, ports = sys.argv[1], [*range(int(sys.argv[2]), int(sys.argv[3]))]
found, waits = [], selectors.DefaultSelector()
while ports or waits.get_map():
    while ports and len(waits.get_map()) < 200:
        port, link = ports.pop(), socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        link.setblocking(False)
        link.connect_ex((address, port))
        waits.register(link, selectors.EVENT_WRITE, port)
    ready = waits.select(2)
    for key in [key for key, _ in ready] or list(waits.get_map().values()):
        if ready and key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            found.append(key.data)
        waits.unregister(key.fileobj)
        key.fileobj.close()
json.dump(sorted(found), sys.stdout)
"""


@contextmanager
def stranger(story: Story, own: Iterable[str]) -> "Iterator[Stranger]":
    """In the networks of a story's lab, by addresses with their prefix that nobody else has."""
    cloud = open_project(story.file).cloud
    fabric = Fabric(story.cloud, segments(lab_spec(cloud)))
    words = [("address", "add", address, "dev", _bridge(fabric, address)) for address in own]
    inside = ("ip", "netns", "exec", fabric.namespace)
    try:
        for each in words:
            subprocess.run((*inside, "ip", *each), check=True)
        yield Stranger(inside)
    finally:
        for _, _, *rest in words:
            subprocess.run((*inside, "ip", "address", "del", *rest), check=False)


def _bridge(fabric: Fabric, address: str) -> str:
    network = ip_interface(address).network
    return next(s.bridge for s in fabric.segments if network in map(_network, s.subnets))


def _network(subnet: object) -> object:
    return ip_interface(str(subnet)).network


class Stranger:
    """Runs programs where it is."""

    def __init__(self, inside: tuple[str, ...]) -> None:
        self._inside = inside

    def open_ports(self, address: str, first: int = 1, last: int = 65536) -> list[int]:
        """The TCP ports that accept, from `first` to before `last`."""
        words = ("python3", "-I", "-c", SCAN, address, str(first), str(last))
        done = subprocess.run((*self._inside, *words), capture_output=True, check=True, timeout=300)
        ports: list[int] = json.loads(done.stdout)
        return ports
