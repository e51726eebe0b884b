"""Several networks in the hosts' files: both addresses, one certificate each, and cards that are managed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from clouds import files_of, sites

from holdfast.checks import Design, no_preemption
from holdfast.checks.published import published
from holdfast.checks.sample import with_text
from holdfast.components import catalogue
from holdfast.components.host.cards import NETWORK_FILES, NETWORK_SETTINGS, files_to_go, network_files
from holdfast.components.questions.address import address_state
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Host
from holdfast.model.entrance import entrance
from holdfast.model.finding import Verdict
from holdfast.model.network import Card, Network, Purpose
from holdfast.probes import client_urls
from holdfast.probes.sessions.access import access_to

INTERNAL, PUBLIC = "198.18.0.10", "198.18.1.10"
STORAGE = Network("storage", "198.18.2.0/24", frozenset({Purpose.STORAGE}), mtu=9000)


@pytest.fixture
def site() -> Site:
    return sites()["networks"]


def text_of(site: Site, path: str, host: str = "alpha") -> str:
    return files_of(site)[host, path].content


def lines(text: str, word: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith(word)]


def test_apis_are_on_both_addresses_and_the_database_on_the_internal_one(site: Site) -> None:
    api = text_of(site, "/etc/haproxy/holdfast/50-identity.cfg")
    assert [line.split()[:5] for line in lines(api, "bind")] == [
        ["bind", f"{INTERNAL}:5000", "ssl", "crt", "/etc/haproxy/address.pem"],
        ["bind", f"{PUBLIC}:5000", "ssl", "crt", "/etc/haproxy/public.pem"],
    ]
    assert lines(text_of(site, "/etc/haproxy/holdfast/50-database.cfg"), "bind") == [
        f"bind {INTERNAL}:3306 transparent"
    ]


def test_what_is_published_stays_on_the_hosts_own_addresses(site: Site) -> None:
    api = text_of(site, "/etc/haproxy/holdfast/50-identity.cfg")
    assert [line.split()[2] for line in lines(api, "server")] == [f"198.18.0.{n}:5000" for n in (11, 12, 13)]


def test_each_address_moves_over_its_own_network(site: Site) -> None:
    text = text_of(site, "/etc/keepalived/keepalived.conf.in")
    internal, public = text.split("vrrp_instance ")[1:]
    assert f"{INTERNAL}/32" in internal and "unicast_src_ip 198.18.0.11" in internal
    assert f"{PUBLIC}/32" in public and "unicast_src_ip 198.18.1.11" in public
    assert "interface @INTERFACE@" in internal and "interface @PUBLIC@" in public
    assert "balancer" in internal and "balancer" in public, "both leave a host whose balancer is dead"
    start = text_of(site, "/etc/systemd/system/keepalived.service.d/holdfast.conf")
    assert "show to 198.18.1.11" in start and "show to 198.18.0.11" in start


def test_answers_leave_by_the_router_of_the_question(site: Site) -> None:
    internal, public = text_of(site, "/etc/keepalived/keepalived.conf.in").split("vrrp_instance ")[1:]
    assert f"from {PUBLIC}/32 table 7101" in public
    assert "default via 198.18.1.254 dev @PUBLIC@ table 7101" in public
    assert "table" not in internal, "no router is named there"


def test_one_network_means_one_address() -> None:
    site = sites()["three"]
    assert "@PUBLIC@" not in text_of(site, "/etc/keepalived/keepalived.conf.in")
    assert ("alpha", "/etc/haproxy/public.pem") not in files_of(site)
    assert entrance(site, "identity", "admin") == site.offer("identity", "admin")


def test_endpoints_are_registered_by_side(site: Site) -> None:
    (here, *_) = (h for h in site.places if "identity" in h.component.kinds)
    once = next(w for w in here.component.once(here) if w.id == "bootstrap")
    urls = {
        side: once.argv[once.argv.index(f"--bootstrap-{side}-url") + 1]
        for side in ("admin", "internal", "public")
    }
    own = f"https://{INTERNAL}:5000/v3"
    assert urls == {"admin": own, "internal": own, "public": f"https://{PUBLIC}:5000/v3"}
    assert "public_endpoint" not in text_of(site, "/etc/keystone/keystone.conf")


def test_clients_come_to_the_public_address(site: Site) -> None:
    access = access_to(site)
    assert access.door("identity").endpoint.address == PUBLIC
    assert access.door("database").endpoint.address == INTERNAL
    assert all(f"https://{PUBLIC}:" in sample.url for sample in access.samples)
    assert site.offer("identity", "admin").address == INTERNAL
    assert {re.split(r"[/:]+", url)[1] for url in client_urls(site)} == {INTERNAL, PUBLIC}


@pytest.mark.parametrize("name", sites())
def test_no_ipv6_address_stands_bare_before_a_port(name: str) -> None:
    """Where a colon may part an address from a port, one of IPv6 is in brackets; the bus knows better."""
    bare = re.compile(r"(?<![\[\w:])fd00:[0-9a-f:]*::[0-9a-f]+:\d{2,5}\b")
    for (_, path), file in files_of(sites()[name]).items():
        found = [m for m in bare.findall(file.content) if "rabbitmq.conf" not in path]
        assert found == [], path


def test_the_bus_and_the_cache_write_ipv6_in_their_own_ways() -> None:
    site = sites()["six"]
    assert "{inet_dist_use_interface, {64768,24,0,0,0,0,0,17}}" in text_of(
        site, "/etc/rabbitmq/advanced.config"
    )
    assert "-proto_dist inet6_tls" in text_of(site, "/etc/rabbitmq/rabbitmq-env.conf")
    assert "inet6:[fd00:18::11]:11211" in text_of(site, "/etc/keystone/keystone.conf")
    assert "gcomm://[fd00:18::11],[fd00:18::12]" in text_of(site, "/etc/mysql/mariadb.conf.d/90-holdfast.cnf")


def test_nothing_is_written_for_cards_that_are_left_alone(site: Site) -> None:
    assert network_files(site.cloud.host("charlie")) == ()
    for (host, path), _ in files_of(site).items():
        assert host != "charlie" or not path.startswith((NETWORK_FILES, NETWORK_SETTINGS)), path
    units = {p.unit for here in site.by_host["charlie"] for p in here.processes}
    assert "systemd-networkd.service" not in units
    assert "systemd-networkd.service" in {p.unit for here in site.by_host["alpha"] for p in here.processes}
    assert not [path for _, path in files_of(site) if "eno1" in path], "the card for management is left alone"


def test_a_start_waits_for_no_card_without_an_address(site: Site) -> None:
    files = {path: f.content for (host, path), f in files_of(site).items() if host == "alpha"}
    networks = {
        p: text for p, text in files.items() if p.startswith(NETWORK_FILES) and p.endswith(".network")
    }
    for path, text in networks.items():
        assert ("RequiredForOnline=no" in text) is ("\nAddress=" not in text), path


def test_a_card_that_is_left_alone_again_loses_its_files() -> None:
    plain = Card(STORAGE, "198.18.2.11", "eth1", manage=True)
    tunnels = Card(replace(STORAGE, name="tunnels"), "198.18.2.12", "eth2", vlan=7, manage=True)
    host = Host("a", "198.18.0.11", frozenset(), cards=(plain, tunnels))
    assert files_to_go(host) == ()
    left = replace(host, cards=(plain, replace(tunnels, manage=False)))
    assert {path.removeprefix(NETWORK_FILES) for path in files_to_go(left)} == {
        "eth2.network", "eth2.7.network", "eth2.7.netdev",
    }  # fmt: skip
    alone = replace(host, cards=tuple(replace(card, manage=False) for card in host.cards))
    assert set(files_to_go(alone)) == {file.path for file in network_files(host)}


def managed(*cards: Card) -> dict[str, str]:
    """The files for a host's cards, by their own part of the name."""
    host = Host("a", "198.18.0.11", frozenset(), cards=cards)
    return {file.path.removeprefix(NETWORK_FILES): file.content for file in network_files(host)}


