"""Neutron: networks, routers and floating addresses as clients ask for them; OVN carries them out."""

from __future__ import annotations

from dataclasses import replace

from holdfast.components.neutron.settings import NAME, config_path, configs, plugin_path
from holdfast.components.questions.workers import has_workers
from holdfast.model.catalogue import Here
from holdfast.model.component import Component
from holdfast.model.material import pair_files
from holdfast.model.parts import Bus, Database, Once, Registration
from holdfast.model.plan import PutFile
from holdfast.model.process import Process
from holdfast.model.question import Question
from holdfast.model.service import service
from holdfast.model.timer import Timer
from holdfast.openstack import oslo
from holdfast.openstack.api import Wsgi, balanced
from holdfast.openstack.manage import managed
from holdfast.openstack.worker import Daemon, worker
from holdfast.openstack.wsgi import WORKERS, tls_folder

PORT = 9696
BEHIND = ("bus", "placement", "northbound", "southbound", "virtual-switch")
KIND = "network"


def _once(here: Here) -> tuple[Once, ...]:
    files = (word for path in (config_path(NAME), plugin_path(NAME)) for word in ("--config-file", path))
    words = (*files, "upgrade", "heads")
    return (managed(here, "schema", "the schema of this release", "neutron.db.migration.cli", *words),)


def _environment() -> str:
    told = {
        "OS_NEUTRON_CONFIG_DIR": f"/etc/{NAME}",
        "OS_NEUTRON_CONFIG_FILES": "neutron.conf;ml2.conf",
        # Otherwise no worker would know how many there are to share the events of OVN.
        "ASGI_WORKERS": str(WORKERS),
    }
    return " ".join(f"{name}={value}" for name, value in told.items())


API = balanced(
    Component(
        name=NAME,
        role=None,
        summary="neutron: networks, routers and floating addresses, as clients ask for them",
        needs=BEHIND,
        configs=configs(NAME),
        once=_once,
        databases=(Database(NAME, (NAME,)),),
        buses=(Bus(NAME, NAME),),
        registrations=(Registration(NAME, KIND, PORT),),
        safeguards=oslo.bus_safeguards(config_path(NAME)),
        users=(NAME,),
        timers=(
            *oslo.timers(NAME),
            Timer("neutron.ovn_probe", 60, 5, "a silent member of OVN's databases is left after twice this"),
        ),
        timer_order=oslo.timer_order(NAME),
    ),
    KIND,
    Wsgi(
        "neutron.wsgi.api",
        PORT,
        _environment(),
        config_path(NAME),
        "/v2.0/networks",
        released=lambda release: f"OS_DEFAULT__API_PASTE_CONFIG={release.data}/etc/neutron/api-paste.ini",
    ),
)


def _worker(name: str, main: str, summary: str, link: str) -> Component:
    """One of its daemons, with files of its own; `link` is what it holds even when it has no work."""

    def files(here: Here) -> tuple[PutFile, ...]:
        return pair_files(here, tls_folder(name), NAME)

    needs, config = ("database", *BEHIND, KIND), config_path(name)
    safeguards = oslo.database_safeguards if link == "bus" else oslo.safeguards
    part = Component(
        name=name,
        role=None,
        summary=summary,
        needs=needs,
        configs=configs(name),
        files=files,
        safeguards=safeguards(config),
    )
    return worker(
        part,
        Daemon(
            "neutron.cmd.server",
            config,
            main=main,
            words=("--config-file", plugin_path(name)),
            links=(link,) if link else (),
            reads=(plugin_path(name), tls_folder(name)),
        ),
    )


def _unconnected(part: Component) -> Component:
    """One that holds no connection while it has no work: it is asked for its own workers."""
    meaning = "it runs, with a worker of its own"

    def processes(here: Here) -> tuple[Process, ...]:
        health = Question(part.name, has_workers, meaning, {"unit": f"{part.name}.service"})
        return tuple(replace(process, health=health) for process in part.processes(here))

    return replace(part, processes=processes)


RPC = _worker("neutron-rpc-server", "main_rpc", "neutron: what hosts ask of it over the bus", "bus")
PERIODIC = _unconnected(
    _worker("neutron-periodic-workers", "main_periodic", "neutron: what it does again and again", "")
)
MAINTENANCE = _worker(
    "neutron-ovn-maintenance-worker",
    "main_ovn_maintenance",
    "neutron: mends what OVN was not told of; one works, the others stand by",
    "northbound",
)

SERVICE = service(NAME, API, RPC, PERIODIC, MAINTENANCE)
