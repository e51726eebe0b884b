"""Every role that a service of the cloud needs is held by two hosts at least."""

from __future__ import annotations

from dataclasses import replace

from holdfast.checks import Design, Rule
from holdfast.checks.sample import design, with_hosts
from holdfast.model.cloud import Host
from holdfast.model.finding import Finding, Verdict

NAME = "role-held-twice"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a role."""
    wanted = {c.role: None for c in of.site.catalogue if c.role is not None}
    return tuple(_judge(of, role) for role in wanted)


def _judge(of: Design, role: str) -> Finding:
    hosts = [host.name for host in of.site.cloud.with_role(role)]
    services = ", ".join(c.name for c in of.site.catalogue if c.role == role)
    if len(hosts) >= 2:
        return Finding(Verdict.PASS, NAME, role, f"held by {', '.join(hosts)}: runs {services}")
    why = f"held by {hosts[0]} alone" if hosts else "held by no host"
    remedy = f"give the role {role} (or controller) to another host"
    return Finding(Verdict.FAIL, NAME, role, f"{why}: it runs {services}", remedy)


def _alone() -> Design:
    three = design(3)
    role = {three.site.offering("address").component.role or ""}

    def take(host: Host) -> Host:
        return host if host.name == "c1" else replace(host, roles=host.roles - role)

    return with_hosts(three, take)


RULE = Rule(
    NAME,
    "R12",
    "every role in use is held by two hosts or more",
    check,
    good=lambda: design(3),
    bad=_alone,
)
