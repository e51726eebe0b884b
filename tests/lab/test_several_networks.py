"""A cloud of three networks on real machines: clients come by the public one, and each is cut alone.

One story in the order of its tests: each builds on the cloud as the one before left it.
"""

import json
import re
import shlex
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import pytest
from plots import Plot
from story import Story, booted
from stranger import stranger
from waiting import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.story]
HOSTS = ("alpha", "bravo", "charlie")


def cloud_file(plot: Plot) -> str:
    """Three controllers on three quarters of a network of 256."""
    ground = plot.address(0).removesuffix(".0")
    text = f"""\
name: {plot.cloud}
release: "2026.2"
networks:
  control: {{cidr: {ground}.0/26, purposes: [management], virtual_address: {ground}.10}}
  outer: {{cidr: {ground}.64/26, purposes: [public], virtual_address: {ground}.74}}
  disks: {{cidr: {ground}.128/26, purposes: [storage]}}
services: [keystone]
hosts:
"""
    for number, name in enumerate(HOSTS, 11):
        outer, disks = (f"{{address: {ground}.{first + number}}}" for first in (64, 128))
        text += f"  - name: {name}\n    address: {ground}.{number}\n    roles: [controller]\n"
        text += f"    cards: {{outer: {outer}, disks: {disks}}}\n"
    return text


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with booted(tmp_path_factory.mktemp("cloud"), cloud_file) as told:
        yield told


def address(story: Story, network: str) -> str:
    line = next(line for line in story.file.read_text().splitlines() if line.startswith(f"  {network}:"))
    return line.rpartition(" ")[2].rstrip("}")


def answers(story: Story, network: str) -> bool:
    """Whether identity answers on the address of a network, with a certificate for it."""
    ca = story.file.parent / ".holdfast" / story.cloud / "ca.pem"
    context = ssl.create_default_context(cafile=str(ca))
    try:
        with urlopen(f"https://{address(story, network)}:5000/v3", timeout=2, context=context) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


@contextmanager
def cut(story: Story, network: str) -> Iterator[None]:
    assert story.run("lab", "network", network, "down").returncode == 0
    try:
        yield
    finally:
        assert story.run("lab", "network", network, "up").returncode == 0


def test_clients_come_by_the_public_address(story: Story) -> None:
    applied = story.run("apply", "--yes", timeout=600)
    assert applied.returncode == 0, applied.stdout
    assert answers(story, "outer") and answers(story, "control")
    access = (story.file.parent / ".holdfast" / story.cloud / "clouds.yaml").read_text()
    assert f"https://{address(story, 'outer')}:5000/v3" in access
    assert story.run("verify").returncode == 0
    for host in HOSTS:
        assert f"{address(story, 'outer')}:3306" not in story.ask(host, "ss -Hltn")


def test_a_stranger_on_any_network_finds_the_published_ports_alone(story: Story) -> None:
    """SSH is left alone on every card; nothing of the inside is open by way of another one."""
    for network, own in (("control", 50), ("outer", 114), ("disks", 178)):
        ground = address(story, "control").rpartition(".")[0]
        with stranger(story, [f"{ground}.{own}/26"]) as outside:
            first = own // 64 * 64
            for number in range(len(HOSTS)):
                assert outside.open_ports(f"{ground}.{first + 11 + number}", 1, 32768) == [22]
            if network != "disks":
                assert outside.open_ports(address(story, network), 1, 32768) == [22, 5000]


def test_a_cut_of_the_storage_network_changes_nothing_for_tokens(story: Story) -> None:
    with cut(story, "disks"):
        assert story.run("verify").returncode == 0
        dialled = f"timeout 2 bash -c '</dev/tcp/{_storage(story, 'bravo')}/22' && echo reached || echo cut"
        assert story.ask("alpha", dialled).endswith("cut")
    wait_until(lambda: story.ask("alpha", dialled).endswith("reached"))


def _storage(story: Story, host: str) -> str:
    number = HOSTS.index(host) + 128 + 11
    return f"{address(story, 'control').rpartition('.')[0]}.{number}"


def test_a_cut_of_the_public_network_changes_nothing_inside(story: Story) -> None:
    with cut(story, "outer"):
        wait_until(lambda: not answers(story, "outer"))
        end = time.monotonic() + 3
        while time.monotonic() < end:
            assert answers(story, "control")
    wait_until(lambda: answers(story, "outer"))


def holders(story: Story, network: str) -> list[str]:
    """The hosts that have the address of a network."""
    wanted = f" {address(story, network)}/"
    return [host for host in HOSTS if wanted in story.ask(host, "ip -o addr show")]


def test_the_public_address_leaves_a_host_whose_card_is_cut(story: Story) -> None:
    (holder,) = holders(story, "outer")
    assert story.run("lab", "link", holder, "down", "--network", "outer").returncode == 0
    try:
        wait_until(lambda: answers(story, "outer"))
        assert holder not in holders(story, "outer")
    finally:
        assert story.run("lab", "link", holder, "up", "--network", "outer").returncode == 0
    assert story.run("verify").returncode == 0


def test_a_frozen_holder_lets_both_addresses_go(story: Story) -> None:
    """Without a hand: nothing is healed here before the address is with one host alone."""
    (holder,) = holders(story, "control")
    story.ask(holder, "systemctl kill --kill-whom=all --signal=STOP keepalived")
    wait_until(lambda: len(on := holders(story, "control")) == 1 and holder not in on)
    wait_until(lambda: len(holders(story, "outer")) == 1)
    assert answers(story, "control") and answers(story, "outer")
    wait_until(lambda: story.run("status", "--service", "keepalived").returncode == 0)