def test_a_card_of_a_known_name_and_hardware_address_gets_the_name() -> None:
    files = managed(Card(STORAGE, "198.18.2.11", "disks0", "02:00:00:00:00:01", manage=True))
    assert set(files) == {NETWORK_SETTINGS, "disks0.link", "disks0.network"}
    assert "PermanentMACAddress=02:00:00:00:00:01" in files["disks0.link"]
    assert "Address=198.18.2.11/24" in files["disks0.network"]
    assert "MTUBytes=9000" in files["disks0.network"]


def test_a_tag_beside_an_untagged_card_keeps_both() -> None:
    plain = Card(STORAGE, "198.18.2.11", "eth1", manage=True)
    tunnels = replace(STORAGE, name="tunnels", cidr="198.18.3.0/24", mtu=1500)
    files = managed(plain, Card(tunnels, "198.18.3.11", "eth1", vlan=7, manage=True))
    assert "VLAN=eth1.7\n" in files["eth1.network"] and "Address=198.18.2.11/24" in files["eth1.network"]
    assert "Id=7" in files["eth1.7.netdev"] and "Address=198.18.3.11/24" in files["eth1.7.network"]


def test_a_host_says_which_addresses_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess
    from pathlib import Path

    texts = {"/run/x.pid": "7", "/proc/7/task/7/children": "8"}
    texts |= {f"/proc/{pid}/stat": f"{pid} (keepalived) S" for pid in (7, 8)}
    monkeypatch.setattr(Path, "read_text", lambda self: texts[str(self)])

    def told(*held: str) -> tuple[bool, bool, str]:
        shown = "".join(f"2: eth0 inet {address}/32 scope global\n" for address in held)
        monkeypatch.setattr(
            subprocess, "run", lambda *_a, **_k: subprocess.CompletedProcess((), 0, shown, "")
        )
        answer = address_state([INTERNAL, PUBLIC], "/run/x.pid")
        return answer["ok"], answer["holds"], answer["text"]

    assert told(INTERNAL) == (True, True, "holds the address")
    assert told(PUBLIC) == (True, False, "holds the public address")
    assert told(INTERNAL, PUBLIC) == (True, True, "holds the address and the public address")
    assert told("198.18.0.1") == (True, False, "stands by")


