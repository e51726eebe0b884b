"""The ground every host stands on: names, kernel settings, the CA, service users."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from holdfast.model.catalogue import Component, Here, Offer, Site
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import CA_FILE
from holdfast.model.plan import PutFile, Run
from holdfast.model.process import Ha, Process
from holdfast.model.question import Question
from holdfast.model.service import service
from holdfast.model.timer import Timer

UNIT = "systemd-sysctl.service"
SYSCTL_FILE = "/etc/sysctl.d/60-holdfast.conf"
USERS_FILE = "/etc/sysusers.d/holdfast.conf"


def kernel_settings(wanted: dict[str, str]) -> dict[str, Any]:
    """Asks the kernel itself whether each setting holds."""
    from pathlib import Path

    wrong = [
        f"{name} is {value}, not {want}"
        for name, want in wanted.items()
        if (value := Path("/proc/sys", name.replace(".", "/")).read_text().split()) != want.split()
    ]
    return {"ok": not wrong, "text": "; ".join(wrong) or "kernel settings hold"}


def _settings(site: Site) -> dict[str, str]:
    return {
        # Binding the address on the hosts that do not hold it (yet), so that a move needs no restart.
        "net.ipv4.ip_nonlocal_bind": "1",
        # Clients of a moved address sit on half-dead sockets until these run out (LP#1917068).
        "net.ipv4.tcp_retries2": str(round(site.timer("tcp.retries2"))),
        "net.ipv4.tcp_keepalive_time": str(round(site.timer("tcp.keepalive_time"))),
        "net.ipv4.tcp_keepalive_intvl": str(round(site.timer("tcp.keepalive_interval"))),
        "net.ipv4.tcp_keepalive_probes": "3",
    }


def _users(site: Site) -> str:
    names = sorted({user for component in site.catalogue for user in component.users})
    return "".join(f"u {name} - - /var/lib/{name}\n" for name in names)


def _setup(here: Here) -> tuple[Run, ...]:
    digest = sha256(_users(here.site).encode()).hexdigest()
    return (Run(("systemd-sysusers", USERS_FILE), mark="users", digest=digest),)


def _files(here: Here) -> tuple[PutFile, ...]:
    return here.site.shared(_same_everywhere)


def _same_everywhere(site: Site) -> tuple[PutFile, ...]:
    names = "".join(f"{h.address} {h.name}\n" for h in site.cloud.hosts)
    settings = "".join(f"{name} = {value}\n" for name, value in _settings(site).items())
    return (
        PutFile("/etc/hosts", f"127.0.0.1 localhost\n{names}{site.cloud.address} {site.cloud.name}\n"),
        PutFile(SYSCTL_FILE, settings),
        PutFile(USERS_FILE, _users(site)),
        PutFile(CA_FILE, site.ca),
    )


def _processes(here: Here) -> tuple[Process, ...]:
    return (
        Process(
            unit=UNIT,
            ha=Ha.WORKERS,
            lasting=False,
            watches=(SYSCTL_FILE,),
            health=Question(
                "kernel",
                kernel_settings,
                "the kernel settings that fail-over of clients needs hold",
                {"wanted": _settings(here.site)},
            ),
        ),
    )


COMPONENT = Component(
    name="host",
    role=None,
    summary="names, kernel settings, the CA and service users of every host",
    offers=(Offer("ground", lambda _site, placed, _user: Endpoint(placed.addresses, 0)),),
    always=True,
    ground=True,
    packages=("ca-certificates", "zstd"),
    processes=_processes,
    files=_files,
    setup=_setup,
    timers=(
        Timer(
            "tcp.retries2",
            15,
            5,
            "how often data is sent again before a socket counts as dead: 15 means 13 to 30 minutes on "
            "half-dead sockets after the address moved, 5 about 6 s; lower would cut links when congested",
            unit="",
        ),
        Timer(
            "tcp.keepalive_time",
            7200,
            30,
            "an idle pooled connection learns of a dead peer in 45 s, not 2 hours",
        ),
        Timer("tcp.keepalive_interval", 75, 5, "three lost probes 5 s apart end an idle connection"),
    ),
    timer_order=(("tcp.keepalive_time", "tcp.keepalive_interval"),),
)

SERVICE = service("host", COMPONENT)
