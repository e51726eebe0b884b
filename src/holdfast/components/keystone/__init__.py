"""Keystone: identity on every API host, balanced, its state in the database and in shared keys (R40)."""

from __future__ import annotations

from holdfast.components.keystone.registration import on_record, programs, registrations, sides
from holdfast.components.programs import program
from holdfast.components.questions.identity import identity_answers
from holdfast.model.address import at_port, bracketed
from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.cloud import Promise
from holdfast.model.component import Component, Offer
from holdfast.model.config import Config
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Operation, Way
from holdfast.model.material import AUTHORITY_FILE, CA_FILE
from holdfast.model.parts import Bus, Database, Once, When
from holdfast.model.plan import PutFile
from holdfast.model.process import Caller, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.secret import Secret
from holdfast.model.service import service
from holdfast.model.settings import Settings, merged
from holdfast.openstack import oslo, wsgi
from holdfast.openstack.role import API

NAME = "keystone"
UNIT = f"{NAME}.service"
FOLDER = f"/etc/{NAME}"
PLUGIN = "/usr/lib/holdfast/identity"
PORT = 5000
RETIRED_AT_MOST = 20  # how far back a host that missed rotations is cleaned
CONFIG = f"{FOLDER}/keystone.conf"
MAIN = "from keystone.cmd.manage import main; main()"
REPOSITORIES = {"fernet": f"{FOLDER}/fernet-keys", "credential": f"{FOLDER}/credential-keys"}
IDENTITY, ADMIN = "identity", "admin"
KEYS = "Holdfast writes the same keys to every host and rotates them"


def _settings(here: Here) -> Settings:
    cloud = here.site.cloud
    # With two addresses, links name the one that the client came to.
    one = {"public_endpoint": _url(cloud.address)} if len(cloud.addresses) == 1 else {}
    own: Settings = {
        "DEFAULT": {"use_stderr": True, **one},
        "token": {"provider": "fernet"},
        "fernet_tokens": {"key_repository": REPOSITORIES["fernet"], "max_active_keys": 3},
        "credential": {"key_repository": REPOSITORIES["credential"]},
    }
    shared = (oslo.bus(here), oslo.NO_NOTIFICATIONS, oslo.database(here))
    health = oslo.healthcheck(here, PORT, "database")
    return merged(own, *shared, oslo.cache(here), oslo.BEHIND_A_PROXY, health)


def _url(address: str) -> str:
    return f"https://{at_port(address, PORT)}"


def _keys(site: Site, repository: str) -> dict[int, Secret]:
    prefix = f"key.{repository}."
    return {int(n.removeprefix(prefix)): key for n, key in site.secrets.items() if n.startswith(prefix)}


def _key_files(site: Site) -> tuple[PutFile, ...]:
    return tuple(
        PutFile(f"{folder}/{number}", key.reveal(), owner=NAME, group=NAME, mode=0o600, secret=True)
        for repository, folder in REPOSITORIES.items()
        for number, key in _keys(site, repository).items()
    )


def _retired_keys(here: Here) -> tuple[str, ...]:
    """Keys that a rotation dropped: they would go on validating what was made with them."""
    paths = []
    for repository, folder in REPOSITORIES.items():
        kept = _keys(here.site, repository)
        recent = range(max(1, max(kept, default=0) - RETIRED_AT_MOST), max(kept, default=0))
        paths += [f"{folder}/{n}" for n in recent if n not in kept]
    return tuple(paths)


def _files(here: Here) -> tuple[PutFile, ...]:
    metadata = "Metadata-Version: 2.1\nName: holdfast-identity-health\nVersion: 1\n"
    entry = "[oslo.middleware.healthcheck]\ndatabase = holdfast_identity_health:Database\n"
    environment = f"OS_KEYSTONE_CONFIG_FILES={CONFIG}"
    module = "keystone.wsgi.api"
    return (
        *wsgi.served(here, "OpenStack identity API", module, PORT, environment, python_path=PLUGIN),
        PutFile(f"{PLUGIN}/holdfast_identity_health.py", program("identity_health.py")),
        PutFile(f"{PLUGIN}/{oslo.SEALED_CACHE}.py", program("sealed_cache.py")),
        PutFile(f"{PLUGIN}/holdfast_identity_health-1.dist-info/entry_points.txt", entry),
        PutFile(f"{PLUGIN}/holdfast_identity_health-1.dist-info/METADATA", metadata),
        *programs(),
        *_key_files(here.site),
    )


