"""Live, read-only questions over all hosts at once: one per file, each a pure `probe(view)`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import FunctionType

from holdfast.model.address import at_port
from holdfast.model.catalogue import Site
from holdfast.model.discover import discover
from holdfast.model.finding import Finding, Verdict
from holdfast.model.observed import Answer, Observed

Fetch = Callable[[str], Awaitable[Answer]]


@dataclass(frozen=True)
class View:
    """What probes judge: all hosts' answers (None: unreachable), a client's pages by URL, the time."""

    site: Site
    observed: Mapping[str, Observed | None]
    now: datetime
    pages: Mapping[str, Answer] = field(default_factory=dict)


Probe = Callable[[View], tuple[Finding, ...]]


@cache
def probes() -> Mapping[str, Probe]:
    """Every probe by its file's name."""
    return discover(__name__, __path__, "probe", FunctionType)


def client_urls(site: Site) -> tuple[str, ...]:
    """What a client outside the hosts must be able to fetch: the aliveness page and the APIs by TLS."""
    alive = site.offer("balancer", "")
    frontends = [f for c in site.catalogue for f in c.frontends if f.http]
    apis = (
        f"https://{at_port(address, f.port)}{f.check_path}"
        for address in site.cloud.addresses
        for f in frontends
    )
    return (f"http://{at_port(alive.address, alive.port)}{alive.name}", *apis)


def judge(view: View) -> tuple[Finding, ...]:
    """Every probe's findings; a probe that crashed or said nothing gives UNKNOWN."""
    return tuple(finding for name, probe in probes().items() for finding in _ask(name, probe, view))


def _ask(name: str, probe: Probe, view: View) -> tuple[Finding, ...]:
    try:
        findings = probe(view)
    except Exception as error:
        why = f"the probe crashed: {type(error).__name__}: {error}"
        return (Finding(Verdict.UNKNOWN, name, view.site.cloud.name, why, "report this with the log"),)
    nothing = Finding(Verdict.UNKNOWN, name, view.site.cloud.name, "the probe found nothing to look at")
    return findings or (nothing,)


async def look(
    site: Site,
    observed: Mapping[str, Observed | None],
    *,
    fetch: Fetch | None = None,
    now: datetime | None = None,
) -> tuple[Finding, ...]:
    """All probes over what was observed and over a client's own look at the address.

    `fetch` gets a URL and never raises; by default it is `sessions.page.fetch` with the site's CA.
    """
    if not site.offers("balancer"):
        return judge(View(site, observed, now or datetime.now(UTC)))
    urls = client_urls(site)
    answers = await asyncio.gather(*((fetch or fetch_for(site))(url) for url in urls))
    return judge(View(site, observed, now or datetime.now(UTC), dict(zip(urls, answers, strict=True))))


def fetch_for(site: Site) -> Fetch:
    """The ordinary client: one page over a fresh connection, in a thread."""

    async def get(url: str) -> Answer:
        from holdfast.probes.sessions.page import fetch as blocking

        return await asyncio.to_thread(blocking, url, site.ca)

    return get
