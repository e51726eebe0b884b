"""Several networks: apart from one another, cut one by one, back with the power, gone without a trace."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from machines import Three, one_network, reachable, traces
from waiting import wait_until

from holdfast.front.labs import LabPower
from holdfast.lab import Lab, LabCard, LabError, LabHost, LabNetwork, LabSpec
from holdfast.lab.clean import clean_lab
from holdfast.lab.group import tree

pytestmark = pytest.mark.lab

CLOUD = "holdfast-network-tests"
NETWORKS = (
    LabNetwork("management", ("198.18.124.0/24", "fd00:18:124::/64")),
    LabNetwork("storage", ("198.18.125.0/24",), mtu=9000),
    LabNetwork("provider", ("fd00:18:126::/64",), uplink=True),
    LabNetwork("tenant", mtu=1600),
)


def host(number: int) -> LabHost:
    """A host with both families, with one of each, and with none on a bare card."""
    management = LabCard("management", (f"198.18.124.1{number}", f"fd00:18:124::1{number}"))
    storage = LabCard("storage", (f"198.18.125.1{number}",))
    provider = LabCard("provider", (f"fd00:18:126::1{number}",))
    return LabHost(f"n{number}", (management, storage, provider, LabCard("tenant")))


@pytest.fixture(scope="module")
def meshed(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    spec = LabSpec(CLOUD, NETWORKS, tuple(host(number) for number in (1, 2, 3)))
    lab = Lab(spec, tmp_path_factory.mktemp("networks"))
    clean_lab(CLOUD, print)
    lab.up(image, print)
    yield Three(lab, spec, lab.ssh_key.parent, image)
    clean_lab(CLOUD, print)


def links(meshed: Three, name: str) -> dict[str, str]:
    state = next(state for state in meshed.fresh().list() if state.name == name)
    return {card.network: card.link for card in state.cards}


def pings(meshed: Three, name: str, address: str, *options: str) -> bool:
    return meshed.run(name, f"ping -c 1 -W 1 -q {' '.join(options)} {address}").returncode == 0


def held(meshed: Three, name: str) -> dict[str, set[str]]:
    """Addresses by interface, those of the link itself included, as the host sees them."""
    shown = json.loads(meshed.ask(name, "ip -json address show"))
    return {link["ifname"]: {info["local"] for info in link["addr_info"] if info["scope"] == "global"}
            for link in shown if link["ifname"] != "lo"}  # fmt: skip


ALL = {"eth0": {"198.18.124.11", "fd00:18:124::11"}, "eth1": {"198.18.125.11"}, "eth2": {"fd00:18:126::11"},
       "eth3": set()}  # fmt: skip


def test_every_card_has_its_name_its_addresses_and_its_networks_mtu(meshed: Three) -> None:
    assert held(meshed, "n1") == ALL
    mtus = "cat /sys/class/net/eth0/mtu /sys/class/net/eth1/mtu /sys/class/net/eth3/mtu"
    assert meshed.ask("n1", mtus).split() == ["1500", "9000", "1600"]
    assert meshed.ask("n1", "systemctl is-system-running") == "running"


def test_no_address_waits_for_a_double_to_be_looked_for(meshed: Three) -> None:
    shown = json.loads(meshed.ask("n1", "ip -json -6 address show scope global"))
    flags = [info for link in shown for info in link.get("addr_info", ()) if info]
    assert len(flags) == 2
    assert all(info["nodad"] and "tentative" not in info for info in flags)


def test_hosts_reach_one_another_on_every_network_with_packets_as_large_as_it_takes(meshed: Three) -> None:
    for address in ("198.18.124.12", "fd00:18:124::12", "198.18.125.12", "fd00:18:126::12"):
        assert pings(meshed, "n1", address), address
    assert pings(meshed, "n1", "198.18.125.12", "-M do -s 8972")
    assert not pings(meshed, "n1", "198.18.124.12", "-M do -s 8972")


def test_this_machine_is_on_the_networks_it_is_plugged_into_and_on_no_other(meshed: Three) -> None:
    for address in ("198.18.124.12", "fd00:18:124::12", "fd00:18:126::12"):
        assert reachable(address), address
    assert not reachable("198.18.125.12")


def test_a_bare_card_is_silent_and_a_bridge_inside_the_host_takes_it(meshed: Three) -> None:
    assert meshed.ask("n1", "ip -oneline address show eth3") == ""
    for name in ("n1", "n2"):
        bridge = "ip link add br0 mtu 1600 type bridge; ip link set eth3 master br0; ip link set br0 up"
        meshed.ask(name, f"{bridge}; ip address add 192.0.2.{name[1]}/24 dev br0")
    assert pings(meshed, "n1", "192.0.2.2", "-M do -s 1572")
    assert not pings(meshed, "n3", "192.0.2.2")


def test_one_network_of_one_host_is_cut_alone(meshed: Three) -> None:
    asyncio.run(LabPower(meshed.lab).link("n3", False, "storage"))
    assert links(meshed, "n3") == {"management": "up", "storage": "down", "provider": "up", "tenant": "up"}
    assert not pings(meshed, "n1", "198.18.125.13")
    assert pings(meshed, "n1", "198.18.124.13") and pings(meshed, "n1", "fd00:18:126::13")
    assert pings(meshed, "n1", "198.18.125.12")
    assert meshed.ask("n3", "cat /sys/class/net/eth1/carrier") == "0"
    meshed.fresh().link("n3", "up", "storage")
    wait_until(lambda: pings(meshed, "n1", "198.18.125.13"))


def test_a_whole_network_is_cut_while_the_others_go_on(meshed: Three) -> None:
    meshed.lab.network("storage", "down")
    names = ("n1", "n2", "n3")
    assert [links(meshed, name)["storage"] for name in names] == ["down"] * 3
    assert not pings(meshed, "n1", "198.18.125.12") and not pings(meshed, "n2", "198.18.125.13")
    assert all(pings(meshed, "n1", f"198.18.124.1{number}") for number in (2, 3))
    meshed.fresh().network("storage", "up")
    wait_until(lambda: pings(meshed, "n1", "198.18.125.12") and pings(meshed, "n2", "198.18.125.13"))


def test_all_cables_of_a_host_are_pulled_together(meshed: Three) -> None:
    meshed.lab.link("n3", "down")
    assert set(links(meshed, "n3").values()) == {"down"}
    assert not pings(meshed, "n1", "198.18.124.13") and not pings(meshed, "n1", "fd00:18:126::13")
    meshed.lab.link("n3", "up")
    assert set(links(meshed, "n3").values()) == {"up"}
    wait_until(lambda: meshed.answers("n3") and pings(meshed, "n1", "fd00:18:126::13"))


def test_a_power_cycle_brings_every_card_back_and_what_was_pulled_stays_pulled(meshed: Three) -> None:
    card = "cat /sys/class/net/eth*/address"
    before = meshed.ask("n1", card)
    meshed.lab.link("n1", "down", "provider")
    meshed.lab.power("n1", "off")
    assert set(links(meshed, "n1").values()) == {"down"}
    meshed.fresh().power("n1", "on")
    wait_until(lambda: meshed.run("n1", "true").returncode == 0)
    assert links(meshed, "n1") == {"management": "up", "storage": "up", "provider": "down", "tenant": "up"}
    assert (held(meshed, "n1"), meshed.ask("n1", card)) == (ALL, before)
    assert pings(meshed, "n2", "198.18.125.11") and not pings(meshed, "n2", "fd00:18:126::11")
    meshed.fresh().up(meshed.image, print)
    assert set(links(meshed, "n1").values()) == {"up"}
    wait_until(lambda: pings(meshed, "n2", "fd00:18:126::11"))


LISTEN = """
import socket
client = socket.create_connection(("198.18.125.11", 22), timeout=5)
client.recv(64)
print("connected", flush=True)
client.settimeout(3)
try:
    print("heard", client.recv(64))
