"""What logs tell: real lines of real software, and that no other line tells anything."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from three_hosts import make_site

from holdfast.components import catalogue
from holdfast.drill.happenings import happenings
from holdfast.hosts.logs import Logs
from holdfast.model.hardware import Hardware

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
MACHINE = Hardware("A 68000", 2, 4.0, "Linux 6")
LINES = {
    "Keepalived_vrrp[114]: (address) Entering MASTER STATE": "takes the address",
    "Keepalived_vrrp[114]: (address) Entering BACKUP STATE": "stands by for the address",
    "Keepalived_vrrp[114]: (address) Entering FAULT STATE": "gives the address up",
    "Keepalived_vrrp[114]: (public) Entering MASTER STATE": "takes the public address",
    "Keepalived_vrrp[114]: (public) Entering BACKUP STATE": "stands by for the public address",
    "Keepalived_vrrp[114]: (public) Entering FAULT STATE": "gives the public address up",
    "Keepalived_vrrp[114]: VRRP_Script(balancer) timed out": "finds its balancer silent",
    "haproxy[81]: Server identity/c1 is DOWN, reason: Layer4 timeout, check duration: 300ms. 2 active": (
        "takes c1 out of identity"
    ),
    "haproxy[81]: Server database/c1 is UP, reason: Layer7 check passed, code: 200": "puts c1 into database",
    "haproxy[81]: backend identity has no server available!": "has nobody for identity",
    "mariadbd[312]: 2026-11-21 19:38:43 0 [Note] WSREP: evs::proto(f4f6797e-a9f7, OPERATIONAL, "
    "view_id(REG,ee345e5c-9df3,6)) suspecting node: ee345e5c-9df3": "suspects a silent member",
    "mariadbd[312]: 2026-11-21 19:38:43 0 [Note] WSREP: forgetting ee345e5c-9df3 (ssl://198.18.0.11:4567)": (
        "member c1 left"
    ),
    "mariadbd[312]: 2026-11-21 19:38:43 0 [Note] WSREP: New COMPONENT: primary = yes, bootstrap = no, "
    "my_idx = 0, memb_num = 2": "sees 2 members",
    "mariadbd[312]: 2026-11-21 19:38:43 0 [Note] WSREP: New COMPONENT: primary = no, bootstrap = no, "
    "my_idx = 0, memb_num = 1": "has no majority: 1 in sight",
    "mariadbd[312]: 2026-11-21 19:38:58 0 [Note] WSREP: Member 0.0 (c1) synced with group.": (
        "member c1 is back, synced"
    ),
    "systemd[1]: keystone.service: Main process exited, code=killed, status=9/KILL": (
        "keystone ended (9/KILL)"
    ),
    'etcd[77]: {"level":"info","logger":"raft","msg":"8e9e05c52164694d became leader at term 4"}': (
        "leads from now on"
    ),
    'etcd[77]: {"level":"info","msg":"8e9e05c52164694d lost leader 91bc3c398fb3c146 at term 4"}': (
        "hears no leader"
    ),
    "systemd[1]: Started keystone.service - OpenStack identity API.": "keystone started",
}
SILENT = (
    "haproxy[81]: [WARNING]  (81) : Server identity/c1 is DOWN, reason: Layer4 timeout",
    'haproxy[81]: 198.18.0.254:1 [x] identity-in~ identity/c2 "GET /systemd[1]: Started x.service HTTP/1.1"',
    "python3[9]: haproxy[81]: Server identity/c1 is DOWN",
    "Keepalived_vrrp[114]: VRRP_Script(balancer) succeeded",
)


BUS = {
    "[info] <0.543.0> rabbit on node rabbit@c1 down": "node c1 left",
    "[info] <0.543.0> rabbit on node rabbit@c1 up": "node c1 joined",
    "[notice] <0.752.0> queue 'bench.cuts' in vhost 'holdfast': candidate -> leader in term: 2 machine": (
        "leads a queue from now on"
    ),
    "[warning] <0.543.0> Cluster minority/secondary status detected - awaiting recovery": (
        "pauses: it is in the minority"
    ),
    "[error] <0.543.0> Mnesia(rabbit@c2): ** ERROR ** mnesia_event got {inconsistent_database, "
    "running_partitioned_network, rabbit@c1}": "is partitioned from others",
}


def told(*lines: str, host: str = "c2", ahead: float = 0.0, **files: str) -> list[tuple[float, str, str]]:
    journal = "".join(f"2026-11-21T12:00:01.250000+00:00 c2 {line}\n" for line in lines)
    logs = {host: Logs(journal, files, MACHINE)}
    return [
        (h.seconds, h.component, h.text)
        for h in happenings(make_site(catalogue=catalogue()), logs, {host: ahead}, NOON)
    ]


@pytest.mark.parametrize(("line", "text"), LINES.items())
def test_a_line_tells_what_happened(line: str, text: str) -> None:
    ((seconds, component, words),) = told(line)
    assert (seconds, words) == (1.25, text)
    assert component in {c.name for c in catalogue()}


@pytest.mark.parametrize("line", SILENT)
def test_other_lines_tell_nothing(line: str) -> None:
    assert told(line) == []


@pytest.mark.parametrize(("line", "text"), BUS.items())
def test_what_a_component_logs_to_a_file_is_read_too(line: str, text: str) -> None:
    assert told(log=f"2026-11-21 12:00:02.000000+00:00 {line}\n") == [(2.0, "rabbitmq", text)]


def test_a_host_whose_clock_is_ahead_is_put_right() -> None:
    assert [seconds for seconds, *_ in told(next(iter(LINES)), ahead=0.75)] == [0.5]


def test_what_is_logged_twice_is_told_once_and_all_in_the_order_of_time() -> None:
    lines = [*LINES, next(iter(LINES))]
    assert len(told(*lines)) == len(LINES)
    assert told(*lines) == sorted(told(*lines), key=lambda each: each[0])


def test_every_declared_telltale_is_shown_a_line() -> None:
    """A pattern that was never seen to fit is a guess."""
    unseen = [
        telltale.text
        for component in catalogue()
        for telltale in component.diary.telltales
        if not any(re.match(telltale.pattern, line) for line in (*LINES, *BUS))
    ]
    assert unseen == []
