"""Clients of the identity API: one login for all, and a token that is kept while the API knows it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import cast

import pytest
from three_hosts import make_site

from holdfast.drill.workloads import tokens
from holdfast.drill.workloads.tokens import ISSUE, VALIDATE, WORKLOAD, TokenUser
from holdfast.model.op import Outcome
from holdfast.model.secret import Secret
from holdfast.probes.sessions.access import Access, access_to, pack, unpack
from holdfast.probes.sessions.tokens import Denied, TokenSession

ACCESS = access_to(make_site())


@dataclass
class Answering:
    """A session whose answers have one status; counts the logins by password."""

    status: int = 201
    logins: int = 0

    def issue(self, by: str = "") -> str:
        self.logins += not by
        return self.validate(by or "password")

    def validate(self, token: str) -> str:
        if self.status >= 400:
            raise Denied(f"{self.status} no", self.status)
        return f"of {token}"


def user(session: Answering, kind: str, token: str) -> TokenUser:
    return TokenUser("user-0", kind, cast(TokenSession, session), time.monotonic, token)


@pytest.mark.parametrize("kind", [ISSUE, VALIDATE])
@pytest.mark.parametrize(("status", "kept"), [(201, "first"), (503, "first"), (401, ""), (404, "")])
def test_a_token_is_kept_while_the_api_knows_it(kind: str, status: int, kept: str) -> None:
    client = user(Answering(status), kind, "first")
    assert (client.step(0).outcome is Outcome.OK) == (status == 201)
    assert client.token == kept


@pytest.mark.parametrize("kind", [ISSUE, VALIDATE])
def test_only_a_client_without_a_token_logs_in(kind: str) -> None:
    session = Answering()
    assert user(session, kind, "first").step(0).outcome is Outcome.OK
    assert session.logins == 0
    assert user(session, kind, "").step(0).outcome is Outcome.OK
    assert session.logins == 1


def test_one_login_is_for_all_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    logins = []

    def log_in(access: Access) -> Access:
        logins.append(access)
        return replace(access, token=Secret("t0ken"))

    monkeypatch.setattr(tokens, "log_in", log_in)
    access = WORKLOAD.prepare(ACCESS, "run")
    crews = WORKLOAD.crews(access)
    clients = [c.open(access, "run", n, time.monotonic) for c in crews for n in range(c.actors)]
    assert logins == [ACCESS]
    assert {cast(TokenUser, client).token for client in clients} == {"t0ken"}
    assert unpack(pack(access)) == access
    assert "t0ken" not in repr(access)
