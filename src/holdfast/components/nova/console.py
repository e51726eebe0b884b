"""The way to machines' consoles: any proxy opens any session, for its token is in the database."""

from __future__ import annotations

from holdfast.components.nova.settings import NAME, THREADS, config, config_of, schemas
from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.failover import Operation, Way
from holdfast.model.material import pair_files
from holdfast.model.plan import PutFile
from holdfast.model.settings import Settings
from holdfast.openstack import oslo, wsgi
from holdfast.openstack.api import served_process
from holdfast.openstack.role import API
from holdfast.openstack.unit import unit

PART, PORT = "nova-novncproxy", 6080
UNIT = f"{PART}.service"
PAGES = "/usr/share/novnc"
PAGE = "/vnc_lite.html"
CONFIG = config_of(PART)


def page(here: Here) -> str:
    """Where people open a console: on the address that clients use."""
    return f"https://{at_port(here.site.cloud.public_address, PORT)}{PAGE}"


def _settings(here: Here) -> Settings:
    tls = wsgi.tls_folder(PART)
    return {
        "DEFAULT": {"ssl_only": True, "cert": f"{tls}/cert.pem", "key": f"{tls}/key.pem", "web": PAGES},
        "vnc": {"novncproxy_host": here.host.address, "novncproxy_port": PORT},
        "console": {"ssl_minimum_version": "tlsv1_2"},
    }


def _files(here: Here) -> tuple[PutFile, ...]:
    command = f'{here.site.release.python} -c "from nova.cmd.novncproxy import main; main()"'
    environment = f"OS_OSLO_MESSAGING_RABBIT__PROCESSNAME={PART} {THREADS}"
    text = unit(here.component.summary, NAME, f"{command} --config-file {CONFIG}", environment)
    pair = pair_files(here, wsgi.tls_folder(PART), NAME)
    return (*pair, PutFile(f"/etc/systemd/system/{UNIT}", text))


CONSOLE = Component(
    name=PART,
    role=API.name,
    summary="the consoles of virtual machines, in a browser",
    needs=("database", "bus", "cells", "balancer", "address"),
    packages=("novnc",),
    units=(UNIT,),
    configs=(config(PART, schemas, _settings),),
    files=_files,
    processes=lambda here: (served_process(here, PORT, PAGE, "it serves the page that opens a console"),),
    frontends=(wsgi.frontend("console", PART, PORT, check_path=PAGE),),
    safeguards=oslo.safeguards(CONFIG),
    uses_release=True,
    mechanisms=oslo.mechanisms(PART),
    operations=(Operation("console", Way.ANY, uses=("database",)),),
)
