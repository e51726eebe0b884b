"""Who may come to which port: read from what the components say, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from clouds import place, sites
from world import World

from holdfast.components import catalogue_of
from holdfast.components.firewall.openings import Opening, openings
from holdfast.components.firewall.rules import rules
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Firewall
from holdfast.model.plan import Change, Remove, Unit
from holdfast.model.process import Carrier, Where

every_site = pytest.mark.parametrize("site", sites().values(), ids=list(sites()))
INSIDE = (3306, 4369, 4444, 4567, 4568, 4569, 8404, 8405, 9200, 11211, 25672, 5671)


def opening(site: Site, host: str, port: int, *, virtual: bool = False) -> Opening:
    (found,) = (o for o in openings(site, site.cloud.host(host)) if (o.port, o.virtual) == (port, virtual))
    return found


def lets_in(found: Opening, address: str) -> bool:
    return found.everybody or any(ip_address(address) in ip_network(source) for source in found.sources)


@every_site
def test_every_port_that_others_reach_is_judged_once(site: Site) -> None:
    for host in site.cloud.hosts:
        wanted = {
            (port.carrier, port.number, port.where is Where.VIRTUAL)
            for here in site.by_host[host.name]
            for process in here.processes
            for port in process.ports
            if port.where is not Where.LOOPBACK
        }
        found = [(o.carrier, o.port, o.virtual) for o in openings(site, host)]
        assert sorted(found) == sorted(wanted)


@every_site
def test_a_stranger_comes_to_what_is_published_and_to_nothing_else(site: Site) -> None:
    network = ip_network(site.cloud.networks[0].cidr)
    stranger = str(network[-3])
    for host in site.cloud.hosts:
        open_to_all = {o.port for o in openings(site, host) if lets_in(o, stranger)}
        published = {f.port for c in site.catalogue for f in c.frontends if f.http}
        # Time is for the whole management network.
        assert open_to_all - {123} == (published if "endpoint" in host.roles else set())
        assert all(o.virtual for o in openings(site, host) if o.everybody)


def test_split_roles_meet_only_whom_they_need() -> None:
    site = sites()["split"]
    where = {role: {h.name for h in site.cloud.with_role(role)} for role in ("database", "cache", "api")}

    def guests(role: str, port: int) -> set[str]:
        found = opening(site, min(where[role]), port)
        return {h.name for h in site.cloud.hosts if lets_in(found, h.address)}

    assert guests("database", 4567) == guests("database", 4444) == where["database"]
    balancers = {h.name for h in site.cloud.with_role("endpoint")}
    assert guests("database", 9200) == balancers | where["database"]
    assert guests("cache", 11211) == where["api"]
    assert guests("api", 5000) == balancers


def test_operators_come_to_what_they_prove_and_not_inside() -> None:
    site = sites()["three"]
    host = site.cloud.hosts[0]
    assert {o.port for o in openings(site, host) if o.operators} == {3306, 5000, 5671, 8404}


@every_site
def test_the_file_is_one_transaction_and_ends_closed(site: Site) -> None:
    for host in site.cloud.hosts:
        text = rules(openings(site, host), site.cloud.addresses)
        assert text.startswith("table inet holdfast\ndelete table inet holdfast\ntable inet holdfast {\n")
        assert "policy accept" in text and not re.search(r"dport (\{[^}]*\b)?22\b", text)
        for carrier, last in ((Carrier.TCP, "reject with tcp reset"), (Carrier.UDP, "drop")):
            if f"chain to_{carrier}" in text:
                body = text.split(f"chain to_{carrier} {{\n")[1].split("  }")[0]
                assert body.rstrip().endswith(last)


def test_addresses_of_the_other_family_are_never_compared() -> None:
    text = rules(openings(sites()["six"], sites()["six"].cloud.hosts[0]), sites()["six"].cloud.addresses)
    assert "ip6 saddr { fd00:18::10, fd00:18::11" in text
    assert "ip saddr {" not in text


def test_whoever_wants_his_own_has_ours_taken_away() -> None:
    site = sites()["three"]
    cloud = replace(site.cloud, firewall=Firewall.NONE)
    bare = replace(site, cloud=cloud, catalogue=catalogue_of(cloud))
    world = World(bare, dict(World(site).deployed().hosts))
    plan = world.plan()
    assert {step.id for step in plan.steps if "firewall" in step.id} == {
        f"firewall/leave@{host.name}" for host in cloud.hosts
    }
    (one, *_) = (step for step in plan.steps if step.id.startswith("firewall/leave"))
    assert one.actions[0] == Unit("holdfast-firewall.service", Change.STOP)
    assert {a.path for a in one.actions if isinstance(a, Remove)} >= {"/etc/holdfast/firewall.nft"}
    world.done(*plan.steps)
    assert world.plan().empty


def test_new_rules_are_read_without_a_gap_and_proven() -> None:
    """A change of them reloads the unit: a restart would leave the ports open for a moment."""
    world = World(sites()["three"]).deployed()
    world.lose_file(next(iter(world.hosts)), "/etc/holdfast/firewall.nft")
    (reload,) = (s for s in world.plan().steps if any(isinstance(a, Unit) for a in s.actions))
    assert [a.change for a in reload.actions if isinstance(a, Unit)] == [Change.RELOAD]
    assert reload.gate is not None and reload.gate.proof[-1] == "confirm"


def test_it_is_there_before_any_other_part_is_touched() -> None:
    site = sites()["three"]
    names = [c.name for c in site.catalogue]
    assert names[:2] == ["host", "firewall"]
    (process,) = place(site, site.catalogue[1]).processes
    assert process.proof[-1] == "confirm" and not process.lasting