except TimeoutError:
    print("silence")
"""


def test_power_loss_says_no_goodbye_on_any_network(meshed: Three) -> None:
    argv = (*meshed.lab.shell_argv("n2"), "python3", "-")
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:
        assert peer.stdin is not None and peer.stdout is not None
        peer.stdin.write(LISTEN)
        peer.stdin.close()
        assert peer.stdout.readline() == "connected\n"
        meshed.lab.power("n1", "off")
        assert peer.stdout.read() == "silence\n"
    meshed.lab.up(meshed.image, print)


def test_a_lab_may_speak_ipv6_alone(meshed: Three, tmp_path: Path) -> None:
    cloud = "holdfast-network-tests-3"
    lab = Lab(one_network(cloud, "fd00:18:127::/64", x="fd00:18:127::11"), tmp_path)
    try:
        lab.up(meshed.image, print)
        argv = (*lab.shell_argv("x"), "ip -oneline -4 address show eth0")
        assert subprocess.run(argv, capture_output=True, check=True, text=True).stdout == ""
    finally:
        lab.down(wipe=True)
    wait_until(lambda: traces(cloud) == [])


def test_up_gives_a_lost_card_back_and_takes_on_a_changed_network(meshed: Three) -> None:
    port = meshed.cables("n2").port("storage")
    namespace = meshed.cables("n2").fabric.namespace
    subprocess.run(("ip", "-netns", namespace, "link", "delete", port), check=True)
    meshed.fresh().up(meshed.image, print)
    assert pings(meshed, "n1", "198.18.125.12")
    wider = replace(meshed.spec, networks=(*NETWORKS[:3], LabNetwork("tenant", mtu=1700)))
    Lab(wider, meshed.state).up(meshed.image, print)
    assert meshed.ask("n2", "cat /sys/class/net/eth3/mtu") == "1700"
    meshed.fresh().up(meshed.image, print)


@pytest.mark.parametrize("cidr", ["198.18.125.0/25", "fd00:18:126::/80"])
def test_a_lab_is_refused_that_overlaps_any_network_of_another(
    meshed: Three, cidr: str, tmp_path: Path
) -> None:
    sound = one_network("holdfast-network-tests-2", "198.18.127.0/24", x="198.18.127.11")
    other = replace(sound, networks=(*sound.networks, LabNetwork("second", (cidr,))))
    with pytest.raises(LabError, match=rf"second \({cidr}\) overlaps .* of the lab of cloud {CLOUD}"):
        Lab(other, tmp_path).up(meshed.image, print)
    assert not list(tmp_path.iterdir())


def test_a_lab_is_refused_that_overlaps_this_machines_own_network(meshed: Three, tmp_path: Path) -> None:
    """What is overlapped is this machine's cable to the lab, with the nameplate of its bridge gone."""
    namespace = meshed.cables("n1").fabric.namespace
    sound = one_network("holdfast-network-tests-2", "198.18.127.0/24", x="198.18.127.11")
    other = replace(sound, networks=(*sound.networks, LabNetwork("second", ("fd00:18:126::/80",))))
    bridge = ("ip", "-netns", namespace, "link", "set", "net2", "alias")
    plate = "holdfast lab holdfast-network-tests provider fd00:18:126::/64"
    subprocess.run((*bridge, ""), check=True)
    try:
        with pytest.raises(LabError, match="overlaps fd00:18:126::/64 on this machine's interface"):
            Lab(other, tmp_path).up(meshed.image, print)
    finally:
        subprocess.run((*bridge, plate), check=True)


def test_down_and_clean_leave_nothing_of_any_network(meshed: Three) -> None:
    assert any("hf" in trace for trace in traces(CLOUD))
    meshed.lab.down(wipe=True)
    wait_until(lambda: traces(CLOUD) == [])
    meshed.lab.up(meshed.image, print)
    for name in ("n1", "n2"):
        supervisor = (tree() / "holdfast-lab" / CLOUD / name / "supervisor/cgroup.procs").read_text().split()
        os.kill(int(supervisor[0]), signal.SIGKILL)
    clean_lab(CLOUD, print)
    wait_until(lambda: traces(CLOUD) == [])
