"""etcd: coordination, whose members decide by majority; clients come to one of them through the address."""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.components.etcd.diary import DIARY
from holdfast.components.etcd.failover import MECHANISMS, PROMISES, TIMER_ORDER, TIMERS
from holdfast.components.etcd.server import (
    CONFIG,
    DATA,
    FIRST,
    FIXED,
    HEALTH_PORT,
    JOIN,
    MEMBER,
    PEER_PORT,
    PORT,
    SAFEGUARDS,
    TLS,
    environment,
    settings,
    unit_lines,
    url,
)
from holdfast.components.programs import program
from holdfast.components.questions.coordination import in_quorum
from holdfast.components.questions.member import has_data
from holdfast.model.bootstrap import first_of_all
from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.component import Component, Offer
from holdfast.model.config import Config, unsectioned
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Operation, Way
from holdfast.model.material import AUTHORITY_FILE, drop_in, pair_files
from holdfast.model.observed import Observed
from holdfast.model.parts import Bootstrap, Frontend
from holdfast.model.plan import PutFile, Run
from holdfast.model.process import Caller, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.role import Role
from holdfast.model.service import service

UNIT = "etcd.service"
PORTS = (
    # Members without data ask the others to take them in.
    Port(PORT, Where.HOST, "clients", callers=(Caller.PEERS,)),
    Port(PEER_PORT, Where.HOST, "members", callers=(Caller.PEERS,)),
    Port(HEALTH_PORT, Where.HOST, "the balancer's check"),
)
FRONTEND = Frontend(
    "coordination",
    PORT,
    http=False,
    check_path="/health",
    check_port=HEALTH_PORT,
    callers=(Caller.USERS,),
)


def _files(here: Here) -> tuple[PutFile, ...]:
    return (
        *pair_files(here, TLS, "etcd"),
        drop_in(UNIT, unit_lines(here)),
        PutFile(JOIN, program("etcd_join.py")),
    )


def _processes(here: Here) -> tuple[Process, ...]:
    expected = [host.name for host in here.placed.hosts]
    told = {"url": url(here.host, PORT), "tls": TLS, "expected": expected}
    return (
        Process(
            unit=UNIT,
            ha=Ha.QUORUM,
            ports=PORTS,
            watches=(CONFIG, TLS, f"/etc/systemd/system/{UNIT}.d/"),
            health=Question("coordination", in_quorum, "a majority confirms a read through it", told),
            together=True,
            start_deadline=180,
        ),
    )


def _planned(placed: Placed, observed: Mapping[str, Observed]) -> Bootstrap | None:
    return first_of_all(observed, [host.name for host in placed.hosts], "members-data", ("touch", FIRST))


def _farewell(host: str) -> tuple[Run, ...]:
    """The others take no count of a member that will not come back."""
    forget = f'exec /usr/bin/python3 -I {JOIN} --tls {TLS} --forget {host} "$ETCD_ADVERTISE_CLIENT_URLS"'
    return (Run(("sh", "-c", f". {CONFIG}; {forget}")),)


def _endpoint(site: Site, _placed: Placed, user: str) -> Endpoint:
    """A member, through the address; clients show a certificate of the cloud's own authority."""
    return Endpoint((site.cloud.address,), PORT, user, ca=AUTHORITY_FILE)


COMPONENT = Component(
    name="etcd",
    role="coordination",
    summary="coordination: locks and leases of services whose workers share their work",
    needs=("ground",),
    offers=(Offer("coordination", _endpoint),),
    packages=("etcd-server",),
    units=(UNIT,),
    processes=_processes,
    configs=(Config("etcd.env", CONFIG, settings, FIXED, render=environment, spelling=unsectioned),),
    files=_files,
    facts=lambda _here: (
        Question("members-data", has_data, "whether a member was ever made here", {"path": MEMBER}),
    ),
    bootstrap=_planned,
    farewell=_farewell,
    frontends=(FRONTEND,),
    safeguards=SAFEGUARDS,
    timers=TIMERS,
    timer_order=TIMER_ORDER,
    mechanisms=MECHANISMS,
    operations=(Operation("coordination", Way.WRITER),),
    promises=PROMISES,
    keeps=(DATA,),
    diary=DIARY,
)

SERVICE = service(
    "etcd",
    COMPONENT,
    roles=(Role("coordination", "locks and leases, whose members decide by majority", quorum=True),),
)
