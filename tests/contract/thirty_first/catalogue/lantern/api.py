"""Lantern's API: balanced, its state in two schemas of one user."""

from __future__ import annotations

from typing import Any

from holdfast.components.lantern.conf import PORT, SERVICE, config, folder

from holdfast.model.catalogue import Here
from holdfast.model.cloud import Promise
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Operation, Way
from holdfast.model.material import AUTHORITY_FILE, CA_FILE
from holdfast.model.parts import Database, Once, When
from holdfast.model.plan import PutFile
from holdfast.model.process import Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.openstack import oslo, wsgi
from holdfast.openstack.role import API as API_ROLE

NAME = "lantern-api"
UNIT = f"{NAME}.service"


def shines(address: str, port: int, ca: str) -> dict[str, Any]:
    """Asks for the list of lamps."""
    import ssl
    import urllib.request

    url, context = f"https://{address}:{port}/v1/lamps", ssl.create_default_context(cafile=ca)
    with urllib.request.urlopen(url, timeout=2, context=context) as reply:
        return {"ok": reply.status == 200, "text": "shines"}


def _files(here: Here) -> tuple[PutFile, ...]:
    return wsgi.served(here, "Lantern", "lantern.wsgi", PORT, f"LANTERN_CONFIG={folder(NAME)}/lantern.conf")


def _processes(here: Here) -> tuple[Process, ...]:
    arguments = {"address": here.host.address, "port": PORT, "ca": AUTHORITY_FILE}
    health = Question("light", shines, "it lists the lamps", arguments)
    ports = (Port(PORT, Where.HOST, "lamps"),)
    watches = (folder(NAME), f"/etc/systemd/system/{UNIT}")
    return (Process(UNIT, Ha.BALANCED, health, ports, watches, needs_release=True),)


def _once(here: Here) -> tuple[Once, ...]:
    argv = (here.site.release.python, "-m", "lantern.migrate", f"{folder(NAME)}/lantern.conf")
    why = "the two schemas of this release"
    return (Once("schemas", When.BEFORE_START, why, argv, user=SERVICE, digest=here.site.release.digest),)


API = Component(
    name=NAME,
    role=API_ROLE.name,
    summary="lamps: lists them, and says which burns",
    needs=("database", "bus", "cache", "identity", "lamp", "balancer", "address"),
    offers=(
        Offer("light", lambda site, _placed, user: Endpoint((site.cloud.address,), PORT, user, ca=CA_FILE)),
    ),
    units=(UNIT,),
    processes=_processes,
    configs=(config(NAME),),
    files=_files,
    once=_once,
    databases=(Database(SERVICE, ("lantern", "lantern_archive")),),
    frontends=(wsgi.frontend("light", NAME, PORT, sample_path="/v1/lamps"),),
    safeguards=oslo.safeguards(f"{folder(NAME)}/lantern.conf"),
    users=(SERVICE,),
    uses_release=True,
    timers=oslo.timers(SERVICE),
    operations=(Operation("light", Way.ANY, uses=("database", "cache", "lamp")),),
    promises=(
        *(Promise(f"{fault}-lantern-api", "light", 1.0) for fault in ("kill", "refuse")),
        Promise("freeze-lantern-api", "light", 1.5),
        *(Promise(f"{fault}-lantern-keeper", "light", 2.0) for fault in ("kill", "freeze")),
    ),
)
