"""The parts of a component: published ports, schemas, virtual hosts, run-once work and first starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.model.plan import Action, PutFile
from holdfast.model.process import Caller
from holdfast.model.question import Question


@dataclass(frozen=True)
class Frontend:
    """What the load balancer publishes: `port` on the address to the same port of each backend host.

    http: balanced over all backends, asked `check_path`, TLS ended at the balancer and begun anew to the
    backend, which shows its host's certificate: `pair` is the folder of its `cert.pem` and `key.pem`.
    tcp: one backend at a time (a writer), asked over HTTP at `check_port`, TLS passed through.
    `sample_path` is what a client may get with a token, "" where it has clients of its own; `%(project_id)s`
    in it stands for the id of the token's project. `name` is also the class of operations that go through
    it; `callers` may come to its address.
    """

    name: str
    port: int
    http: bool
    check_path: str
    check_port: int = 0
    retry_path: str = ""
    sample_path: str = ""
    pair: str = ""
    callers: tuple[Caller, ...] = (Caller.EVERYBODY,)


@dataclass(frozen=True)
class Database:
    """A user of the database and its `schemas`, all of them its alone; none: it may only log in.

    The password is the secret `database.<user>`.
    """

    user: str
    schemas: tuple[str, ...]

    @property
    def secret(self) -> str:
        """The name of the password."""
        return f"database.{self.user}"


@dataclass(frozen=True)
class Bus:
    """A user of the bus on one virtual host, with its rights there as patterns of names.

    The password is the secret `bus.<user>`.
    """

    user: str
    virtual_host: str
    configure: str = ".*"
    write: str = ".*"
    read: str = ".*"

    @property
    def secret(self) -> str:
        """The name of the password."""
        return f"bus.{self.user}"


@dataclass(frozen=True)
class Store:
    """A user of the block store: the `pools` that are its alone, and those of others that it only `reads`.

    Its key is the store's to make; it is told the first of its pools.
    """

    user: str
    pools: tuple[str, ...]
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Registration:
    """What identity has on record for a service: the user that it comes as, and an endpoint.

    `kind` is the endpoint's type ("compute"), "" where there is none; `path` follows `port` in its URL. The
    user's password is the secret `identity.<user>`; it has `roles` in the project of all services, or over
    its own `domain`, which it is in then. `gives` are roles that the service itself assigns to others.
    """

    user: str
    kind: str = ""
    port: int = 0
    path: str = ""
    roles: tuple[str, ...] = ("service",)
    domain: str = ""
    gives: tuple[str, ...] = ()

    @property
    def secret(self) -> str:
        """The name of the password."""
        return f"identity.{self.user}"


@dataclass(frozen=True)
class Risk:
    """What a component does only where the cloud file accepts it in words: `accept: [name]`.

    It is run where nothing in the cloud offers the kind `unless`; then at most `most` hosts may hold the
    component's role. `what` says what is so, `why` what that costs, `cure` what would be without it.
    """

    name: str
    what: str
    why: str
    cure: str
    unless: str = ""
    most: int | None = None


class When(StrEnum):
    """Run-once work is done before any start of its component's processes, after all, or at the very end.

    AFTER_LEAVING takes away what others used who left: only where its question says that there is such.
    """

    BEFORE_START = "before-start"
    AFTER_START = "after-start"
    AFTER_LEAVING = "after-leaving"


@dataclass(frozen=True)
class Once:
    """Work done on one host of the component until it has been recorded with `digest`.

    It must be idempotent: the host that holds the record may be lost. `holds` asks, where one round trip
    can tell, whether what was made is still there: a no has it done again. `by_all`: every host of the
    component takes part, so it waits while one is missing, and for each to do its work.
    """

    id: str
    when: When
    why: str
    argv: tuple[str, ...]
    stdin: str = field(default="", repr=False)
    user: str = "root"
    env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    digest: str = ""
    timeout: float = 300.0
    holds: Question | None = None
    by_all: bool = False


@dataclass(frozen=True)
class Bootstrap:
    """The first start of a stateful cluster: on `host`, by `actions`; or a refusal with its evidence."""

    host: str
    actions: tuple[Action, ...]
    why: str
    refusal: str = ""


@dataclass(frozen=True)
class Publication:
    """The files that put a component's frontends behind the address, and the question whether they are."""

    files: tuple[PutFile, ...]
    question: Question
