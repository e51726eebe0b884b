"""How many days are left of the address's and of each host's certificate?"""

from __future__ import annotations

from datetime import datetime

from holdfast.model.finding import Finding, Verdict
from holdfast.probes import View

RULE = "certificates"
DAYS = 14


def probe(view: View) -> tuple[Finding, ...]:
    """One finding a certificate: FAIL with fewer than DAYS days left, UNKNOWN where there is none."""
    pairs = {f"address {view.site.cloud.address}": view.site.address_pair.certificate, "CA": view.site.ca}
    for host in view.site.cloud.hosts:
        pair = view.site.host_pairs.get(host.name)
        pairs[f"host {host.name}"] = pair.certificate if pair else ""
    return tuple(_left(subject, pem, view.now) for subject, pem in pairs.items())


def _left(subject: str, pem: str, now: datetime) -> Finding:
    from cryptography import x509

    remedy = "run: holdfast apply (it renews its own), or first give the operator's new certificate"
    try:
        ends = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    except ValueError as error:
        why = f"no readable certificate ({error})" if pem else "no certificate"
        return Finding(Verdict.UNKNOWN, RULE, subject, why, remedy)
    days = (ends - now).total_seconds() / 86400
    detail = f"{days:.0f} days left, until {ends:%Y-%m-%d}" if days > 0 else f"expired on {ends:%Y-%m-%d}"
    good = days >= DAYS
    return Finding(Verdict.PASS if good else Verdict.FAIL, RULE, subject, detail, "" if good else remedy)
