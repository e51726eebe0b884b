"""The firewall: every port of the cloud is open to those who belong there; all other ports are left alone."""

from __future__ import annotations

from holdfast.components.firewall.openings import openings
from holdfast.components.firewall.rules import rules
from holdfast.components.programs import program
from holdfast.components.questions.firewall import strangers_stay_out
from holdfast.model.catalogue import Here
from holdfast.model.cloud import Firewall
from holdfast.model.component import Component
from holdfast.model.material import SANDBOX
from holdfast.model.plan import PutFile
from holdfast.model.process import Ha, Process
from holdfast.model.question import Question
from holdfast.model.service import service

NAME = "holdfast-firewall"
UNIT = f"{NAME}.service"
RULES = "/etc/holdfast/firewall.nft"
PROGRAM = "/usr/libexec/holdfast/firewall.py"
COMMAND = ("/usr/bin/python3", "-I", PROGRAM)

# The rules are there before any network, and go after all that they guard.
_UNIT = f"""[Unit]
Description=Opens the ports of the cloud to those who belong there
DefaultDependencies=no
Wants=network-pre.target
After=local-fs.target nftables.service
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={" ".join(COMMAND)} load
ExecReload={" ".join(COMMAND)} load
ExecStop={" ".join(COMMAND)} unload
User={NAME}
RuntimeDirectory={NAME}
StateDirectory={NAME}
AmbientCapabilities=CAP_NET_ADMIN
CapabilityBoundingSet=CAP_NET_ADMIN
{SANDBOX}RestrictAddressFamilies=AF_NETLINK AF_UNIX

[Install]
WantedBy=sysinit.target
"""


def _files(here: Here) -> tuple[PutFile, ...]:
    site = here.site
    return (
        PutFile(RULES, rules(openings(site, here.host), site.cloud.addresses)),
        PutFile(PROGRAM, program("firewall.py")),
        PutFile(f"/etc/systemd/system/{UNIT}", _UNIT),
    )


def _processes(_here: Here) -> tuple[Process, ...]:
    arguments = {
        "rules": RULES,
        "run": f"/run/{NAME}",
        "confirmed": f"/var/lib/{NAME}/confirmed.nft",
    }
    return (
        Process(
            unit=UNIT,
            ha=Ha.WORKERS,
            lasting=False,
            watches=(RULES, PROGRAM, f"/etc/systemd/system/{UNIT}"),
            reloads=True,
            health=Question(
                "firewall", strangers_stay_out, "each port is open to those who belong there", arguments
            ),
            proof=(*COMMAND, "confirm"),
        ),
    )


COMPONENT = Component(
    name="firewall",
    role=None,
    summary="who may come to which port, as each component says; SSH and all other ports are left alone",
    needs=("ground",),
    always=True,
    ground=True,
    wanted=lambda cloud: cloud.firewall is Firewall.HOLDFAST,
    packages=("nftables",),
    processes=_processes,
    files=_files,
    users=(NAME,),
    admission=(*COMMAND, "admit"),
)

SERVICE = service("firewall", COMPONENT)
