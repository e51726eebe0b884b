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
from machines import Three, one_network, reachable, supervisor, traces
from plots import Plot, plot
from waiting import wait_until

from holdfast.front.labs import LabPower
from holdfast.lab import Lab, LabCard, LabError, LabHost, LabNetwork, LabSpec
from holdfast.lab.clean import clean_lab

pytestmark = pytest.mark.lab

MANAGEMENT, STORAGE, PROVIDER, SPARE = range(4)


def networks(ground: Plot) -> tuple[LabNetwork, ...]:
    return (
        LabNetwork("management", (ground.cidr(MANAGEMENT), ground.cidr6(MANAGEMENT))),
        LabNetwork("storage", (ground.cidr(STORAGE),), mtu=9000),
        LabNetwork("provider", (ground.cidr6(PROVIDER),), uplink=True),
        LabNetwork("tenant", mtu=1600),
    )


def host(ground: Plot, number: int) -> LabHost:
    """A host with both families, with one of each, and with none on a bare card."""
    last = 10 + number
    management = LabCard("management", (ground.address(last, MANAGEMENT), ground.address6(last, MANAGEMENT)))
    storage = LabCard("storage", (ground.address(last, STORAGE),))
    provider = LabCard("provider", (ground.address6(last, PROVIDER),))
    return LabHost(f"n{number}", (management, storage, provider, LabCard("tenant")))


