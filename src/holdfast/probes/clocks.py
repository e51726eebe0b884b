"""Are all clocks within 100 ms of each other and of this machine's?"""

from __future__ import annotations

from holdfast.model.finding import Finding, Verdict
from holdfast.probes import View

RULE = "clocks"
LIMIT = 0.1


def probe(view: View) -> tuple[Finding, ...]:
    """One finding a host for its offset to this machine (seconds), one for the widest pair."""
    offsets = {name: seen.clock_offset for name, seen in view.observed.items() if seen is not None}
    remedy = (
        "let the hosts and this machine follow the same time servers: see the answers of the clock service"
    )
    findings = [
        Finding(
            Verdict.PASS if abs(offset) <= LIMIT else Verdict.FAIL,
            RULE,
            name,
            f"{offset * 1000:+.0f} ms from this machine",
            "" if abs(offset) <= LIMIT else remedy,
            host=name,
        )
        for name, offset in offsets.items()
    ]
    return (*findings, _spread(view, offsets, remedy))


def _spread(view: View, offsets: dict[str, float], remedy: str) -> Finding:
    missing = [h.name for h in view.site.cloud.hosts if h.name not in offsets]
    if not offsets:
        return Finding(Verdict.UNKNOWN, RULE, "all hosts", "no host answered", remedy)
    first, last = min(offsets, key=offsets.__getitem__), max(offsets, key=offsets.__getitem__)
    spread = offsets[last] - offsets[first]
    detail = f"{spread * 1000:.0f} ms between {first} and {last}"
    if spread > LIMIT:
        return Finding(Verdict.FAIL, RULE, "all hosts", detail, remedy)
    if missing:
        return Finding(Verdict.UNKNOWN, RULE, "all hosts", f"{detail}; no answer from {', '.join(missing)}")
    return Finding(Verdict.PASS, RULE, "all hosts", detail)
