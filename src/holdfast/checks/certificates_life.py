"""Every certificate lives on for a month at least: an expired one stops all that it protects at once."""

from __future__ import annotations

from datetime import datetime

from holdfast.checks import Design, Rule
from holdfast.checks.sample import design
from holdfast.model.finding import Finding, Verdict

NAME = "certificates-life"
DAYS = 30


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a certificate: the address's, the CA's, each host's. FAIL with under DAYS days left."""
    site = of.site
    certificates = {"CA": site.ca, f"address {site.cloud.address}": site.address_pair.certificate}
    for host in site.cloud.hosts:
        pair = site.host_pairs.get(host.name)
        certificates[f"host {host.name}"] = pair.certificate if pair else ""
    return tuple(_judge(subject, pem, of.now) for subject, pem in certificates.items())


def _judge(subject: str, pem: str, now: datetime) -> Finding:
    from cryptography import x509

    remedy = "renew it, then run: holdfast apply"
    try:
        ends = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    except ValueError as error:
        why = f"it cannot be read: {error}" if pem else "there is none"
        return Finding(Verdict.UNKNOWN, NAME, subject, why, remedy)
    days = (ends - now).total_seconds() / 86400
    if days < 0:
        return Finding(Verdict.FAIL, NAME, subject, f"expired on {ends:%Y-%m-%d}", remedy)
    why = f"{days:.0f} days left, until {ends:%Y-%m-%d}"
    if days < DAYS:
        return Finding(Verdict.FAIL, NAME, subject, why, remedy)
    return Finding(Verdict.PASS, NAME, subject, why)


RULE = Rule(
    NAME,
    "R1",
    f"no certificate ends within {DAYS} days",
    check,
    good=lambda: design(3),
    bad=lambda: design(3, days=DAYS - 1),
)
