"""Settings that OpenStack's services share, as data: database, bus, cache, proxies and health."""

from __future__ import annotations

import re
from collections.abc import Mapping

from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.cloud import Host
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Hop, Mechanism, Phase, Strike
from holdfast.model.safeguard import Safeguard, always
from holdfast.model.settings import Settings, merged
from holdfast.model.timer import Timer
from holdfast.openstack.rotation import leaving_file

Fixed = Mapping[tuple[str, str], str]
"""Why the operator may not set an option: by (section, option)."""


def database_fixed(section: str = "database") -> Fixed:
    """What of a connection to the database is Holdfast's."""
    return {
        (section, "connection"): "Holdfast makes its user and password, and clients come to the address",
        (section, "slave_connection"): "a second way to the database would pass by its one writer",
    }


DATABASE_FIXED = database_fixed()
BUS_FIXED: Fixed = {
    ("DEFAULT", "transport_url"): "Holdfast makes the bus user, and clients must hold the list of all nodes",
    ("oslo_messaging_rabbit", "ssl"): "the bus takes no connection without TLS",
    ("oslo_messaging_rabbit", "ssl_ca_file"): "the bus has certificates of the cloud's own authority",
    ("oslo_messaging_rabbit", "rabbit_quorum_queue"): "a queue on one node is lost with it",
    ("oslo_messaging_rabbit", "rabbit_transient_quorum_queue"): "a reply queue on one node is lost with it",
}
CACHE_FIXED: Fixed = {
    ("cache", "memcache_servers"): "clients must know every cache node",
    ("cache", "backend"): "values are sealed on their way to this one",
    ("cache", "proxies"): "whoever can write to a cache node would run code in the service",
    ("cache", "password"): "Holdfast makes the key that values are sealed with",
}


def safeguards(path: str) -> tuple[Safeguard, ...]:
    """What the file of a service that uses database and bus must say, whoever changes it."""
    return (*bus_safeguards(path), *database_safeguards(path))


def bus_safeguards(path: str) -> tuple[Safeguard, ...]:
    """What the file of a service that uses the bus must say."""
    lasting = "a queue that it declares has a member on each node"
    return (
        Safeguard("quorum-queues", path, "rabbit_quorum_queue", always("true"), lasting),
        Safeguard("quorum-queues", path, "rabbit_transient_quorum_queue", always("true"), lasting),
    )


def database_safeguards(path: str) -> tuple[Safeguard, ...]:
    """What the file of a service that uses the database must say."""

    def bound(host: Host) -> str:
        return rf"\S*[?&]bind_address={re.escape(host.address)}(&\S*)?"

    why = "it comes from its host's own address"
    return (Safeguard("own-source-address", path, "connection", bound, why),)


def timers(service: str) -> tuple[Timer, ...]:
    """The timers of a service's connections to database and bus: one of its parts declares them for all."""
    return (
        *database_timers(service),
        Timer(f"{service}.bus_heartbeat", 60, 10, "a worker's bus connection is known dead after twice this"),
    )


def database_timers(service: str) -> tuple[Timer, ...]:
    """The timers of a service's connections to the database: one of its parts declares them for all."""
    return (
        Timer(f"{service}.database_connect", 10, 1, "a worker gives up on a database that does not accept"),
        Timer(f"{service}.database_read", 3600, 3, "a query on a half-dead link ends; migrations alone last"),
    )


def mechanisms(component: str) -> tuple[Mechanism, ...]:
    """What an API waits for besides its own failover."""

    def writer_lost(strike: Strike, hop: Hop) -> bool:
        return hop.component == component and strike.whole_host and "writer" in strike.landmarks

    return (
        Mechanism(
            Phase.RECONNECT,
            "what its caches do not know waits for the database's next writer",
            (),
            writer_lost,
            lambda t: 0.5,
            lambda t: 0.8,
        ),
    )


def timer_order(service: str) -> tuple[tuple[str, ...], ...]:
    """A query outlives the eviction of a lost member, and a worker the balancer's choice of another one."""
    return (
        (f"{service}.database_read", "evs.suspect_timeout"),
        (f"{service}.database_connect", "balancer.connect"),
    )


def database(here: Here, *, schema: str = "", section: str = "database") -> Settings:
    """A pooled connection to a schema (the service's own name by default) through the address."""
    to, service = here.offer("database"), here.component.service
    # bind_address: a connection from the address's holder to the address would otherwise come *from* the
    # address too, and hang half-dead once that moves (LP#1917068). read_timeout ends what still hangs.
    url = (
        f"mysql+pymysql://{to.user}:{to.password}@{at_port(to.address, to.port)}/{schema or service}"
        f"?charset=utf8&ssl_ca={to.ca}&ssl_check_hostname=true&bind_address={here.host.address}"
        f"&connect_timeout={round(here.timer(f'{service}.database_connect'))}"
        f"&read_timeout={round(here.timer(f'{service}.database_read'))}"
    )
    return {
        section: {
            "connection": url,
            "connection_recycle_time": 280,
            "max_pool_size": 5,
            "max_overflow": 20,
            "max_retries": -1,
        }
    }


