"""How long a site's certificates live on: one judge for a design's rule and for the live probe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from holdfast.model.catalogue import Site
from holdfast.model.finding import Finding, Verdict

REMEDY = "run: holdfast apply (it renews its own), or first give the operator's new certificate"


def certificate_life(site: Site, now: datetime, rule: str, days: int) -> tuple[Finding, ...]:
    """One finding a certificate: FAIL with fewer than `days` days left, UNKNOWN where none can be read."""
    theirs = (
        (host.name, pair.certificate if (pair := site.host_pairs.get(host.name)) else "")
        for host in site.cloud.hosts
    )
    return (
        *(_judge(subject, pem, now, rule, days) for subject, pem in _shared(site)),
        *(replace(_judge(f"host {name}", pem, now, rule, days), host=name) for name, pem in theirs),
    )


def _shared(site: Site) -> Iterator[tuple[str, str]]:
    """Each with its subject: the authority's, the address's."""
    yield "CA", site.ca
    yield f"address {site.cloud.address}", site.address_pair.certificate
    if site.public_pair:
        yield f"address {site.cloud.public_address}", site.public_pair.certificate


def _judge(subject: str, pem: str, now: datetime, rule: str, days: int) -> Finding:
    from holdfast.model.certificate import expiry

    try:
        end = expiry(pem)
    except ValueError as error:
        why = f"it cannot be read: {error}" if pem else "there is none"
        return Finding(Verdict.UNKNOWN, rule, subject, why, REMEDY)
    left = end - now
    if left < timedelta():
        return Finding(Verdict.FAIL, rule, subject, f"expired on {end:%Y-%m-%d}", REMEDY)
    why = f"{left / timedelta(days=1):.0f} days left, until {end:%Y-%m-%d}"
    if left < timedelta(days=days):
        return Finding(Verdict.FAIL, rule, subject, why, REMEDY)
    return Finding(Verdict.PASS, rule, subject, why)