def test_a_holder_that_one_peer_does_not_hear_lets_the_address_go(story: Story) -> None:
    """The host with the highest priority hears a lesser holder, which VRRP lets it overrule for ever."""
    first, deaf, _ = HOSTS
    for host in HOSTS[1:]:
        story.ask(host, "systemctl stop keepalived")
    wait_until(lambda: holders(story, "control") == [first])
    for host in HOSTS[1:]:
        story.ask(host, "systemctl start keepalived")
    to = f"{address(story, 'control').rpartition('.')[0]}.{HOSTS.index(deaf) + 11}"
    chain = "add chain inet cut out { type filter hook output priority 0; }"
    drop = f"add rule inet cut out ip protocol 112 ip daddr {to} drop"
    story.ask(first, f"printf '%s\\n' 'add table inet cut' '{chain}' '{drop}' | nft -f -")
    try:
        wait_until(lambda: holders(story, "control") == [deaf])
        assert answers(story, "control")
    finally:
        story.ask(first, "nft delete table inet cut")
    assert story.run("verify").returncode == 0


def test_a_frozen_balancer_is_ended_and_starts_again(story: Story) -> None:
    (holder,) = holders(story, "control")
    story.ask(holder, "systemctl kill --kill-whom=all --signal=STOP haproxy")
    wait_until(lambda: holder not in holders(story, "control"))
    wait_until(lambda: story.run("status", "--service", "haproxy").returncode == 0)


def told(story: Story, host: str, *commands: str) -> str:
    """What a host's balancer answers to commands, one after another."""
    program = (
        "import socket, sys\n"
        "for each in sys.argv[1:]:\n"
        "    link = socket.socket(socket.AF_UNIX)\n"
        "    link.connect('/run/haproxy/admin.sock')\n"
        "    link.sendall(f'{each}\\n'.encode())\n"
        "    print(b''.join(iter(lambda: link.recv(65536), b'')).decode())\n"
    )
    return story.ask(host, shlex.join(("python3", "-c", program, *commands)))


def test_another_balancers_word_does_not_move_the_writer(story: Story) -> None:
    """As after a split: the table names another member than the sessions are with."""
    (holder,) = holders(story, "control")
    assert story.run("verify").returncode == 0, "sessions with the writer"
    entry = re.compile(r"server_id=(\d+) server_key=(\S+)")
    number, _ = entry.findall(told(story, holder, "show table database"))[0]
    another = 1 + int(number) % len(HOSTS)
    told(story, holder, "clear table database key 1", f"set table database key 1 data.server_id {another}")
    wait_until(lambda: entry.findall(told(story, holder, "show table database"))[0][0] == number)
    wait_until(lambda: story.run("status", "--service", "haproxy").returncode == 0)


def wants(story: Story, service: str) -> None:
    """From now on the cloud file asks for that service alone."""
    lines = story.file.read_text().splitlines()
    lines = [f"services: [{service}]" if line.startswith("services:") else line for line in lines]
    story.file.write_text("\n".join(lines) + "\n")


def leaving(story: Story) -> dict[str, set[str]]:
    """What the plan takes from each host: "stop UNIT" and "remove PATH"."""
    steps = json.loads(story.run("plan", "--json").stdout)["data"]["steps"]
    taken: dict[str, set[str]] = {host: set() for host in HOSTS}
    for step in (s for s in steps if "/leave@" in s["id"]):
        taken[step["host"]] |= {a for a in step["actions"] if a.startswith(("stop ", "remove "))}
    return taken


def still_there(story: Story, host: str, taken: set[str]) -> list[str]:
    """What of it runs or exists on the host."""
    asks = {"stop": "systemctl is-active --quiet", "remove": "test -e"}
    told = [(*what.partition(" ")[::2], what) for what in sorted(taken)]
    script = "".join(f"{asks[kind]} {name} && echo 'found: {what}'\n" for kind, name, what in told)
    return [line for line in story.ask(host, script).splitlines() if line.startswith("found: ")]


def test_services_leave_every_host_and_come_back_to_their_data(story: Story) -> None:
    projects = "mariadb -Ne 'select id, name from keystone.project order by id'"
    users = "mariadb -Ne \"select user from mysql.user where user = 'keystone'\""
    before = story.ask("bravo", projects)
    assert "admin" in before and story.ask("bravo", users).endswith("keystone")

    wants(story, "mariadb")
    taken = leaving(story)
    assert still_there(story, "bravo", taken["bravo"])
    for host in HOSTS:
        assert {"stop keystone.service", "stop rabbitmq-server.service"} <= taken[host]
        assert {"remove /etc/keystone/keystone.conf", "remove /etc/keystone/fernet-keys/0"} <= taken[host]
    applied = story.run("apply", "--yes", timeout=600)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert not answers(story, "outer") and not answers(story, "control")
    assert [what for host in HOSTS for what in still_there(story, host, taken[host])] == []
    assert "keystone" not in story.ask("bravo", users), "its user has left, too"
    assert story.ask("bravo", projects) == before
    assert story.run("apply").returncode == 0, "nothing is left to be done"

    wants(story, "keystone")
    assert story.run("apply", "--yes", timeout=600).returncode == 0
    assert answers(story, "outer") and story.run("verify").returncode == 0
    assert story.ask("bravo", projects) == before
