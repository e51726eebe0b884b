"""No failure zone (rack, feed) holds so many members that losing it loses a quorum."""

from __future__ import annotations

from collections import Counter

from holdfast.checks import Design, Rule
from holdfast.checks.quorum import Quorum, quorums
from holdfast.checks.sample import design
from holdfast.model.finding import Finding, Verdict

NAME = "zones-spread-quorum"
REMEDY = "give every host its `zone` (rack, room or feed) in the cloud file"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a quorum; UNKNOWN where zones are not given."""
    return tuple(_judge(quorum) for quorum in quorums(of.site))


def _judge(quorum: Quorum) -> Finding:
    name = quorum.placed.name
    zones = Counter(host.zone for host in quorum.members if host.zone)
    grave = [zone for zone, held in zones.items() if held > quorum.spare]
    if grave:
        why = f"losing zone {' or '.join(grave)} loses the quorum of {len(quorum.members)}"
        remedy = "spread its members so that no zone holds half of them: three zones for three members"
        return Finding(Verdict.FAIL, NAME, name, why, remedy)
    homeless = [host.name for host in quorum.members if not host.zone]
    if homeless:
        why = f"the zone of {', '.join(homeless)} is not given: whether they share one cannot be told"
        return Finding(Verdict.UNKNOWN, NAME, name, why, REMEDY)
    return Finding(Verdict.PASS, NAME, name, f"keeps its majority without any one of {', '.join(zones)}")


RULE = Rule(
    NAME,
    "R52",
    "losing one failure zone loses no quorum",
    check,
    good=lambda: design(3),
    bad=lambda: design(3, zones=("zone1", "zone2")),
)
