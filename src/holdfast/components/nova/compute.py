"""Compute hosts: the service that makes virtual machines there. Each is on its own."""

from __future__ import annotations

from holdfast.components.nova.console import page
from holdfast.components.nova.settings import HOME, NAME, THREADS, config, config_of, neighbours
from holdfast.model.catalogue import Here
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.role import Role
from holdfast.model.settings import Settings
from holdfast.openstack.lent import lent
from holdfast.openstack.unit import STOP
from holdfast.openstack.worker import Daemon, worker

COMPUTE = Role("compute", "virtual machines", in_controller=False)
PART = "nova-compute"
LENT = f"/usr/lib/holdfast/{PART}"
VIRTUALIZATION = f"/run/{PART}/virtualization.conf"
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


ON_HOST = worker(
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
