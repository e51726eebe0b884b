"""Three real machines: reachable, sandboxed as on hardware, apart from one another and from this machine."""

import json
import socket
import stat
import time
from pathlib import Path

import pytest
from machines import Three, one_network, reachable
from plots import plot
from waiting import wait_until

from holdfast.lab import Lab, LabError

pytestmark = pytest.mark.lab

VRRP = """
vrrp_instance a {
  state BACKUP
  interface eth0
  virtual_router_id 7
  version 3
  advert_int 0.1
  priority PRIORITY
  virtual_ipaddress {
    ADDRESS/32
  }
}
"""


def test_each_machine_answers_by_its_own_name_and_booted_without_a_failure(three: Three) -> None:
    for host in three.spec.hosts:
        assert three.ask(host.name, "hostname; systemctl is-system-running").split() == [host.name, "running"]


def test_identities_differ_and_keys_are_closed(three: Three) -> None:
    ids = {three.ask(host.name, "cat /etc/machine-id") for host in three.spec.hosts}
    assert len(ids) == 3
    assert len({line.split()[-1] for line in three.lab.known_hosts.read_text().splitlines()}) == 3
    for file in (three.lab.ssh_key, three.lab.known_hosts):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert three.ask("c1", "ls -A /etc/ssh | grep -c host_.*_key$") == "1"


def test_every_machine_reaches_every_other(three: Three) -> None:
    for host in three.spec.hosts:
        for other in three.spec.hosts:
            three.ask(host.name, f"ping -c 1 -W 2 -q {other.address}")


def test_a_machine_has_no_way_out(three: Three) -> None:
    assert three.ask("c1", "ip route show default") == ""
    assert three.run("c1", "ping -c 1 -W 1 192.0.2.1").returncode != 0


def test_no_service_of_the_packages_is_enabled(three: Three) -> None:
    enabled = three.ask("c1", "systemctl list-unit-files --state=enabled --no-legend | awk '{print $1}'")
    assert set(enabled.split()) == {"ssh.service", "remote-fs.target"}


def test_network_settings_are_a_machines_own(three: Three) -> None:
    here = Path("/proc/sys/net/ipv4/ip_nonlocal_bind").read_text()
    three.ask("c1", "sysctl -w net.ipv4.ip_nonlocal_bind=1 net.ipv4.tcp_retries2=5")
    assert three.ask("c2", "sysctl -n net.ipv4.ip_nonlocal_bind") == "0"
    assert Path("/proc/sys/net/ipv4/ip_nonlocal_bind").read_text() == here


def test_units_can_be_sandboxed(three: Three) -> None:
    strict = (
        "-p ProtectSystem=strict -p PrivateTmp=yes -p NoNewPrivileges=yes -p ProtectHome=yes -p User=nobody"
    )
    argv = f"systemd-run --wait --pipe -q {strict} sh -c 'id -un; touch /etc/x || echo shut; ls /tmp'"
    assert three.ask("c1", argv).split() == ["nobody", "shut"]


def test_the_clock_service_runs_and_no_machine_can_set_this_clock(three: Three) -> None:
    def lag() -> float:
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)

    before = lag()
    three.ask("c1", "echo 'DAEMON_OPTS=\"-x\"' > /etc/default/chrony; systemctl start chrony")
    assert three.ask("c1", "systemctl is-active chrony") == "active"
    assert three.run("c1", "date -s 2031-01-01").returncode != 0
    assert three.run("c1", "chronyc -a 'settime 12:00'").returncode != 0 or abs(lag() - before) < 0.1
    assert abs(lag() - before) < 0.1


def test_an_address_moves_to_another_machine_when_its_holder_loses_power(three: Three) -> None:
    address = three.ground.address(100)
    for host, priority in (("c1", 120), ("c2", 100)):
        text = VRRP.replace("PRIORITY", str(priority)).replace("ADDRESS", address)
        three.ask(host, f"printf %s '{text}' > /etc/keepalived/keepalived.conf; systemctl start keepalived")
    holder = f"ip -4 address show eth0 | grep -c {address} || true"
    wait_until(lambda: three.ask("c1", holder) == "1")
    wait_until(lambda: reachable(address))
    three.lab.power("c1", "off")
    wait_until(lambda: three.ask("c2", holder) == "1")
    wait_until(lambda: reachable(address))
    three.ask("c2", "systemctl stop keepalived")


def test_a_unit_stopped_on_one_machine_goes_on_on_the_others(three: Three) -> None:
    for host in ("c1", "c2"):
        three.ask(host, "systemd-run -q --unit=same-name sleep 600")
    three.ask("c1", "systemctl stop same-name")
    assert three.ask("c2", "systemctl is-active same-name; systemctl stop same-name") == "active"


