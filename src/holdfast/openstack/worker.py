"""A worker: a daemon that is no API and takes its work from the bus, one process on each host of its role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.plan import PutFile
from holdfast.model.process import Ha, Process
from holdfast.model.question import Question
from holdfast.model.safeguard import Safeguard
from holdfast.openstack import oslo
from holdfast.openstack.role import API
from holdfast.openstack.unit import STOP, unit


@dataclass(frozen=True)
class Daemon:
    """How a worker runs: `main` of its `module`, told `words`, then its file `config`, as the service's user.

    `links` are the kinds of offers that it is connected to for as long as it can work. `environment` and
    `lines` are its unit's own; `reads` are path prefixes of what it reads beside its file;
    `capabilities` are what it may do of what is root's. `main` is another function's name where the module
    holds several workers.
    """

    module: str
    config: str
    words: tuple[str, ...] = ()
    links: tuple[str, ...] = ("bus", "database")
    environment: str = ""
    lines: str = STOP
    reads: tuple[str, ...] = ()
    start_deadline: float = 120.0
    capabilities: tuple[str, ...] = ()
    main: str = "main"


def links_stand(unit: str, ports: dict[str, int]) -> dict[str, Any]:
    """Asks the kernel whether a process of the unit has an established connection to each of these ports."""
    import contextlib
    import re
    from pathlib import Path

    sockets = set()
    for group in Path("/proc").glob("[0-9]*/cgroup"):
        with contextlib.suppress(OSError):  # processes end while they are looked at
            if not group.read_text().rstrip().endswith(f"/{unit}"):
                continue
            for handle in group.with_name("fd").iterdir():
                with contextlib.suppress(OSError):
                    sockets.update(re.findall(r"^socket:\[(\d+)\]$", str(handle.readlink())))
    held = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for row in map(str.split, table.read_text().splitlines()[1:] if table.exists() else ()):
            if row[3] == "01" and row[9] in sockets:
                held.add(int(row[2].rpartition(":")[2], 16))
    missing = sorted(kind for kind, port in ports.items() if port not in held)
    told = f"no connection to {' and '.join(missing)}" if missing else f"connected to {' and '.join(ports)}"
    return {"ok": not missing, "text": told}


def _unit(here: Here, daemon: Daemon) -> PutFile:
    name = here.component.name
    words = " ".join((*daemon.words, f"--config-file {daemon.config}"))
    main = f"from {daemon.module} import {daemon.main}; {daemon.main}()"
    command = f'{here.site.release.python} -c "{main}" {words}'
    # Run so, every daemon has one name: reply queues of two on a host would share theirs.
    environment = f"OS_OSLO_MESSAGING_RABBIT__PROCESSNAME={name} {daemon.environment}".rstrip()
    text = unit(
        here.component.summary,
        here.component.service,
        command,
        environment,
        stop=daemon.lines,
        capabilities=daemon.capabilities,
    )
    return PutFile(f"/etc/systemd/system/{name}.service", text)


def _process(here: Here, daemon: Daemon) -> Process:
    name, service = here.component.name, f"{here.component.name}.service"
    ports = {kind: here.offer(kind).port for kind in daemon.links}
    meaning = f"it is connected to {' and '.join(daemon.links)}"
    return Process(
        unit=service,
        ha=Ha.WORKERS,
        watches=(daemon.config, f"/etc/systemd/system/{service}", *daemon.reads),
        needs_release=True,
        health=Question(name, links_stand, meaning, {"unit": service, "ports": ports}),
        start_deadline=daemon.start_deadline,
    )


def _safeguards(daemon: Daemon) -> tuple[Safeguard, ...]:
    wanted = {"bus": oslo.bus_safeguards, "database": oslo.database_safeguards}
    kept = (wanted[kind] for kind in daemon.links if kind in wanted)
    return tuple(each for made in kept for each in made(daemon.config))


def worker(part: Component, daemon: Daemon) -> Component:
    """The part as a worker, on the role of the APIs unless it names another."""
    return replace(
        part,
        role=part.role or API.name,
        needs=(*daemon.links, "identity", *part.needs),
        units=(f"{part.name}.service", *part.units),
        processes=lambda here: (_process(here, daemon),),
        files=lambda here: (_unit(here, daemon), *part.files(here)),
        safeguards=(*_safeguards(daemon), *part.safeguards),
        uses_release=True,
    )
