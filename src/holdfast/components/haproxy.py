"""HAProxy on every endpoint host: binds the address only and asks each backend what matters (R23)."""

from __future__ import annotations

from holdfast.components.questions.balancer import backends_answer
from holdfast.model.cloud import Host, Role
from holdfast.model.component import (
    Capability,
    Component,
    Frontend,
    Ha,
    Leg,
    Phase,
    Port,
    Process,
    Timer,
    Value,
    Where,
)
from holdfast.model.material import drop_in, milliseconds
from holdfast.model.plan import PutFile
from holdfast.model.question import Question
from holdfast.model.site import Site

UNIT = "haproxy.service"
FOLDER = "/etc/haproxy/holdfast"
PAIR = "/etc/haproxy/address.pem"
SOCKET = "/run/haproxy/admin.sock"
ALIVE_PORT, PEER_PORT = 8404, 8405


def _global(site: Site, host: Host) -> str:
    # hard-stop-after: an old worker that lives on after a reload checks nothing, and would hold sessions
    # to a writer that is gone.
    peers = "".join(f"  peer {h.name} {h.address}:{PEER_PORT}\n" for h in site.cloud.with_role(Role.ENDPOINT))
    return f"""global
  log /dev/log local0
  user haproxy
  group haproxy
  maxconn 4000
  localpeer {host.name}
  hard-stop-after 3s
  stats socket {SOCKET} mode 600 level admin
  ssl-default-bind-options ssl-min-ver TLSv1.2
  tune.ssl.default-dh-param 2048

defaults
  log global
  option dontlognull
  timeout connect {milliseconds(site.timer("balancer.connect"))}
  timeout check {milliseconds(site.timer("balancer.check_timeout"))}
  timeout client 1h
  timeout server 1h
  timeout http-request 10s
  timeout http-keep-alive 10s
  timeout queue 5s
  retries 3
  option redispatch 1
  default-server {_check_options(site)}

peers endpoints
{peers}
frontend alive
  mode http
  no log
  bind {site.cloud.address}:{ALIVE_PORT}
  bind 127.0.0.1:{ALIVE_PORT}
  timeout client 5s
  monitor-uri /alive
"""


def _check_options(site: Site) -> str:
    return (
        f"inter {milliseconds(site.timer('balancer.inter'))} "
        f"fastinter {milliseconds(site.timer('balancer.fastinter'))} "
        f"downinter {milliseconds(site.timer('balancer.fastinter'))} "
        f"fall {round(site.timer('balancer.fall'))} rise {round(site.timer('balancer.rise'))} "
        "on-marked-down shutdown-sessions"
    )


def _http(site: Site, frontend: Frontend, hosts: tuple[Host, ...]) -> str:
    servers = "".join(f"  server {h.name} {h.address}:{frontend.port} check\n" for h in hosts)
    # A call that may have been carried out is not sent twice, except where doing it twice is harmless. Only
    # what was whole when it was sent first can be sent again, and clients send a body apart from its head.
    return f"""frontend {frontend.name}-in
  mode http
  bind {site.cloud.address}:{frontend.port} ssl crt {PAIR} alpn h2,http/1.1
  option forwardfor
  option httplog
  http-request set-header X-Forwarded-Proto https
  acl harmless method GET HEAD OPTIONS
{f"  acl harmless path_beg {frontend.retry_path}" if frontend.retry_path else ""}
  http-request disable-l7-retry if !harmless
  http-request wait-for-body time 10s if harmless
  timeout client 60s
  default_backend {frontend.name}

backend {frontend.name}
  mode http
  balance roundrobin
  timeout server 60s
  option httpchk
  http-check send meth GET uri {frontend.check_path} hdr Host {site.cloud.address}
  http-check expect status 200
  retry-on conn-failure empty-response 503
{servers}"""


def _tcp(site: Site, frontend: Frontend, hosts: tuple[Host, ...]) -> str:
    servers = "".join(
        f"  server {h.name} {h.address}:{frontend.port} check port {frontend.check_port}\n" for h in hosts
    )
    # One entry for all clients: everybody writes to the same node, and a node that returns is not
    # moved to. Its peers know the entry too, so that a move of the address does not move the writer.
    return f"""frontend {frontend.name}-in
  mode tcp
  bind {site.cloud.address}:{frontend.port}
  option clitcpka
  default_backend {frontend.name}

backend {frontend.name}
  mode tcp
  balance first
  stick-table type integer size 2 nopurge peers endpoints
  stick on int(1)
  option srvtcpka
  option httpchk
  http-check send meth GET uri {frontend.check_path}
  http-check expect status 200
{servers}"""


