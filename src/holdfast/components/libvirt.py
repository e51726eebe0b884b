"""Libvirt with QEMU: starts and stops virtual machines on its host, whoever asks for them."""

from __future__ import annotations

from holdfast.components.questions.hypervisor import hypervisor_answers
from holdfast.model.catalogue import Here
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import drop_in
from holdfast.model.plan import PutFile
from holdfast.model.process import Ha, Process
from holdfast.model.question import Question
from holdfast.model.service import service

UNIT = "libvirtd.service"


def _files(_here: Here) -> tuple[PutFile, ...]:
    # Its socket is root's: who comes has the right to be root, or to pass by what files allow.
    lines = "[Service]\nExecStart=\nExecStart=/usr/sbin/libvirtd\nRestart=always\nRestartSec=0.5\n"
    return (
        PutFile("/etc/libvirt/libvirtd.conf", 'auth_unix_ro = "none"\nauth_unix_rw = "none"\n'),
        drop_in(UNIT, lines),
        drop_in("libvirtd.socket", "[Socket]\nSocketMode=0600\n"),
        drop_in("libvirtd-ro.socket", "[Socket]\nSocketMode=0600\n"),
    )


def _processes(_here: Here) -> tuple[Process, ...]:
    health = Question("hypervisor", hypervisor_answers, "it answers, and can start machines")
    watches = ("/etc/libvirt/libvirtd.conf", "/etc/systemd/system/libvirtd")
    return (Process(unit=UNIT, ha=Ha.WORKERS, watches=watches, health=health),)


COMPONENT = Component(
    name="libvirt",
    role="compute",
    summary="starts and stops virtual machines on its host",
    offers=(Offer("hypervisor", lambda _site, placed, _user: Endpoint(placed.addresses, 0)),),
    packages=(
        "libvirt-daemon-system",
        "python3-libvirt",
        "qemu-block-extra",
        "qemu-system-x86",
        "qemu-utils",
    ),
    units=(UNIT,),
    files=_files,
    processes=_processes,
)

SERVICE = service("libvirt", COMPONENT)
