"""Every process: its ports are its own, it is asked what it does, its log is known, its unit is contained."""

from __future__ import annotations

import configparser
import re

import pytest
from clouds import files_of, sites

from holdfast.model.catalogue import Site
from holdfast.model.cloud import Host
from holdfast.model.component import Component
from holdfast.model.plan import PutFile
from holdfast.model.process import Carrier, Process, Where

every_site = pytest.mark.parametrize("site", sites().values(), ids=list(sites()))

SANDBOX = frozenset(
    {"NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp", "CapabilityBoundingSet"}
)
"""What a unit of our own has at least; a distribution's unit keeps what it has."""


def processes(site: Site) -> list[tuple[Component, Host, Process]]:
    return [(here.component, here.host, p) for here in site.places for p in here.processes]


@every_site
def test_ports_are_unique(site: Site) -> None:
    """On each host, for each address they are bound on; and a loopback port nowhere else."""
    taken: dict[tuple[str, Carrier, int, Where], str] = {}
    for component, host, process in processes(site):
        for port in process.ports:
            key = (host.name, port.carrier, port.number, port.where)
            assert key not in taken, f"{component.name} and {taken.get(key)}: {port}"
            taken[key] = component.name
    assert taken


@every_site
def test_every_port_is_asked_about(site: Site) -> None:
    for component, _, process in processes(site):
        assert process.health.meaning, component.name
        assert len(process.health.meaning.split()) > 2, f"{process.unit}: say what a yes means"
        assert all(port.purpose for port in process.ports)


@every_site
def test_question_names_are_unique_on_a_host(site: Site) -> None:
    for host in site.cloud.hosts:
        names = [p.health.name for _, h, p in processes(site) if h == host]
        names += [q.name for here in site.by_host[host.name] for q in here.component.facts(here)]
        assert len(set(names)) == len(names), host.name


@every_site
def test_the_units_are_those_of_its_lasting_processes(site: Site) -> None:
    """Faults, logs and names are found by them, before there is any host."""
    for component in site.catalogue:
        lasting = [p.unit for c, _, p in processes(site) if c is component and p.lasting]
        assert set(lasting) <= set(component.units), component.name
        assert not lasting or set(component.units) == set(lasting), component.name


@every_site
def test_what_a_process_reads_is_written(site: Site) -> None:
    """Each watched path begins at least one file; a misspelled one would restart nothing, ever."""
    files = files_of(site)
    for component, host, process in processes(site):
        paths = [path for name, path in files if name == host.name]
        for watched in process.watches:
            assert any(path.startswith(watched) for path in paths), f"{component.name}: {watched}"


@every_site
def test_every_published_port_has_a_process_behind_it(site: Site) -> None:
    for placed in site.placed:
        for frontend in placed.component.frontends:
            for host in placed.hosts:
                mine = {port.number for _, h, p in processes(site) if h == host for port in p.ports}
                assert {frontend.port, frontend.check_port or frontend.port} <= mine


def unit_files(site: Site) -> dict[str, PutFile]:
    return {
        path: file for (_, path), file in files_of(site).items() if path.startswith("/etc/systemd/system/")
    }


def parsed(file: PutFile) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), allow_no_value=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(file.content)
    return parser


@every_site
def test_unit_files_parse(site: Site) -> None:
    found = unit_files(site)
    assert found
    for path, file in found.items():
        parser = parsed(file)
        assert set(parser.sections()) <= {"Unit", "Service", "Install", "Socket", "Timer"}, path
        assert file.content.endswith("\n"), path
        assert not re.search(r"\\$", file.content, re.MULTILINE), f"{path}: no line goes on in the next"


@every_site
def test_every_process_has_a_unit_that_restarts_it(site: Site) -> None:
    """Its own unit file, or a drop-in over the distribution's; one-shot settings of the system need none."""
    files = unit_files(site)
    for _, _, process in processes(site):
        if not process.lasting:
            continue
        own = [p for p in files if p in (f"/etc/systemd/system/{process.unit}",)]
        dropped = [p for p in files if p.startswith(f"/etc/systemd/system/{process.unit}.d/")]
        assert own or dropped, process.unit
        services = [parsed(files[p])["Service"] for p in own + dropped]
        assert any(s.get("Restart") in ("always", "on-failure") for s in services), process.unit


@every_site
def test_our_own_units_are_contained(site: Site) -> None:
    own = {
        p: f for p, f in unit_files(site).items() if re.fullmatch(r"/etc/systemd/system/[^/]+\.service", p)
    }
    assert own
    users = {user for c in site.catalogue for user in c.users}
    for path, file in own.items():
        service = parsed(file)["Service"]
        assert service.get("User") in users, f"{path}: runs as a user of its own"
        assert service.keys() >= SANDBOX, f"{path} lacks {sorted(SANDBOX - service.keys())}"
        assert service["NoNewPrivileges"] == "yes"
        assert service["ProtectSystem"] == "strict"
        assert parsed(file)["Install"]["WantedBy"]