def test_every_part_that_listens_has_a_place_for_both_families() -> None:
    """The sandbox of a unit of ours lets it speak IPv6 too."""
    assert catalogue()
    for (_, path), file in files_of(sites()["six"]).items():
        for families in lines(file.content, "RestrictAddressFamilies="):
            words = families.partition("=")[2].split()
            assert ("AF_INET" in words) == ("AF_INET6" in words), path


def rewritten(site: Site, old: str, new: str) -> Design:
    """The site's design with a text changed once in each of its files."""
    whole = Design(site, datetime(2026, 6, 1, tzinfo=UTC))
    assert any(file.content.count(old) for file in files_of(site).values())
    return with_text(whole, old, new)


def test_an_api_that_one_address_lacks_is_not_published(site: Site) -> None:
    for address in (INTERNAL, PUBLIC):
        odd = rewritten(site, f"bind {address}:5000", f"bind 127.0.0.1:5000 # {address}")
        (api,) = (p for p in published(odd.site) if p.frontend.http)
        assert not api.own, address
    assert all(p.own for p in published(site))


def test_one_address_that_moves_back_is_found(site: Site) -> None:
    odd = rewritten(site, "nopreempt\n  interface @PUBLIC@", "interface @PUBLIC@")
    assert {f.verdict for f in no_preemption.check(odd)} == {Verdict.FAIL}
    assert {f.verdict for f in no_preemption.check(Design(site, odd.now))} == {Verdict.PASS}
