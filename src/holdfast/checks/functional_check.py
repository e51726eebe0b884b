"""The balancer asks every backend a question of meaning, and takes only 200 for an answer."""

from __future__ import annotations

import re

from holdfast.checks import Design, Rule
from holdfast.checks.published import Published, published, says
from holdfast.checks.sample import design, with_text
from holdfast.model.catalogue import Here
from holdfast.model.finding import Finding, Verdict

NAME = "functional-check"


def check(of: Design) -> tuple[Finding, ...]:
    """One finding a frontend."""
    return tuple(_judge(of, each) for each in published(of.site))


def _judge(of: Design, each: Published) -> Finding:
    subject = f"{each.placed.name} {each.frontend.port}"
    faults = _text_faults(each) + ([] if each.frontend.http else _port_faults(of, each))
    if faults:
        remedy = "give the frontend a check in the catalogue, and the balancer the text that asks it"
        return Finding(Verdict.FAIL, NAME, subject, "; ".join(faults), remedy)
    port = "" if each.frontend.http else f" on port {each.frontend.check_port}"
    why = f"each backend is asked for {each.frontend.check_path}{port} and must answer 200"
    return Finding(Verdict.PASS, NAME, subject, why)


def _text_faults(each: Published) -> list[str]:
    if not each.own:
        return ["the balancer does not publish it"]
    path = each.frontend.check_path
    faults = [] if path else ["the catalogue names no path to ask"]
    if not says(each.own, rf"http-check\s+send\s.*\buri\s+{re.escape(path)}(\s|$)"):
        faults.append(f"the balancer does not ask for {path or 'a path'}")
    if not says(each.own, r"http-check\s+expect\s+status\s+200\b"):
        faults.append("the balancer does not insist on 200")
    servers = re.findall(r"(?m)^\s*server\s.*$", each.own)
    if not servers or not all(re.search(r"\scheck\b", line) for line in servers):
        faults.append("a backend is not checked" if servers else "there is no backend")
    return faults


def _port_faults(of: Design, each: Published) -> list[str]:
    port, site = each.frontend.check_port, of.site
    if not port:
        return ["the catalogue names no check port: an open port says nothing of its service"]
    unheard = [
        host.name
        for host in each.placed.hosts
        if not any(p.number == port for x in Here(site, each.placed, host).processes for p in x.ports)
    ]
    faults = [f"nothing listens on check port {port} of {', '.join(unheard)}"] if unheard else []
    if not re.search(rf"\bport {port}\b", each.own):
        faults.append(f"the balancer does not ask port {port}")
    return faults


RULE = Rule(
    NAME,
    "R24",
    "a functional check before every published service",
    check,
    good=lambda: design(3),
    bad=lambda: with_text(design(3), "http-check expect status 200", "http-check expect rstatus ."),
)
