"""Every port says who may come to it, and the door by which Holdfast itself comes in is none of them.

What says nothing is closed to all other hosts: somebody forgot it, and finds out when the cloud is deployed.
An SSH server on a port of the cloud's would shut out whoever deploys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from holdfast.checks import Design, Rule
from holdfast.checks.sample import design, with_hosts
from holdfast.model.catalogue import Here, Placed
from holdfast.model.cloud import Firewall
from holdfast.model.finding import Finding, Verdict
from holdfast.model.process import Port, Where

NAME = "closed-ports"
OWN = Finding(
    Verdict.UNKNOWN,
    NAME,
    "firewall",
    "`firewall: none`: whether yours shuts strangers out cannot be told from here",
    "docs/security.md says who must come to which port",
)


def check(of: Design) -> tuple[Finding, ...]:
    """One finding for each component that listens to others."""
    found = tuple(finding for placed in of.site.placed for finding in _judge(of, placed))
    return (OWN, *found) if of.site.cloud.firewall is Firewall.NONE else found


def _judge(of: Design, placed: Placed) -> Iterator[Finding]:
    places = [Here(of.site, placed, host) for host in placed.hosts]
    ports = [(here, port) for here in places for port in _ports(here)]
    if not ports:
        return
    unsaid = sorted({port.number for here, port in ports if not _says(here, port)})
    doors = sorted({here.host.name for here, port in ports if port.number == here.host.ssh_port})
    if unsaid:
        numbers = ", ".join(map(str, unsaid))
        why = f"nobody is said to come to {numbers}: closed to all"
        yield Finding(Verdict.FAIL, NAME, placed.name, why, "name its `callers` beside the port")
    elif doors:
        why = f"the SSH server of {', '.join(doors)} is on a port of it"
        yield Finding(Verdict.FAIL, NAME, placed.name, why, "give the host another `port` under `ssh:`")
    else:
        count = len({port.number for _, port in ports})
        yield Finding(Verdict.PASS, NAME, placed.name, f"{count} ports, each with those who may come to it")


def _ports(here: Here) -> list[Port]:
    return [p for process in here.processes for p in process.ports if p.where is not Where.LOOPBACK]


def _says(here: Here, port: Port) -> bool:
    """Whether callers are named: by the port, or by the frontend before or behind it."""
    behind = {n for f in here.component.frontends for n in (f.port, f.check_port)}
    parts = here.site.catalogue if here.component.publish else ()
    published = {f.port for part in parts for f in part.frontends if f.callers}
    return bool(port.callers) or port.number in behind | published


RULE = Rule(
    NAME,
    "R17",
    "each port is open to those who belong there, and SSH is none of them",
    check,
    good=lambda: design(3),
    bad=lambda: with_hosts(design(3), lambda host: replace(host, ssh_port=3306)),
)
