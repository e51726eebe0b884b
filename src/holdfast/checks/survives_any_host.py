"""Any one host may be lost: each is taken away in turn, and every quorum and role must go on."""

from __future__ import annotations

from holdfast.checks import Design, Rule
from holdfast.checks.quorum import quorums
from holdfast.checks.sample import design
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Host
from holdfast.model.finding import Finding, Verdict

NAME = "survives-any-host"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a host; none where no service runs."""
    return tuple(_judge(of.site, host) for host in of.site.cloud.hosts) if of.site.catalogue else ()


def _judge(site: Site, host: Host) -> Finding:
    lost = [
        f"the quorum of {q.placed.name}"
        for q in quorums(site)
        if host in q.members and not q.survives([host])
    ]
    roles = {c.role: None for c in site.catalogue if c.role is not None}
    lost += [f"the role {role}" for role in roles if site.cloud.with_role(role) == (host,)]
    if lost:
        remedy = "let more hosts hold it: three for a quorum, two for a role"
        return Finding(Verdict.FAIL, NAME, host.name, f"with it goes {', '.join(lost)}", remedy)
    return Finding(Verdict.PASS, NAME, host.name, "without it every quorum and every role goes on")


RULE = Rule(
    NAME,
    "R2",
    "no host whose loss takes a quorum or a role along",
    check,
    good=lambda: design(3),
    bad=lambda: design(2),
)