LOGGING: Settings = {"DEFAULT": {"use_stderr": True}}
"""To the unit's own journal."""

PROJECT = "service"
"""The project that every service's own user works in."""


def credentials(here: Here, section: str) -> Settings:
    """The service's own user in identity, by which it comes to other services' APIs."""
    to = here.offer("identity")
    return {
        section: {
            "auth_type": "password",
            "auth_url": f"https://{at_port(to.address, to.port)}/v3",
            "username": to.user,
            "password": to.password,
            "user_domain_id": "default",
            "project_name": PROJECT,
            "project_domain_id": "default",
            "region_name": here.site.cloud.region,
            "cafile": to.ca,
        }
    }


def authtoken(here: Here) -> Settings:
    """How an API has the tokens of its callers judged: by identity, as its own user."""
    public = f"https://{at_port(here.site.cloud.public_address, here.offer('identity').port)}/v3"
    # No cache nodes: the middleware's client would unpickle what anybody wrote there.
    judged: Settings = {
        "keystone_authtoken": {
            "www_authenticate_uri": public,
            "interface": "internal",
            "service_token_roles": "service",
            "service_token_roles_required": True,
        }
    }
    return merged(credentials(here, "keystone_authtoken"), judged)


AUTH_FIXED: Fixed = {
    ("keystone_authtoken", "*"): "Holdfast makes the service's user, and identity is its own"
}


def transport_url(bus: Endpoint) -> str:
    """The bus as its clients name it: the list of all nodes, and the virtual host."""
    nodes = ",".join(f"{bus.user}:{bus.password}@{at_port(address, bus.port)}" for address in bus.addresses)
    return f"rabbit://{nodes}/{bus.name}"


def bus(here: Here) -> Settings:
    """The bus with replicated queues of every sort, over TLS."""
    to = here.offer("bus")
    return {
        "DEFAULT": {"transport_url": transport_url(to)},
        "oslo_messaging_rabbit": {
            "ssl": True,
            "ssl_ca_file": to.ca,
            "rabbit_quorum_queue": True,
            "rabbit_transient_quorum_queue": True,
            "rabbit_stream_fanout": True,
            # A stream gives nothing to who takes without a limit.
            "rabbit_qos_prefetch_count": 100,
            "use_queue_manager": True,
            "heartbeat_timeout_threshold": 2 * round(here.timer(f"{here.component.service}.bus_heartbeat")),
        },
    }


# Nobody consumes notifications yet: sent all the same, they would fill the bus unseen (R50).
NO_NOTIFICATIONS: Settings = {"oslo_messaging_notifications": {"driver": "noop"}}


def _cache_node(address: str, port: int) -> str:
    """As the cache's clients name a node: of IPv6 they must be told."""
    return f"{'inet6:' if ':' in address else ''}{at_port(address, port)}"


SEALED_CACHE = "holdfast_sealed_cache"
"""The module that seals what is cached: a service that caches has it on its Python path."""


def cache(here: Here) -> Settings:
    """All cache nodes, how long a silent one is waited for, and the secret that values are sealed with.

    The secret is `cache.<service>`, which the service declares.
    """
    to = here.offer("cache")
    return {
        "cache": {
            "enabled": True,
            "backend": "oslo_cache.memcache_pool",
            # A cache takes whatever anybody writes there, and its clients unpickle what they read.
            "proxies": f"{SEALED_CACHE}.Sealed",
            "password": to.password,
            "memcache_servers": ",".join(_cache_node(address, to.port) for address in to.addresses),
            "socket_timeout": here.timer("cache.socket_timeout"),
            "memcache_dead_retry": round(here.timer("cache.dead_retry")),
        }
    }


BEHIND_A_PROXY: Settings = {"oslo_middleware": {"enable_proxy_headers_parsing": True}}


def healthcheck(here: Here, port: int, backends: str = "") -> Settings:
    """The health page: more `backends` of its own, then the files that take this host's API out of rotation.

    One is the operator's and stays until he removes it, one is its unit's own and ends with it.
    """
    ours = ("disable_by_file", "disable_by_files_ports")
    return {
        "healthcheck": {
            "backends": ",".join(filter(None, (backends, *ours))),
            "disable_by_file_path": f"/var/lib/{here.component.service}/out-of-rotation",
            "disable_by_file_paths": f"{port}:{leaving_file(here.component.name)}",
            "detailed": False,
        }
    }