def published(site: Site, component: Component) -> tuple[PutFile, ...]:
    """The balancer's part of a component: one file a frontend, written after its backends answer."""
    write = {True: _http, False: _tcp}
    return tuple(
        PutFile(f"{FOLDER}/50-{f.name}.cfg", write[f.http](site, f, site.hosts_of(component)))
        for f in component.frontends
    )


def _files(site: Site, host: Host) -> tuple[PutFile, ...]:
    pair = site.address_pair
    service = (
        f'[Service]\nEnvironment="CONFIG={FOLDER}"\nLimitNOFILE=16384\nRestart=always\nRestartSec=0.2\n'
        "NoNewPrivileges=yes\nProtectSystem=full\nProtectHome=yes\nPrivateTmp=yes\nProtectKernelTunables=yes\n"
    )
    return (
        PutFile(f"{FOLDER}/00-global.cfg", _global(site, host)),
        PutFile(PAIR, pair.certificate + pair.key.reveal(), mode=0o600, secret=True),
        drop_in(UNIT, service),
    )


def _processes(site: Site, _host: Host) -> tuple[Process, ...]:
    all_frontends = [f for c in site.catalogue for f in c.frontends]
    return (
        Process(
            unit=UNIT,
            ha=Ha.BALANCED,
            ports=(
                Port(ALIVE_PORT, Where.VIRTUAL, "aliveness"),
                Port(PEER_PORT, Where.HOST, "peers"),
                *(Port(f.port, Where.VIRTUAL, f.name) for f in all_frontends),
            ),
            watches=(FOLDER, PAIR, f"/etc/systemd/system/{UNIT}.d/"),
            reloads=True,
            health=Question(
                "balancer",
                backends_answer,
                "it answers, and every frontend has a backend that passes its check",
                {
                    "socket_path": SOCKET,
                    "alive": f"http://127.0.0.1:{ALIVE_PORT}/alive",
                    "frontends": [f.name for f in all_frontends],
                    "tcp": [f.name for f in all_frontends if not f.http],
                },
            ),
        ),
    )


def _detect_dead(t: Value) -> float:
    return (
        t("balancer.inter")
        + t("balancer.fall") * t("balancer.check_timeout")
        + (t("balancer.fall") - 1) * t("balancer.fastinter")
    )


def _detect_typical(t: Value) -> float:
    return _detect_dead(t) - t("balancer.inter") / 2


_CHECK = ("balancer.inter", "balancer.fastinter", "balancer.check_timeout", "balancer.fall")

COMPONENT = Component(
    name="haproxy",
    capability=Capability.BALANCER,
    role=Role.ENDPOINT,
    summary="load balancer: functional checks, one writer for the database, TLS for the APIs",
    needs=("host",),
    packages=("haproxy",),
    processes=_processes,
    files=_files,
    publish=published,
    timers=(
        Timer(
            "balancer.inter",
            2.0,
            0.3,
            "how often a backend is asked; each costs it a request from every balancer",
        ),
        Timer("balancer.fastinter", 2.0, 0.1, "asked again this soon once an answer was wrong"),
        Timer(
            "balancer.check_timeout",
            2.0,
            0.4,
            "a backend that accepts and never answers (SIGSTOP) counts as down",
        ),
        Timer(
            "balancer.fall",
            3,
            2,
            "wrong answers in a row before a backend leaves: one may be a hiccup",
            unit="",
        ),
        Timer("balancer.rise", 2, 2, "right answers in a row before it is back", unit=""),
        Timer(
            "balancer.connect",
            5.0,
            0.3,
            "a connection to a host without power is given up, and the next one tried",
        ),
    ),
    legs=(
        *(
            Leg(
                fault,
                "database",
                Phase.DETECT,
                "the balancer's checks of the writer fail",
                _CHECK,
                _detect_typical,
                _detect_dead,
            )
            for fault in ("power-writer", "power-address", "power-host", "link-host", "freeze-mariadb")
        ),
        *(
            Leg(
                f"{kind}-keystone",
                "identity",
                Phase.DETECT,
                "the balancer's checks of the backend fail",
                _CHECK,
                typical,
                worst,
            )
            for kind, typical, worst in (
                ("kill", lambda t: 0.02, lambda t: t("balancer.inter") + t("balancer.fastinter")),
                ("refuse", lambda t: 0.02, lambda t: t("balancer.inter") + t("balancer.fastinter")),
                ("freeze", lambda t: t("balancer.check_timeout"), _detect_dead),
            )
        ),
        *(
            Leg(fault, kind, Phase.RECONNECT, "clients connect again", (), lambda t: 0.05, lambda t: 0.2)
            for fault, kind in (
                ("power-writer", "database"),
                ("power-address", "database"),
                ("power-address", "identity"),
                ("kill-mariadb", "database"),
                ("freeze-mariadb", "database"),
            )
        ),
    ),
    logs=(UNIT,),
)
