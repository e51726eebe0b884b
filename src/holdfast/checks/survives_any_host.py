"""Any one host may be lost: each is taken away in turn, and every quorum and role must go on."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.quorum import quorums
from holdfast.checks.sample import design
from holdfast.model.finding import Finding, Verdict

NAME = "survives-any-host"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a host; none where no service runs."""
    site = of.site
    lost: dict[str, list[str]] = {host.name: [] for host in site.cloud.hosts}
    # Looked at group by group: host by host would be a thousand times a thousand for a thousand hosts.
    for quorum in quorums(site):
        for member in quorum.members if not quorum.spare else ():
            lost[member.name].append(f"the quorum of {quorum.placed.name}")
    for role in dict.fromkeys(c.role for c in site.catalogue if c.role is not None):
        holders = site.cloud.with_role(role)
        if len(holders) == 1:
            lost[holders[0].name].append(f"the role {role}")
    return tuple(_judged(name, gone) for name, gone in lost.items()) if site.catalogue else ()


def _judged(host: str, lost: list[str]) -> Finding:
    if lost:
        remedy = "let more hosts hold it: three for a quorum, two for a role"
        return Finding(Verdict.FAIL, NAME, host, f"with it goes {', '.join(lost)}", remedy)
    return Finding(Verdict.PASS, NAME, host, "without it every quorum and every role goes on")


RULE = Rule(
    NAME,
    "R2",
    "no host whose loss takes a quorum or a role along",
    check,
    good=lambda: design(3),
    bad=lambda: design(2),
)
