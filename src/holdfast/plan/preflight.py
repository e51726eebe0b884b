"""What must be so on every host before the first change: refused with the host and the cure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from holdfast.model.catalogue import Site
from holdfast.model.cloud import Host
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Observed
from holdfast.model.process import Where

OS = "debian 13"
PYTHON = (3, 11)
ROOM_MIB = 1024


def preflight(site: Site, observed: Mapping[str, Observed]) -> tuple[Finding, ...]:
    """One finding a fault of those that were observed; a single PASS where all can be worked on."""
    seen = [(host, observed[host.name]) for host in site.cloud.hosts if host.name in observed]
    faults = [fault for host, facts in seen for fault in _faults(site, host, facts)]
    if faults:
        return tuple(faults)
    return (Finding(Verdict.PASS, "preflight", site.cloud.name, f"{len(observed)} hosts can be worked on"),)


def _faults(site: Site, host: Host, seen: Observed) -> Iterator[Finding]:
    def fault(detail: str, remedy: str) -> Finding:
        return Finding(Verdict.FAIL, "preflight", host.name, detail, remedy)

    if not seen.root:
        yield fault(
            "commands do not run as root there", f"let {host.ssh_user} become root with sudo, no password"
        )
    if seen.os != OS:
        yield fault(f"it runs {seen.os or 'an unknown system'}, not {OS}", "install Debian 13 on it")
    if seen.python < PYTHON:
        yield fault(f"its python3 is {'.'.join(map(str, seen.python))}", "install Python 3.11 or later")
    if seen.free_mib < ROOM_MIB:
        yield fault(f"{seen.free_mib} MiB are free under /var", f"free {ROOM_MIB} MiB at least")
    yield from (fault(*words) for words in _taken_ports(site, host, seen))


def _taken_ports(site: Site, host: Host, seen: Observed) -> Iterator[tuple[str, str]]:
    here = [(here.component, p) for here in site.by_host[host.name] for p in here.processes]
    ours = {process.unit for _, process in here}
    recorded = {unit for had in seen.inventory.values() for unit in had.units}
    for component, process in here:
        # What runs here beside one that leaves has its port already; a new one would come too early.
        known = ours | recorded if process.unit in recorded else ours
        for port in process.ports:
            owners = seen.ports.get(f"{port.carrier}/{port.number}", "")
            strangers = [o for o in owners.split(", ") if o and o not in {*known, *port.held_by}]
            if strangers and port.where is not Where.LOOPBACK:
                names = ", ".join(strangers)
                yield (
                    f"port {port.number} ({port.purpose} of {component.name}) is taken by {names}",
                    f"stop {names} on {host.name}, or take the role off that host",
                )
