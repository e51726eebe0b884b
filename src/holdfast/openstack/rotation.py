"""How an API leaves the balancers' rotation before its unit stops it, and when it is in it again."""

from __future__ import annotations

from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.material import AUTHORITY_FILE
from holdfast.model.plan import PutFile
from holdfast.openstack.programs import program

HEALTH_PATH = "/healthcheck"
LONGEST_CALL = 60
"""Seconds after which the balancer gives up a call: what is still under way then has nobody who waits."""
LONGEST_START = 60
"""Seconds that a start waits for the API to be well: one whose database is away is up, and not waited for."""


def leaving_file(component: str) -> str:
    """Out of rotation while it exists. It ends with the unit's run, whatever ends that."""
    return f"/run/{component}/leaving"


def _program(component: str) -> str:
    return f"/usr/libexec/holdfast/{component}_rotation.py"


def rotation_files(here: Here) -> tuple[PutFile, ...]:
    """The program that the lines of its unit call."""
    return (PutFile(_program(here.component.name), program("rotation.py")),)


def _noticed(here: Here) -> float:
    """Seconds until every balancer has seen the health page fail, however slow its answers are."""
    t = here.timer
    checks = t("balancer.rest") + (t("balancer.fall") - 1) * t("balancer.fastinter")
    return checks + t("balancer.fall") * t("balancer.check_timeout")


def _taken_in(here: Here) -> float:
    """Seconds until every balancer that saw the health page fail has seen it well again."""
    t = here.timer
    return t("balancer.rise") * (t("balancer.fastinter") + t("balancer.check_timeout"))


def rotation_lines(here: Here, port: int) -> str:
    """The lines of its unit: the API is in rotation when a start ends, and out of it when a stop begins."""
    name, address = here.component.name, here.host.address
    run = f"-/usr/bin/python3 -I {_program(name)}"
    url = f"https://{at_port(address, port)}{HEALTH_PATH}"
    noticed, taken_in = _noticed(here), _taken_in(here)
    # The first process tells its workers: a signal from elsewhere would cut their calls.
    return f"""KillMode=mixed
RuntimeDirectory={name}
ExecStartPost={run} in {url} {AUTHORITY_FILE} {taken_in:g} {LONGEST_START}
ExecStop={run} out {leaving_file(name)} {noticed:g} {address} {port} {LONGEST_CALL}
TimeoutStartSec={LONGEST_START + taken_in + 30:g}
TimeoutStopSec={LONGEST_CALL + noticed + 5:g}
"""
