"""Many clients of the identity API at once, and what became of their calls."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

from story import Story
from waiting import wait_until

from holdfast.front.project import open_project
from holdfast.probes.sessions.access import Access, access_to
from holdfast.probes.sessions.tokens import LOGIN_READ, TokenSession, patient, to_backend


def over_kept_connections(story: Story) -> "Counter[str]":
    """Ten clients issue a hundred tokens each, through the address."""
    access = _access(story)
    token = patient(access).issue()

    def issue() -> None:
        session = patient(access)
        for _ in range(100):
            session.issue(by=token)

    return _ends([issue] * 10)


def as_the_first_ones(story: Story, host: str) -> "Counter[str]":
    """Its backend is killed, and 32 clients validate a token there before it is up again."""
    access = _access(story)
    token = patient(access).issue()
    (address,) = (node.address for node in access.door("identity").nodes if node.name == host)
    story.ask(host, "systemctl kill -s KILL --kill-whom=all keystone")
    wait_until(lambda: f"{address}:5000" in story.ask(host, "ss -Hltn"))

    def validate() -> None:
        replace(to_backend(access, address), read=LOGIN_READ).validate(token)

    return _ends([validate] * 32)


def while_restarted(story: Story, unit: str, hosts: tuple[str, ...]) -> "Counter[str]":
    """Clients issue and validate tokens, over kept and new connections, while a unit is restarted in turn."""
    access, over = _access(story), Event()
    token = patient(access).issue()

    def issue(session: TokenSession) -> None:
        session.issue(by=token)

    def validate(session: TokenSession) -> None:
        session.validate(token)

    def client(call: Callable[[TokenSession], None], keeps: bool) -> "Counter[str]":
        ends: Counter[str] = Counter()
        session = patient(access)
        while not over.is_set():
            ends += _ends([lambda: call(session)])
            if not keeps:
                session.close()
        return ends

    clients = [(call, keeps) for call in (issue, validate) for keeps in (True, False)]
    with ThreadPoolExecutor(len(clients)) as pool:
        running = [pool.submit(client, *each) for each in clients]
        try:
            for host in hosts:
                story.ask(host, f"systemctl restart {unit}")
        finally:
            over.set()
    return sum((each.result() for each in running), Counter())


def _access(story: Story) -> Access:
    return access_to(open_project(story.file).site)


def _ends(clients: list[Callable[[], None]]) -> "Counter[str]":
    def end(client: Callable[[], None]) -> str:
        try:
            client()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return "well"

    with ThreadPoolExecutor(len(clients)) as pool:
        return Counter(pool.map(end, clients))
