"""HAProxy on every endpoint host: binds the addresses only and asks each backend what matters (R23)."""

from __future__ import annotations

from holdfast.components.haproxy.diary import DIARY
from holdfast.components.haproxy.failover import MECHANISMS, PROMISES, TIMERS
from holdfast.components.haproxy.text import (
    ALIVE_PATH,
    ALIVE_PORT,
    AUTHORITY,
    FOLDER,
    PAIR,
    PEER_PORT,
    PUBLIC_PAIR,
    WRITER_SOCKET,
    WRITER_USER,
    asked,
    published,
    shared,
)
from holdfast.components.programs import program
from holdfast.components.questions.sign import looks
from holdfast.model.catalogue import Here, Site
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import SANDBOX, drop_in
from holdfast.model.network import Purpose
from holdfast.model.plan import PutFile
from holdfast.model.process import Caller, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.role import Role
from holdfast.model.service import service

UNIT, WRITER_UNIT = "haproxy.service", "holdfast-one-writer.service"
WRITER_PROGRAM = "/usr/libexec/holdfast/one_writer.py"
WRITER_SIGN = "/run/holdfast-one-writer/looks"


def _pairs(site: Site) -> tuple[PutFile, ...]:
    """The certificate and key of each address."""
    pairs = {PAIR: site.address_pair, PUBLIC_PAIR: site.public_pair}
    return tuple(
        PutFile(path, pair.certificate + pair.key.reveal(), mode=0o600, secret=True)
        for path, pair in pairs.items()
        if pair
    )


def _files(here: Here) -> tuple[PutFile, ...]:
    service = (
        f'[Service]\nEnvironment="CONFIG={FOLDER}"\nLimitNOFILE=16384\nRestart=always\nRestartSec=0.2\n'
        "NoNewPrivileges=yes\nProtectSystem=full\nProtectHome=yes\nPrivateTmp=yes\nProtectKernelTunables=yes\n"
    )
    return (
        PutFile(f"{FOLDER}/00-global.cfg", shared(here)),
        *_pairs(here.site),
        PutFile(AUTHORITY, here.site.inside_ca),
        drop_in(UNIT, service),
        PutFile(WRITER_PROGRAM, program("one_writer.py")),
        PutFile(f"/etc/systemd/system/{WRITER_UNIT}", _writer_unit(here)),
    )


def _writer_unit(here: Here) -> str:
    frontends = (f.name for c in here.site.catalogue for f in c.frontends if not f.http)
    words = (WRITER_SOCKET, WRITER_SIGN, here.site.cloud.address, *frontends)
    return f"""[Unit]
Description=Keeps the sessions of a frontend with one writer
After=haproxy.service

[Service]
ExecStart=/usr/bin/python3 -I {WRITER_PROGRAM} {" ".join(words)}
User={WRITER_USER}
RuntimeDirectory=holdfast-one-writer
Restart=always
RestartSec=0.5
CapabilityBoundingSet=
{SANDBOX}LockPersonality=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6

[Install]
WantedBy=multi-user.target
"""


def _processes(here: Here) -> tuple[Process, ...]:
    all_frontends = [f for c in here.site.catalogue for f in c.frontends]
    return (
        Process(
            unit=UNIT,
            ha=Ha.BALANCED,
            ports=(
                Port(ALIVE_PORT, Where.VIRTUAL, "aliveness", callers=(Caller.OPERATOR,)),
                Port(PEER_PORT, Where.HOST, "peers", callers=(Caller.PEERS,)),
                *(Port(f.port, Where.VIRTUAL, f.name) for f in all_frontends),
            ),
            watches=(
                FOLDER,
                AUTHORITY,
                *(file.path for file in _pairs(here.site)),
                f"/etc/systemd/system/{UNIT}.d/",
            ),
            reloads=True,
            health=asked(
                "balancer",
                "it answers, and every frontend has a backend that passes its check",
                all_frontends,
            ),
        ),
        _one_writer(),
    )


def _one_writer() -> Process:
    return Process(
        unit=WRITER_UNIT,
        ha=Ha.WORKERS,
        watches=(WRITER_PROGRAM, f"/etc/systemd/system/{WRITER_UNIT}"),
        health=Question(
            "one-writer",
            looks,
            "it looks for sessions with another than the writer",
            {"sign": WRITER_SIGN},
        ),
    )


COMPONENT = Component(
    name="haproxy",
    role="endpoint",
    summary="load balancer: functional checks, one writer for the database, TLS for the APIs",
    needs=("ground",),
    offers=(
        Offer(
            "balancer",
            lambda site, _placed, _user: Endpoint((site.cloud.address,), ALIVE_PORT, name=ALIVE_PATH),
        ),
    ),
    packages=("haproxy",),
    units=(UNIT, WRITER_UNIT),
    users=(WRITER_USER,),
    processes=_processes,
    files=_files,
    publish=published,
    timers=TIMERS,
    mechanisms=MECHANISMS,
    matters="address",
    folders=(FOLDER,),
    promises=PROMISES,
    diary=DIARY,
)

SERVICE = service(
    "haproxy",
    COMPONENT,
    roles=(Role("endpoint", "the address and the load balancer", purposes=frozenset({Purpose.PUBLIC})),),
)
