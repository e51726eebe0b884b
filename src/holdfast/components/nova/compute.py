"""Compute hosts: libvirt with QEMU, and the service that makes virtual machines there. Each is on its own."""

from __future__ import annotations

from holdfast.components.nova.console import page
from holdfast.components.nova.settings import HOME, NAME, THREADS, config, config_of, neighbours
from holdfast.components.questions.hypervisor import hypervisor_answers
from holdfast.model.catalogue import Here
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import drop_in
from holdfast.model.plan import PutFile
from holdfast.model.process import Ha, Process
from holdfast.model.question import Question
from holdfast.model.role import Role
from holdfast.model.settings import Settings
from holdfast.openstack.lent import lent
from holdfast.openstack.unit import STOP
from holdfast.openstack.worker import Daemon, worker

COMPUTE = Role("compute", "virtual machines", in_controller=False)
PART = "nova-compute"
LENT = f"/usr/lib/holdfast/{PART}"
VIRTUALIZATION = f"/run/{PART}/virtualization.conf"
LIBVIRT_UNIT = "libvirtd.service"
CAPABILITIES = (
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_NET_ADMIN",
    "CAP_SYS_ADMIN",
)
"""What its privileged half asks for: it comes by them as its own user, without sudo."""


def _settings(here: Here) -> Settings:
    helper = f'{here.site.release.python} -c "from oslo_privsep.daemon import helper_main; helper_main()"'
    privileged = ("nova_sys_admin", "vif_plug_ovs_privileged", "privsep_osbrick")
    return {
        "DEFAULT": {"compute_driver": "libvirt.LibvirtDriver", "resume_guests_state_on_host_boot": True},
        "vnc": {
            "server_listen": here.host.address,
            "server_proxyclient_address": here.host.address,
            "novncproxy_base_url": page(here),
        },
        "os_vif_ovs": {"ovsdb_connection": "unix:/run/openvswitch/db.sock"},
        **{section: {"helper_command": helper} for section in privileged},
    }


# Whether the processor can help is the host's to say, and may change with its firmware's settings.
_LINES = f"""{STOP}StateDirectory={NAME}/instances
RuntimeDirectory={PART}
ExecStartPre=+/bin/sh -c 'test -c /dev/kvm && type=kvm || type=qemu; \
printf "[libvirt]\\nvirt_type = %%s\\n" "$$type" > {VIRTUALIZATION}'
"""


def _libvirt_files(_here: Here) -> tuple[PutFile, ...]:
    # Its socket is root's: who comes has the right to be root, or to pass by what files allow.
    lines = "[Service]\nExecStart=\nExecStart=/usr/sbin/libvirtd\nRestart=always\nRestartSec=0.5\n"
    return (
        PutFile("/etc/libvirt/libvirtd.conf", 'auth_unix_ro = "none"\nauth_unix_rw = "none"\n'),
        drop_in(LIBVIRT_UNIT, lines),
        drop_in("libvirtd.socket", "[Socket]\nSocketMode=0600\n"),
        drop_in("libvirtd-ro.socket", "[Socket]\nSocketMode=0600\n"),
    )


def _libvirt_processes(_here: Here) -> tuple[Process, ...]:
    health = Question("hypervisor", hypervisor_answers, "it answers, and can start machines")
    watches = ("/etc/libvirt/libvirtd.conf", "/etc/systemd/system/libvirtd")
    return (Process(unit=LIBVIRT_UNIT, ha=Ha.WORKERS, watches=watches, health=health),)


LIBVIRT = Component(
    name="libvirt",
    role=COMPUTE.name,
    summary="starts and stops virtual machines on its host",
    offers=(Offer("hypervisor", lambda _site, placed, _user: Endpoint(placed.addresses, 0)),),
    packages=(
        "libvirt-daemon-system",
        "python3-libvirt",
        "qemu-block-extra",
        "qemu-system-x86",
        "qemu-utils",
    ),
    units=(LIBVIRT_UNIT,),
    files=_libvirt_files,
    processes=_libvirt_processes,
)

SERVICE_ON_HOST = worker(
    Component(
        name=PART,
        role=COMPUTE.name,
        summary="makes virtual machines on its host",
        needs=("hypervisor", "placement", "image", "cells", "compute"),
        offers=(Offer("compute-host", lambda _site, placed, _user: Endpoint(placed.addresses, 0)),),
        configs=(config(PART, neighbours, _settings),),
        setup=lambda _here: (lent(LENT, "libvirt"),),
        keeps=(HOME,),
    ),
    Daemon(
        "nova.cmd.compute",
        config_of(PART),
        words=(f"--config-file {VIRTUALIZATION}",),
        links=("bus",),
        environment=f"{THREADS} PYTHONPATH={LENT}",
        lines=_LINES,
        capabilities=CAPABILITIES,
    ),
)
