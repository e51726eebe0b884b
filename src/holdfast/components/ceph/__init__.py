"""Ceph: blocks in copies on several hosts, whose monitors decide by majority."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.components.ceph.failover import MECHANISMS, PROMISES, TIMER_ORDER, TIMERS
from holdfast.components.ceph.keys import SECRET, key, stores
from holdfast.components.ceph.provision import PROGRAM, provision, provision_files
from holdfast.components.ceph.settings import (
    CONFIGS,
    FOLDER,
    MGR_DATA,
    MGR_PORTS,
    MON_DATA,
    MON_PORT,
    OSD_DATA,
    OSD_PORTS,
    SAFEGUARDS,
)
from holdfast.components.ceph.units import FIRST, MGR, MON, MON_PROGRAM, OSD, OSD_PROGRAM, unit_files
from holdfast.components.programs import program
from holdfast.components.questions.member import has_data
from holdfast.components.questions.store import data_served, manager_there, monitor_in_quorum
from holdfast.model.bootstrap import first_of_all
from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Operation, Way
from holdfast.model.observed import Observed
from holdfast.model.parts import Bootstrap
from holdfast.model.plan import PutFile, Run
from holdfast.model.process import Caller, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.role import Role
from holdfast.model.service import service

NAME = "ceph"


def _ports(numbers: range, purpose: str) -> tuple[Port, ...]:
    callers = (Caller.PEERS, Caller.USERS)
    return tuple(Port(number, Where.HOST, purpose, callers=callers) for number in numbers)


def _process(unit: str, ha: Ha, ports: tuple[Port, ...], reads: tuple[str, ...], health: Question) -> Process:
    watches = (*reads, f"/etc/systemd/system/{unit}")
    return Process(unit, ha, health, ports, watches, together=True, start_deadline=240)


def _monitor(here: Here) -> Process:
    expected = [host.name for host in here.placed.hosts]
    told = {"socket_path": f"/run/ceph/ceph-mon.{here.host.name}.asok", "expected": expected}
    votes = Question("store-monitor", monitor_in_quorum, "it votes, with all the others", told)
    ports = _ports(range(MON_PORT, MON_PORT + 1), "monitor")
    return _process(MON, Ha.QUORUM, ports, (f"{FOLDER}/mon.", MON_PROGRAM), votes)


def _manager(here: Here) -> Process:
    told = {"program": PROGRAM, "host": here.host.name}
    there = Question("store-manager", manager_there, "it is active or stands by", told, deadline=10)
    return _process(MGR, Ha.WORKERS, _ports(MGR_PORTS, "manager"), (f"{FOLDER}/mgr.",), there)


def _data(here: Here) -> Process:
    expected = [host.name for host in here.placed.hosts]
    told = {"program": PROGRAM, "host": here.host.name, "expected": expected}
    meaning = "it is up and in, and every object has all of its copies"
    serves = Question("store-data", data_served, meaning, told, deadline=10)
    return _process(OSD, Ha.QUORUM, _ports(OSD_PORTS, "data"), (f"{FOLDER}/osd.", OSD_PROGRAM), serves)


def _files(here: Here) -> tuple[PutFile, ...]:
    return (
        *provision_files(here),
        *unit_files(here),
        PutFile(MON_PROGRAM, program("ceph_mon.py")),
        PutFile(OSD_PROGRAM, program("ceph_osd.py")),
    )


def _planned(placed: Placed, observed: Mapping[str, Observed]) -> Bootstrap | None:
    return first_of_all(observed, [host.name for host in placed.hosts], "monitor-data", ("touch", FIRST))


def _farewell(host: str) -> tuple[Run, ...]:
    """Monitors take no count of it any more, and its part is no part: the others have all copies."""
    admin = ("ceph", "--conf", f"{FOLDER}/ceph.conf", "--name", "client.admin")
    purge = '"$@" osd purge "$id" --yes-i-really-mean-it'
    gone = f'for id in $("$@" osd ls-tree {host} 2>/dev/null); do {purge}; done'
    bucket = f'"$@" osd crush rm {host} || true'
    return (
        Run((*admin, "mon", "rm", host)),
        Run(("sh", "-c", f"{gone}; {bucket}", "sh", *admin)),
    )


def _endpoint(site: Site, placed: Placed, user: str) -> Endpoint:
    """All monitors: clients hold the list and choose. The pool is the user's first."""
    mine = (pool for store in stores(site) if store.user == user for pool in store.pools)
    return Endpoint(placed.addresses, MON_PORT, user, key(site, f"client.{user}"), next(mine, ""))


COMPONENT = Component(
    name=NAME,
    role="storage",
    summary="the block store: every object in copies on hosts that share no fate",
    needs=("ground",),
    offers=(Offer("block-store", _endpoint),),
    packages=("ceph-mon", "ceph-mgr", "ceph-osd", "python3-rados"),
    units=(MON, MGR, OSD),
    processes=lambda here: (_monitor(here), _manager(here), _data(here)),
    configs=CONFIGS,
    files=_files,
    facts=lambda _here: (
        Question(
            "monitor-data", has_data, "whether a monitor was ever made here", {"path": f"{MON_DATA}/done"}
        ),
    ),
    bootstrap=_planned,
    farewell=_farewell,
    once=provision,
    secrets=(SECRET,),
    users=("ceph",),
    safeguards=SAFEGUARDS,
    timers=TIMERS,
    timer_order=TIMER_ORDER,
    mechanisms=MECHANISMS,
    operations=(Operation("block-store", Way.LIST),),
    promises=PROMISES,
    keeps=(MON_DATA, MGR_DATA, OSD_DATA),
    most=5,
)

SERVICE = service(
    NAME,
    COMPONENT,
    roles=(
        Role(
            "storage",
            "the block store's data and its monitors, which decide by majority",
            in_controller=False,
            quorum=True,
            storage=True,
        ),
    ),
)
