"""The balancer's configuration: what all share, and one file for each frontend."""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.components.questions.balancer import backends_answer
from holdfast.model.address import at_port, bracketed
from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.cloud import Host
from holdfast.model.material import milliseconds
from holdfast.model.parts import Frontend, Publication
from holdfast.model.plan import PutFile
from holdfast.model.question import Question

FOLDER = "/etc/haproxy/holdfast"
PAIR = "/etc/haproxy/address.pem"
PUBLIC_PAIR = "/etc/haproxy/public.pem"
AUTHORITY = "/etc/haproxy/authority.pem"
SOCKET = "/run/haproxy/admin.sock"
WRITER_SOCKET, WRITER_USER = "/run/haproxy/writer.sock", "holdfast-writer"
ALIVE_PORT, PEER_PORT = 8404, 8405
ALIVE_PATH = "/alive"
LATE = "transparent"
"""A balancer that is ended after its address moved away still hangs up on its clients, from that address."""

WATCHED = "observe layer7 error-limit 1 on-error fastinter"
"""Each call tells of its backend, too: after one that failed it is asked at once."""


def shared(here: Here) -> str:
    """The balancer's own part: what all frontends inherit."""
    site = here.site
    # hard-stop-after: an old worker that lives on after a reload checks nothing, and would hold sessions
    # to a writer that is gone.
    peers = "".join(f"  peer {h.name} {at_port(h.address, PEER_PORT)}\n" for h in here.placed.hosts)
    return f"""global
  log /dev/log local0
  user haproxy
  group haproxy
  maxconn 4000
  localpeer {here.host.name}
  hard-stop-after 3s
  stats socket {SOCKET} mode 600 level admin
  stats socket {WRITER_SOCKET} mode 660 group {WRITER_USER} level admin
  ssl-default-bind-options ssl-min-ver TLSv1.2
  ssl-default-server-options ssl-min-ver TLSv1.2
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
  bind {at_port(site.cloud.address, ALIVE_PORT)}
  bind 127.0.0.1:{ALIVE_PORT}
  timeout client 5s
  monitor-uri {ALIVE_PATH}
"""


def _check_options(site: Site) -> str:
    return (
        f"inter {milliseconds(site.timer('balancer.inter'))} "
        f"fastinter {milliseconds(site.timer('balancer.fastinter'))} "
        f"downinter {milliseconds(site.timer('balancer.fastinter'))} "
        f"fall {round(site.timer('balancer.fall'))} rise {round(site.timer('balancer.rise'))}"
    )


def _binds(site: Site, port: int) -> str:
    """An API is on both addresses, each with the certificate that its clients expect."""
    pairs = {site.cloud.public_address: PUBLIC_PAIR, site.cloud.address: PAIR}
    return "".join(
        f"  bind {at_port(address, port)} ssl crt {pairs[address]} alpn h2,http/1.1 {LATE}\n"
        for address in site.cloud.addresses
    )


def _http(site: Site, frontend: Frontend, hosts: tuple[Host, ...]) -> str:
    # The name that each must show is its own: a host's certificate is good for no other backend.
    servers = "".join(
        f"  server {h.name} {at_port(h.address, frontend.port)} check "
        f"ssl verify required ca-file {AUTHORITY} verifyhost {h.name}\n"
        for h in hosts
    )
    # A call that may have been carried out is not sent twice, except where doing it twice is harmless. Only
    # what was whole when it was sent first can be sent again, and clients send a body apart from its head:
    # http-buffer-request has the balancer read it before it chooses.
    # A backend that is marked down keeps the calls that it has: it may only be slow, as all are on a busy
    # host, and cutting them would fail what was about to succeed. A lost host is told by the kernel's probes.
    return f"""frontend {frontend.name}-in
  mode http
{_binds(site, frontend.port)}  option forwardfor
  option httplog
  option http-buffer-request
  http-request set-header X-Forwarded-Proto https
  acl harmless method GET HEAD OPTIONS
{f"  acl harmless path_beg {frontend.retry_path}" if frontend.retry_path else ""}
  http-request disable-l7-retry if !harmless
  timeout client 60s
  default_backend {frontend.name}

backend {frontend.name}
  mode http
  balance roundrobin
  timeout server 60s
  timeout tunnel 1h
  option srvtcpka
  srvtcpka-idle 1s
  srvtcpka-intvl 1s
  srvtcpka-cnt 2
  default-server tcp-ut {milliseconds(site.timer("balancer.lost"))}
  default-server inter {milliseconds(site.timer("balancer.rest"))} {WATCHED}
  option httpchk
  http-check send meth GET uri {frontend.check_path} hdr Host {bracketed(site.cloud.address)}
  http-check expect status 200
  retry-on conn-failure empty-response 503
{servers}"""


def _tcp(site: Site, frontend: Frontend, hosts: tuple[Host, ...]) -> str:
    servers = "".join(
        f"  server {h.name} {at_port(h.address, frontend.port)} check port {frontend.check_port}\n"
        for h in hosts
    )
    # One entry for all clients: everybody writes to the same node, and a node that returns is not
    # moved to. Its peers know the entry too, so that a move of the address does not move the writer.
    return f"""frontend {frontend.name}-in
  mode tcp
  bind {at_port(site.cloud.address, frontend.port)} {LATE}
  option clitcpka
  default_backend {frontend.name}

backend {frontend.name}
  mode tcp
  balance first
  stick-table type integer size 2 nopurge peers endpoints
  stick on int(1)
  option srvtcpka
  default-server on-marked-down shutdown-sessions
  option httpchk
  http-check send meth GET uri {frontend.check_path}
  http-check expect status 200
{servers}"""


def published(here: Here, placed: Placed) -> Publication:
    """The balancer's part of a component: one file a frontend, written after its backends answer."""
    write = {True: _http, False: _tcp}
    frontends = placed.component.frontends
    files = (
        PutFile(f"{FOLDER}/50-{f.name}.cfg", write[f.http](here.site, f, placed.hosts)) for f in frontends
    )
    meaning = f"every frontend of {placed.name} has a backend that passes its check"
    return Publication(tuple(files), asked(f"published-{placed.name}", meaning, frontends))


def asked(name: str, meaning: str, frontends: Iterable[Frontend]) -> Question:
    """Whether the balancer answers, and has a working backend for each of these frontends."""
    frontends = tuple(frontends)
    return Question(
        name,
        backends_answer,
        meaning,
        {
            "socket_path": SOCKET,
            "alive": f"http://127.0.0.1:{ALIVE_PORT}{ALIVE_PATH}",
            "frontends": [f.name for f in frontends],
            "tcp": [f.name for f in frontends if not f.http],
        },
    )
