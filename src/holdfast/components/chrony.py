"""chrony: the first hosts serve time to all others, and all follow the site's time servers (R25)."""

from __future__ import annotations

from typing import Any

from holdfast.model.catalogue import Here
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import drop_in
from holdfast.model.network import Purpose
from holdfast.model.plan import PutFile
from holdfast.model.process import Caller, Carrier, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.service import service

UNIT = "chrony.service"
CONFIG = "/etc/chrony/chrony.conf"
PORT = 123
KEEPERS = 9
"""So many hosts, the first of the cloud file, serve time to all: more would only be noise."""


def follows_a_clock() -> dict[str, Any]:
    """Asks the daemon what it follows; a stopped one does not answer."""
    import subprocess

    done = subprocess.run(
        ("chronyc", "-c", "tracking"), capture_output=True, text=True, timeout=2, check=False
    )
    fields = done.stdout.strip().split(",")
    if done.returncode or len(fields) < 14:
        return {"ok": False, "text": (done.stderr or done.stdout).strip() or "no answer"}
    source, stratum, leap = fields[1], fields[2], fields[13]
    return {
        "ok": leap != "Not synchronised",
        "text": f"{leap.lower()}, stratum {stratum}, follows {source or 'its own clock'}",
    }


def _files(here: Here) -> tuple[PutFile, ...]:
    cloud = here.site.cloud
    upstream = "".join(f"server {name} iburst\n" for name in cloud.time_servers)
    others = "".join(
        f"server {h.address} iburst minpoll 2 maxpoll 6\n" for h in cloud.hosts[:KEEPERS] if h != here.host
    )
    config = (
        f"{upstream}{others}"
        # Cut off from every time server, the hosts agree on one clock among themselves.
        "local stratum 10 orphan\n"
        f"allow {cloud.network(Purpose.MANAGEMENT).cidr}\n"
        f"bindaddress {here.host.address}\n"
        "makestep 1.0 3\nrtcsync\ndriftfile /var/lib/chrony/chrony.drift\n"
    )
    # In a container the clock belongs to the machine below: -x serves and measures, and never sets it.
    start = (
        "[Service]\nExecStart=\n"
        "ExecStart=!/bin/sh -c 'systemd-detect-virt --quiet --container && x=-x; "
        "exec /usr/sbin/chronyd $DAEMON_OPTS $x'\n"
        "Restart=on-failure\nRestartSec=1\n"
    )
    return (PutFile(CONFIG, config), drop_in(UNIT, start))


def _processes(_here: Here) -> tuple[Process, ...]:
    return (
        Process(
            unit=UNIT,
            ha=Ha.WORKERS,
            ports=(Port(PORT, Where.HOST, "time", Carrier.UDP, (Caller.NETWORK,)),),
            watches=(CONFIG, f"/etc/systemd/system/{UNIT}.d/"),
            health=Question("clock", follows_a_clock, "the clock follows a time source all hosts agree on"),
            start_deadline=60,
        ),
    )


COMPONENT = Component(
    name="chrony",
    role=None,
    summary="time: every host serves every other",
    needs=("ground",),
    offers=(Offer("clock", lambda _site, placed, _user: Endpoint(placed.addresses, PORT)),),
    always=True,
    packages=("chrony",),
    units=(UNIT,),
    processes=_processes,
    files=_files,
)

SERVICE = service("chrony", COMPONENT)
