"""A client of the identity API over one kept connection."""

from __future__ import annotations

import http.client
import json
import select
import ssl
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from holdfast.model.address import at_port
from holdfast.model.secret import Secret
from holdfast.probes.sessions.access import Access, trust

CONNECT, READ = 1.0, 3.0
DEADLINE = CONNECT * 2 + READ


# Where nothing is measured a login may take its time: one that is given up costs the API as much.
LOGIN_CONNECT, LOGIN_READ = 5.0, 20.0


class Denied(Exception):
    """The API answered, but not with what was asked for; `status` is its HTTP status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class TokenSession:
    """One connection, opened when first needed and thrown away after any failure.

    A plain connection and no pool: nothing retries behind the drill's back. A call ends within
    `connect` (TCP) + `connect` (TLS) + `read` seconds. Errors: `Denied` for an answer that is not the
    wanted one, OSError or http.client.HTTPException where none came.
    """

    url: str
    password: str
    context: ssl.SSLContext | None = None
    connect: float = CONNECT
    read: float = READ
    connection: http.client.HTTPConnection | None = None
    sent: bool = False

    def issue(self, by: str = "") -> str:
        """A token for the administrator's project, by password or by an earlier token.

        A password costs the API 0.4 s of a core, on purpose (bcrypt); an earlier token a few milliseconds.
        """
        body = json.dumps(_question(_by_token(by) if by else _by_password(self.password)))
        headers = {"Content-Type": "application/json"}
        status, answered, _ = self._call("POST", "/v3/auth/tokens", body, headers, 201)
        token = answered.get("X-Subject-Token")
        if not token:
            raise Denied(f"{self.url}: {status} without a token", status)
        return token

    def validate(self, token: str) -> str:
        """The user's name that a token stands for, as the API reads it back."""
        return str(self._read(token)["user"]["name"])

    def project(self, token: str) -> str:
        """The id of the project that a token is for."""
        return str(self._read(token)["project"]["id"])

    def get(self, url: str, token: str) -> bytes:
        """What an API answers to a token, at a URL of this session's server."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self._call("GET", target, None, {"X-Auth-Token": token}, 200)[2]

    def _read(self, token: str) -> dict[str, dict[str, str]]:
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        _, _, body = self._call("GET", "/v3/auth/tokens", None, headers, 200)
        found: dict[str, dict[str, str]] = json.loads(body)["token"]
        return found

    def close(self) -> None:
        """Drops the connection; idempotent."""
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def _call(
        self, method: str, path: str, body: str | None, headers: dict[str, str], wanted: int
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        self.sent = False
        try:
            if self.connection is not None and _hung_up(self.connection):
                self.close()
            if self.connection is None:
                self.connection = self._connect()
            self.sent = True
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except BaseException:
            self.close()
            raise
        if answer.will_close or answer.status >= 500:
            self.close()
        if answer.status != wanted:
            raise Denied(f"{answer.status} {answer.reason}", answer.status)
        return answer.status, answer.headers, content

    def _connect(self) -> http.client.HTTPConnection:
        where = urlsplit(self.url)
        host, port = where.hostname or "", where.port
        made: http.client.HTTPConnection
        if where.scheme == "https":
            made = http.client.HTTPSConnection(host, port, timeout=self.connect, context=self.context)
        else:
            made = http.client.HTTPConnection(host, port, timeout=self.connect)
        made.connect()
        made.sock.settimeout(self.read)
        return made


def through_address(access: Access, url: str = "") -> TokenSession:
    """A session as any client has it: TLS to the address, to the identity API or that of `url`."""
    identity = access.door("identity").endpoint
    own = f"https://{at_port(identity.address, identity.port)}"
    return TokenSession(url or own, identity.password, trust(access.ca))


def patient(access: Access) -> TokenSession:
    """A session through the address to an API that may be busy, for what is not measured."""
    return replace(through_address(access), connect=LOGIN_CONNECT, read=LOGIN_READ)


def log_in(access: Access) -> Access:
    """The same access with a token of its own, by password, and its project. Errors as of a session."""
    session = patient(access)
    try:
        token = session.issue()
        return replace(access, token=Secret(token), project=session.project(token))
    finally:
        session.close()


def to_backend(access: Access, address: str) -> TokenSession:
    """A session straight to one backend, past the load balancer."""
    identity = access.door("identity").endpoint
    return TokenSession(
        f"https://{at_port(address, identity.port)}", identity.password, trust(access.authority)
    )


def _hung_up(connection: http.client.HTTPConnection) -> bool:
    """Whether the server closed a kept connection while it was idle: every client looks before it asks."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


_DOMAIN = {"name": "Default"}


def _question(identity: dict[str, object]) -> dict[str, object]:
    return {"auth": {"identity": identity, "scope": {"project": {"name": "admin", "domain": _DOMAIN}}}}


def _by_password(password: str) -> dict[str, object]:
    user = {"name": "admin", "domain": _DOMAIN, "password": password}
    return {"methods": ["password"], "password": {"user": user}}


def _by_token(token: str) -> dict[str, object]:
    return {"methods": ["token"], "token": {"id": token}}
