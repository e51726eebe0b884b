"""Before the first change: what a host lacks is refused with the host and the cure, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from clouds import site_of, sites
from world import World, bare

from holdfast.model.finding import Verdict
from holdfast.model.observed import Belongings, Observed
from holdfast.model.process import Where
from holdfast.plan.preflight import ROOM_MIB, preflight

SITE = sites()["three"]


def seen(**changes: Any) -> dict[str, Observed]:
    """Every host is fit, but for these changes of bravo."""
    hosts = {h.name: bare(h.name) for h in SITE.cloud.hosts}
    return {**hosts, "bravo": replace(hosts["bravo"], **changes)}


def test_fit_hosts_pass() -> None:
    (finding,) = preflight(SITE, seen())
    assert finding.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"os": "debian 12"}, "debian 12"),
        ({"os": "ubuntu 24.04"}, "ubuntu"),
        ({"os": ""}, "unknown system"),
        ({"python": (3, 10)}, "3.10"),
        ({"root": False}, "root"),
        ({"free_mib": ROOM_MIB - 1}, f"{ROOM_MIB - 1} MiB"),
        ({"ports": {"tcp/3306": "postgresql.service"}}, "postgresql.service"),
        ({"ports": {"udp/123": "ntpd.service"}}, "ntpd.service"),
    ],
)
def test_each_lack_is_refused_with_host_and_cure(changes: dict[str, Any], words: str) -> None:
    found = preflight(SITE, seen(**changes))
    for finding in found:
        assert finding.verdict is Verdict.FAIL
        assert finding.subject == "bravo"
        assert words in finding.detail
        assert finding.remedy
    # A port may be asked for on the host's address and on the one that moves.
    assert len(found) == 1 or "ports" in changes


def test_one_that_leaves_may_hold_a_port_until_it_has_left() -> None:
    hosts = (replace(h, roles=h.roles - {"endpoint"}) if h.name == "bravo" else h for h in SITE.cloud.hosts)
    apart = site_of(replace(SITE.cloud, hosts=tuple(hosts)))
    leaves = {"haproxy": Belongings((), ("haproxy.service",))}
    stays = {"mariadb": Belongings((), ("mariadb.service",))}
    ports = {"tcp/3306": "haproxy.service, mariadb.service"}
    assert preflight(apart, seen(ports=ports, inventory={**leaves, **stays}))[0].verdict is Verdict.PASS
    refused = preflight(apart, seen(ports={"tcp/3306": "haproxy.service"}, inventory=leaves))[0]
    assert "haproxy.service" in refused.detail, "a database that is new there could not start"


def test_all_lacks_of_all_hosts_come_at_once() -> None:
    hosts = seen(os="debian 12", root=False, free_mib=1)
    hosts["charlie"] = replace(hosts["charlie"], python=(3, 9))
    found = preflight(SITE, hosts)
    assert [f.subject for f in found] == ["bravo", "bravo", "bravo", "charlie"]
    assert all(f.verdict is Verdict.FAIL for f in found)


def every_port() -> list[tuple[str, str, Where]]:
    """(key, the unit that owns it, where) of each port of a controller."""
    return [
        (f"{port.carrier}/{port.number}", process.unit, port.where)
        for here in SITE.by_host["bravo"]
        for process in here.processes
        for port in process.ports
    ]


def test_a_stranger_on_any_port_is_refused_and_our_own_units_are_not() -> None:
    for key, unit, where in every_port():
        finding = preflight(SITE, seen(ports={key: "stranger.service"}))[0]
        wanted = Verdict.PASS if where is Where.LOOPBACK else Verdict.FAIL
        assert finding.verdict is wanted, key
        assert preflight(SITE, seen(ports={key: unit}))[0].verdict is Verdict.PASS
        if wanted is Verdict.FAIL and all(k != key or u == unit for k, u, _ in every_port()):
            both = preflight(SITE, seen(ports={key: f"stranger.service, {unit}"}))
            assert both[0].verdict is Verdict.FAIL


def test_a_stranger_on_a_port_that_we_do_not_use_is_nothing_to_us() -> None:
    assert preflight(SITE, seen(ports={"tcp/8888": "jupyter.service"}))[0].verdict is Verdict.PASS
    assert preflight(SITE, seen(ports={"udp/3306": "odd.service"}))[0].verdict is Verdict.PASS


def test_what_the_distribution_holds_for_a_process_is_no_stranger() -> None:
    """Its port mapper listens for the bus by a socket of systemd's own."""
    held = "epmd.service, init.scope"
    assert preflight(SITE, seen(ports={"tcp/4369": held}))[0].verdict is Verdict.PASS
    assert preflight(SITE, seen(ports={"tcp/4369": f"{held}, odd.service"}))[0].verdict is Verdict.FAIL
    assert preflight(SITE, seen(ports={"tcp/5671": held}))[0].verdict is Verdict.FAIL


def test_a_deployed_cloud_passes() -> None:
    deployed = World(SITE).deployed()
    assert [f.verdict for f in preflight(SITE, deployed.seen())] == [Verdict.PASS]
