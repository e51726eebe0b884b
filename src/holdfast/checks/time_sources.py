"""The hosts follow time servers outside the cloud, enough of them to tell a wrong one."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.sample import design
from holdfast.model.finding import Finding, Verdict

NAME = "time-sources"
REMEDY = "name three or more of your organisation's time servers under `time_servers`"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding for the cloud: UNKNOWN where a wrong clock would pass, FAIL where it follows itself."""
    cloud = of.site.cloud
    servers = tuple(dict.fromkeys(cloud.time_servers))
    own = {*cloud.addresses, cloud.name, *(x for h in cloud.hosts for x in (h.name, h.address))}
    circular = [name for name in servers if name in own]
    if circular:
        why = f"{', '.join(circular)} belongs to this cloud: its hosts would follow themselves"
        return (Finding(Verdict.FAIL, NAME, cloud.name, why, REMEDY),)
    if not servers:
        why = "no time server: the hosts agree only among themselves"
        return (Finding(Verdict.UNKNOWN, NAME, cloud.name, why, REMEDY),)
    if len(servers) < 3:
        why = f"follows {' and '.join(servers)}: with fewer than three, whether one is wrong cannot be told"
        return (Finding(Verdict.UNKNOWN, NAME, cloud.name, why, REMEDY),)
    return (Finding(Verdict.PASS, NAME, cloud.name, f"follows {', '.join(servers)}"),)


RULE = Rule(
    NAME,
    "R25",
    "three time servers outside the cloud or more",
    check,
    good=lambda: design(3),
    bad=lambda: design(3, time_servers=("198.18.0.11",)),
)
