"""Did somebody put a file where a service reads a whole folder, or a drop-in beside Holdfast's?"""

from __future__ import annotations

from holdfast.model.finding import Finding, Verdict
from holdfast.model.foreign import foreign
from holdfast.probes import View

RULE = "foreign_files"
CURE = "what is needed of it belongs into the cloud file (`config:`); then remove it"


def probe(view: View) -> tuple[Finding, ...]:
    """One finding a host: FAIL names what will count at the next start and is not Holdfast's."""
    return tuple(_judge(view, host.name) for host in view.site.cloud.hosts)


def _judge(view: View, host: str) -> Finding:
    seen = view.observed.get(host)
    if seen is None:
        return Finding(Verdict.UNKNOWN, RULE, host, "the host did not answer", f"bring {host} back")
    found = [path for here in view.site.by_host[host] for path in foreign(here, seen)]
    if found:
        return Finding(Verdict.FAIL, RULE, host, f"not Holdfast's, and read: {', '.join(found)}", CURE)
    return Finding(Verdict.PASS, RULE, host, "what services read whole is Holdfast's alone")