def test_up_keeps_running_machines(three: Three) -> None:
    def boots() -> set[str]:
        return {three.ask(host.name, "cat /proc/sys/kernel/random/boot_id") for host in three.spec.hosts}

    before = boots()
    assert len(before) == 3
    said: list[str] = []
    three.fresh().up(three.image, said.append)
    assert boots() == before
    assert not [line for line in said if "booting" in line]


def test_list_tells_power_link_and_uptime_to_a_fresh_process(three: Three) -> None:
    states = three.fresh().list()
    assert [(s.name, s.power, s.link) for s in states] == [(h.name, "on", "up") for h in three.spec.hosts]
    assert all(state.uptime is not None and state.uptime > 0 for state in states)


def test_a_pulled_cable_cuts_off_and_a_plugged_one_brings_back(three: Three) -> None:
    three.lab.link("c3", "down")
    assert not three.answers("c3")
    assert three.run("c1", f"ping -c 1 -W 1 -q {three.address('c3')}").returncode != 0
    assert three.lab.list()[2].link == "down"
    three.fresh().link("c3", "up")
    wait_until(lambda: three.answers("c3"))


def test_a_pulled_cable_stays_pulled_over_a_power_cycle(three: Three) -> None:
    three.lab.link("c3", "down")
    three.lab.power("c3", "cycle")
    wait_until(lambda: "sshd" in three.processes("c3").values())
    assert (three.lab.list()[2].power, three.lab.list()[2].link) == ("on", "down")
    three.lab.link("c3", "up")
    wait_until(lambda: three.run("c3", "true").returncode == 0)


def test_power_loss_says_no_goodbye(three: Three) -> None:
    with socket.create_connection((three.address("c2"), 22), timeout=5) as connection:
        connection.recv(64)
        three.lab.power("c2", "off")
        connection.settimeout(2)
        with pytest.raises(TimeoutError):
            connection.recv(64)


def test_power_loss_leaves_no_process_and_the_disk_comes_back(three: Three) -> None:
    three.ask("c2", "echo kept > /root/written; sync /root/written")
    inside = {pid: since for pid in three.processes("c2") if (since := _began(pid)) is not None}
    assert inside
    three.lab.power("c2", "off")
    assert [pid for pid, since in inside.items() if _began(pid) == since] == []
    assert three.lab.list()[1].power == "off"
    assert not three.answers("c2")
    three.fresh().power("c2", "on")
    wait_until(lambda: three.run("c2", "true").returncode == 0)
    assert three.ask("c2", "cat /root/written") == "kept"
    assert int(three.ask("c2", "journalctl --list-boots -o json | tr '{' '\\n' | grep -c boot_id")) >= 2


def test_twenty_power_cycles_all_boot(three: Three) -> None:
    for _ in range(20):
        three.lab.power("c3", "cycle")
        wait_until(lambda: three.run("c3", "true").returncode == 0)


def _began(pid: int) -> str | None:
    """When a living process began, in ticks: its number may be another's by now. None: it is dead."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def test_power_off_twice_and_on_twice_are_harmless(three: Three) -> None:
    for state in ("off", "off", "on", "on"):
        three.lab.power("c3", state)  # type: ignore[arg-type]
    wait_until(lambda: three.run("c3", "true").returncode == 0)


def test_a_lab_that_overlaps_another_is_refused(three: Three, tmp_path: Path) -> None:
    half, address = (three.ground.cidr().replace("0/24", end) for end in ("0/25", "20"))
    other = one_network(f"{three.spec.cloud}-half", half, x=address)
    with pytest.raises(LabError, match="overlaps"):
        Lab(other, tmp_path).up(three.image, print)
    assert not (Path("/var/lib/holdfast/lab") / other.cloud).exists()
    assert not list(tmp_path.iterdir())


def test_a_second_lab_lives_beside_the_first(three: Three, tmp_path: Path) -> None:
    with plot() as ground:
        assert ground.cidr() != three.ground.cidr(), "two runs of these tests would get in each other's way"
        address = ground.address(11)
        Lab(one_network(ground.cloud, ground.cidr(), c1=address), tmp_path).up(three.image, print)
        assert reachable(address)
        assert three.ask("c1", "hostname") == "c1"
        assert three.run("c1", f"ping -c 1 -W 1 {address}").returncode != 0
    assert not reachable(address)
    assert three.answers("c1")
    assert json.loads((Path("/var/lib/holdfast/lab") / three.spec.cloud / "c1/birth.json").read_text())
