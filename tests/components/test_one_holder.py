"""A second holder of the address ends: the program that hears of the other, and what its unit takes away."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
from clouds import files_of, sites
from shipped import shipped

from holdfast.components.keepalived.text import GUARD
from holdfast.components.programs import program
from holdfast.components.questions.sign import looks

one_holder = shipped("one_holder")

IPV4_HEADER = bytes([0x45, *range(19)])
ADVERT = bytes([0x31, 10, 140, 1, 0, 4, 0, 0])
GOODBYE = bytes([0x31, 10, 0, 1, 0, 4, 0, 0])


def test_a_row_of_advertisements_of_what_this_host_has_is_too_long_after_its_patience() -> None:
    watch = one_holder.Watch(1.0)
    assert [watch.too_long(tick / 8, True) for tick in range(10)] == [False] * 8 + [True, True]


def test_who_stands_by_hears_its_holder_for_ever() -> None:
    watch = one_holder.Watch(1.0)
    assert not any(watch.too_long(tick / 8, False) for tick in range(25))


def test_letting_go_and_a_silence_begin_a_new_row() -> None:
    watch = one_holder.Watch(1.0)
    assert not any(watch.too_long(tick / 8, tick != 7) for tick in range(15))
    assert watch.too_long(15 / 8, True)
    watch.forget()
    assert not watch.too_long(2.0, True)
    assert not watch.too_long(2.4, True)
    assert not watch.too_long(3.2, True), "0.8 s of silence"
    assert [watch.too_long(at, True) for at in (3.6, 4.0, 4.2)] == [False, False, True]


@pytest.mark.parametrize(
    ("packet", "version", "meant"),
    [
        (IPV4_HEADER + ADVERT, socket.AF_INET, True),
        (ADVERT, socket.AF_INET6, True),
        (IPV4_HEADER + GOODBYE, socket.AF_INET, False),
        (IPV4_HEADER + b"\x32" + ADVERT[1:], socket.AF_INET, False),
        (IPV4_HEADER + b"\x31", socket.AF_INET, False),
        (b"\x31", socket.AF_INET6, False),
    ],
    ids=["ipv4", "ipv6", "its-sender-goes", "another-type", "short", "short-ipv6"],
)
def test_what_a_packet_advertises(packet: bytes, version: int, meant: bool) -> None:
    assert one_holder.advertises(packet, version) is meant


def test_only_what_the_kernel_has_is_had() -> None:
    assert one_holder.has("127.0.0.1")
    assert not one_holder.has("198.18.255.254")
    assert not one_holder.has("2001:db8::1")


def test_the_daemon_and_its_children_are_killed_and_one_that_ended_is_no_error(tmp_path: Path) -> None:
    pid_file = tmp_path / "daemon.pid"
    one_holder.end(str(pid_file))
    with subprocess.Popen(("sh", "-c", "sleep 60 & echo; wait"), stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout is not None and daemon.stdout.readline()
        (child,) = Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children").read_text().split()
        pid_file.write_text(f"{daemon.pid}\n")
        one_holder.end(str(pid_file))
        assert daemon.wait(10) == -9
        assert not daemon.stdout.read(), "whoever had its end of the pipe is gone, too"
    assert not Path(f"/proc/{child}/exe").exists()
    one_holder.end(str(pid_file))


def test_what_was_left_behind_is_taken_off_its_card_and_nothing_else(tmp_path: Path) -> None:
    said = tmp_path / "said"
    (tmp_path / "ip").write_text(
        f"#!/bin/sh\necho $* >> {said}\n"
        '[ "$*" = "-o address show to 198.18.0.10" ] && echo "2: eth0    inet 198.18.0.10/32 scope global"\n'
    )
    (tmp_path / "ip").chmod(0o755)
    (tmp_path / "let_go.sh").write_text(program("let_go.sh"))
    argv = ("sh", str(tmp_path / "let_go.sh"), "198.18.0.10", "2001:db8::10")
    subprocess.run(argv, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False, timeout=60)
    assert said.read_text().splitlines() == [
        "-o address show to 198.18.0.10",
        "address del 198.18.0.10/32 dev eth0",
        "-o address show to 2001:db8::10",
    ]


def test_each_address_is_listened_for_on_its_own_network() -> None:
    unit = files_of(sites()["networks"])["bravo", f"/etc/systemd/system/{GUARD}"].content
    assert " 1 198.18.0.12=198.18.0.10 198.18.1.12=198.18.1.10\n" in unit


def test_a_program_that_stopped_listening_is_noticed(tmp_path: Path) -> None:
    sign = tmp_path / "listens"
    sign.touch()
    assert looks(str(sign))["ok"]
    os.utime(sign, (1e9, 1e9))
    assert not looks(str(sign))["ok"]