def _processes(here: Here) -> tuple[Process, ...]:
    arguments = {"address": bracketed(here.host.address), "port": PORT, "ca": AUTHORITY_FILE}
    return (
        Process(
            unit=UNIT,
            ha=Ha.BALANCED,
            ports=(Port(PORT, Where.HOST, "identity API", callers=(Caller.OPERATOR,)),),
            # Keys are read at each use: a rotation restarts nothing.
            watches=(CONFIG, PLUGIN, wsgi.tls_folder(NAME), f"/etc/systemd/system/{UNIT}"),
            needs_release=True,
            health=Question("identity", identity_answers, "it answers and reads its database", arguments),
            start_deadline=180,  # its calls may take a minute to end, and so may its start
        ),
    )


def _managed(
    here: Here,
    name: str,
    why: str,
    words: tuple[str, ...],
    digest: str,
    password: str = "",
    holds: Question | None = None,
) -> Once:
    env = (("PYTHONPATH", PLUGIN), *((("OS_BOOTSTRAP_PASSWORD", password),) if password else ()))
    argv = (here.site.release.python, "-c", MAIN, "--config-file", CONFIG, *words)
    return Once(name, When.BEFORE_START, why, argv, user=NAME, env=env, digest=digest, holds=holds)


def _bootstrap(here: Here) -> Once:
    site = here.site
    region, urls = site.cloud.region, sides(site, PORT, "/v3")
    told = " ".join((region, *dict.fromkeys(urls.values())))
    words = tuple(word for side, url in urls.items() for word in (f"--bootstrap-{side}-url", url))
    first = ("bootstrap", "--bootstrap-region-id", region, *words)
    endpoints = [[IDENTITY, side, region, url] for side, url in urls.items()]
    assignments = [[ADMIN, ADMIN, ADMIN], [ADMIN, ADMIN, "the system"]]
    text = "the region, its endpoints and the administrator are there"
    holds = on_record(here, "registered", text, endpoints, assignments, CONFIG)
    why = "the first administrator, region and endpoints on the address"
    return _managed(here, "bootstrap", why, first, told, site.secret(ADMIN).reveal(), holds)


def _once(here: Here) -> tuple[Once, ...]:
    schema = _managed(here, "schema", "the schema of this release", ("db_sync",), here.site.release.digest)
    return (schema, _bootstrap(here), *registrations(here, PORT, CONFIG))


def _endpoint(site: Site, _placed: Placed, user: str) -> Endpoint:
    """The API on the address, for the administrator or the user of a service."""
    secret = site.secrets.get(user if user == ADMIN else f"identity.{user}")
    return Endpoint((site.cloud.address,), PORT, user, secret, site.cloud.region, CA_FILE)


COMPONENT = Component(
    name=NAME,
    role=API.name,
    summary="identity: users, tokens and the catalogue of endpoints",
    needs=("database", "bus", "cache", "balancer", "address"),
    offers=(Offer("identity", _endpoint, prover="admin"),),
    units=(UNIT,),
    processes=_processes,
    configs=(
        Config(
            "keystone.conf",
            CONFIG,
            _settings,
            {
                **oslo.DATABASE_FIXED,
                **oslo.BUS_FIXED,
                **oslo.CACHE_FIXED,
                ("DEFAULT", "public_endpoint"): "clients must come to the address",
                ("token", "provider"): KEYS,
                ("fernet_tokens", "key_repository"): KEYS,
                ("fernet_tokens", "max_active_keys"): KEYS,
                ("credential", "key_repository"): KEYS,
                ("healthcheck", "*"): "the balancer's check and the drain of a backend stand on it",
            },
            group=NAME,
            mode=0o640,
            secret=True,
        ),
    ),
    files=_files,
    absent=_retired_keys,
    once=_once,
    databases=(Database(NAME, (NAME,)),),
    buses=(Bus(NAME, NAME),),
    frontends=(wsgi.frontend("identity", NAME, PORT, retry_path="/v3/auth/tokens"),),
    secrets=("admin", f"cache.{NAME}", "key.fernet", "key.credential"),
    safeguards=oslo.safeguards(CONFIG),
    users=(NAME,),
    uses_release=True,
    timers=oslo.timers(NAME),
    timer_order=oslo.timer_order(NAME),
    mechanisms=oslo.mechanisms(NAME),
    operations=(Operation("identity", Way.ANY, uses=("cache",)),),
    promises=(
        Promise("power-address", "identity", 1.5),
        Promise("kill-keystone", "identity", 1.0),
        Promise("freeze-keystone", "identity", 1.0),
        Promise("refuse-keystone", "identity", 1.0),
        Promise("restart-keystone", "identity", 0.5),
    ),
)

SERVICE = service(NAME, COMPONENT, roles=(API,))