@pytest.fixture(scope="module")
def mesh(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    with plot() as ground:
        spec = LabSpec(ground.cloud, networks(ground), tuple(host(ground, number) for number in (1, 2, 3)))
        state = tmp_path_factory.mktemp("networks")
        yield Three(ground, Lab(spec, state), spec, state, image)


@pytest.fixture
def meshed(mesh: Three) -> Three:
    """Whatever the test before did or left undone: all three are on, plugged, and answer."""
    mesh.up()
    return mesh


def v4(meshed: Three, network: int, number: int) -> str:
    return meshed.ground.address(10 + number, network)


def v6(meshed: Three, network: int, number: int) -> str:
    return meshed.ground.address6(10 + number, network)


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


def given(meshed: Three, number: int) -> dict[str, set[str]]:
    """What a host's cards were given, the bare one's nothing included."""
    cards = meshed.spec.host(f"n{number}").cards
    return {f"eth{at}": set(card.addresses) for at, card in enumerate(cards)}


def test_every_card_has_its_name_its_addresses_and_its_networks_mtu(meshed: Three) -> None:
    assert held(meshed, "n1") == given(meshed, 1)
    mtus = "cat /sys/class/net/eth0/mtu /sys/class/net/eth1/mtu /sys/class/net/eth3/mtu"
    assert meshed.ask("n1", mtus).split() == ["1500", "9000", "1600"]
    assert meshed.ask("n1", "systemctl is-system-running") == "running"


def test_no_address_waits_for_a_double_to_be_looked_for(meshed: Three) -> None:
    shown = json.loads(meshed.ask("n1", "ip -json -6 address show scope global"))
    flags = [info for link in shown for info in link.get("addr_info", ()) if info]
    assert len(flags) == 2
    assert all(info["nodad"] and "tentative" not in info for info in flags)


def test_hosts_reach_one_another_on_every_network_with_packets_as_large_as_it_takes(meshed: Three) -> None:
    for network, address in ((MANAGEMENT, v4), (MANAGEMENT, v6), (STORAGE, v4), (PROVIDER, v6)):
        assert pings(meshed, "n1", address(meshed, network, 2)), (network, address)
    assert pings(meshed, "n1", v4(meshed, STORAGE, 2), "-M do -s 8972")
    assert not pings(meshed, "n1", v4(meshed, MANAGEMENT, 2), "-M do -s 8972")


def test_this_machine_is_on_the_networks_it_is_plugged_into_and_on_no_other(meshed: Three) -> None:
    for address in (v4(meshed, MANAGEMENT, 2), v6(meshed, MANAGEMENT, 2), v6(meshed, PROVIDER, 2)):
        assert reachable(address), address
    assert not reachable(v4(meshed, STORAGE, 2))


def test_a_bare_card_is_silent_and_a_bridge_inside_the_host_takes_it(meshed: Three) -> None:
    assert meshed.ask("n1", "ip -oneline address show eth3") == ""
    for name in ("n1", "n2"):
        bridge = "ip link add br0 mtu 1600 type bridge; ip link set eth3 master br0; ip link set br0 up"
        meshed.ask(name, f"{bridge}; ip address add 192.0.2.{name[1]}/24 dev br0")
    assert pings(meshed, "n1", "192.0.2.2", "-M do -s 1572")
    assert not pings(meshed, "n3", "192.0.2.2")
    for name in ("n1", "n2"):
        meshed.ask(name, "ip link delete br0")


def test_one_network_of_one_host_is_cut_alone(meshed: Three) -> None:
    asyncio.run(LabPower(meshed.lab).link("n3", False, "storage"))
    assert links(meshed, "n3") == {"management": "up", "storage": "down", "provider": "up", "tenant": "up"}
    assert not pings(meshed, "n1", v4(meshed, STORAGE, 3))
    assert pings(meshed, "n1", v4(meshed, MANAGEMENT, 3)) and pings(meshed, "n1", v6(meshed, PROVIDER, 3))
    assert pings(meshed, "n1", v4(meshed, STORAGE, 2))
    assert meshed.ask("n3", "cat /sys/class/net/eth1/carrier") == "0"
    meshed.fresh().link("n3", "up", "storage")
    wait_until(lambda: pings(meshed, "n1", v4(meshed, STORAGE, 3)))


def test_a_whole_network_is_cut_while_the_others_go_on(meshed: Three) -> None:
    meshed.lab.network("storage", "down")
    names = ("n1", "n2", "n3")
    assert [links(meshed, name)["storage"] for name in names] == ["down"] * 3
    assert not pings(meshed, "n1", v4(meshed, STORAGE, 2)) and not pings(meshed, "n2", v4(meshed, STORAGE, 3))
    assert all(pings(meshed, "n1", v4(meshed, MANAGEMENT, number)) for number in (2, 3))
    meshed.fresh().network("storage", "up")
    wait_until(lambda: pings(meshed, "n1", v4(meshed, STORAGE, 2)))
    wait_until(lambda: pings(meshed, "n2", v4(meshed, STORAGE, 3)))


def test_all_cables_of_a_host_are_pulled_together(meshed: Three) -> None:
    meshed.lab.link("n3", "down")
    assert set(links(meshed, "n3").values()) == {"down"}
    for address in (v4(meshed, MANAGEMENT, 3), v6(meshed, PROVIDER, 3)):
        assert not pings(meshed, "n1", address)
    meshed.lab.link("n3", "up")
    assert set(links(meshed, "n3").values()) == {"up"}
    wait_until(lambda: meshed.answers("n3") and pings(meshed, "n1", v6(meshed, PROVIDER, 3)))


def test_a_power_cycle_brings_every_card_back_and_what_was_pulled_stays_pulled(meshed: Three) -> None:
    card = "cat /sys/class/net/eth*/address"
    before = meshed.ask("n1", card)
    meshed.lab.link("n1", "down", "provider")
    meshed.lab.power("n1", "off")
    assert set(links(meshed, "n1").values()) == {"down"}
    meshed.fresh().power("n1", "on")
    wait_until(lambda: meshed.run("n1", "true").returncode == 0)
    assert links(meshed, "n1") == {"management": "up", "storage": "up", "provider": "down", "tenant": "up"}
    assert (held(meshed, "n1"), meshed.ask("n1", card)) == (given(meshed, 1), before)
    assert pings(meshed, "n2", v4(meshed, STORAGE, 1)) and not pings(meshed, "n2", v6(meshed, PROVIDER, 1))
    meshed.up()
    assert set(links(meshed, "n1").values()) == {"up"}
    wait_until(lambda: pings(meshed, "n2", v6(meshed, PROVIDER, 1)))


LISTEN = """
import socket
client = socket.create_connection(("ADDRESS", 22), timeout=5)
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
        peer.stdin.write(LISTEN.replace("ADDRESS", v4(meshed, STORAGE, 1)))
        peer.stdin.close()
        assert peer.stdout.readline() == "connected\n"
        meshed.lab.power("n1", "off")
        assert peer.stdout.read() == "silence\n"
    meshed.up()


def test_a_lab_may_speak_ipv6_alone(image: Path, tmp_path: Path) -> None:
    with plot() as ground:
        lab = Lab(one_network(ground.cloud, ground.cidr6(), x=ground.address6(11)), tmp_path)
        lab.up(image, print)
        argv = (*lab.shell_argv("x"), "ip -oneline -4 address show eth0")
        assert subprocess.run(argv, capture_output=True, check=True, text=True).stdout == ""
        lab.down(wipe=True)
        wait_until(lambda: traces(ground.cloud) == [])


def test_up_gives_a_lost_card_back_and_takes_on_a_changed_network(meshed: Three) -> None:
    port = meshed.cables("n2").port("storage")
    namespace = meshed.cables("n2").fabric.namespace
    subprocess.run(("ip", "-netns", namespace, "link", "delete", port), check=True)
    meshed.up()
    assert pings(meshed, "n1", v4(meshed, STORAGE, 2))
    wider = replace(meshed.spec, networks=(*meshed.spec.networks[:3], LabNetwork("tenant", mtu=1700)))
    Lab(wider, meshed.state).up(meshed.image, print)
    assert meshed.ask("n2", "cat /sys/class/net/eth3/mtu") == "1700"
    meshed.up()


def beside(ground: Plot, cidr: str) -> LabSpec:
    """A lab whose first network is free, and the second one is not."""
    sound = one_network(f"{ground.cloud}-2", ground.cidr(SPARE), x=ground.address(11, SPARE))
    return replace(sound, networks=(*sound.networks, LabNetwork("second", (cidr,))))


def test_a_lab_is_refused_that_overlaps_any_network_of_another(meshed: Three, tmp_path: Path) -> None:
    storage = meshed.ground.cidr(STORAGE).replace("/24", "/25")
    provider = meshed.ground.cidr6(PROVIDER).replace("/64", "/80")
    for cidr in (storage, provider):
        told = rf"second \({cidr}\) overlaps .* of the lab of cloud {meshed.spec.cloud}"
        with pytest.raises(LabError, match=told):
            Lab(beside(meshed.ground, cidr), tmp_path).up(meshed.image, print)
        assert not list(tmp_path.iterdir())


def test_a_lab_is_refused_that_overlaps_this_machines_own_network(meshed: Three, tmp_path: Path) -> None:
    """What is overlapped is this machine's cable to the lab, with the nameplate of its bridge gone."""
    namespace, provider = meshed.cables("n1").fabric.namespace, meshed.ground.cidr6(PROVIDER)
    other = beside(meshed.ground, provider.replace("/64", "/80"))
    bridge = ("ip", "-netns", namespace, "link", "set", "net2", "alias")
    plate = f"holdfast lab {meshed.spec.cloud} provider {provider}"
    subprocess.run((*bridge, ""), check=True)
    try:
        with pytest.raises(LabError, match=f"overlaps {provider} on this machine's interface"):
            Lab(other, tmp_path).up(meshed.image, print)
    finally:
        subprocess.run((*bridge, plate), check=True)


def test_down_and_clean_leave_nothing_of_any_network(meshed: Three) -> None:
    cloud = meshed.spec.cloud
    assert any("hf" in trace for trace in traces(cloud))
    meshed.lab.down(wipe=True)
    wait_until(lambda: traces(cloud) == [])
    meshed.up()
    for name in ("n1", "n2"):
        os.kill(supervisor(cloud, name), signal.SIGKILL)
    clean_lab(cloud, print)
    wait_until(lambda: traces(cloud) == [])
