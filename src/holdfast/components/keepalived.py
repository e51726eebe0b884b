"""Keepalived: the address is on one endpoint host, where the balancer answers (R20)."""

from __future__ import annotations

from typing import Any

from holdfast.components.programs import program
from holdfast.model.cloud import Host, Promise, Role
from holdfast.model.component import Capability, Component, Ha, Leg, Phase, Process, Timer, Value
from holdfast.model.material import drop_in
from holdfast.model.plan import PutFile
from holdfast.model.question import Question
from holdfast.model.site import Site

UNIT = "keepalived.service"
TEMPLATE = "/etc/keepalived/keepalived.conf.in"
CONFIG = "/run/keepalived/keepalived.conf"
SCRIPT = "/usr/libexec/holdfast/balancer_alive.sh"
SCRIPT_USER = "keepalived_script"


def address_state(address: str, pid_file: str) -> dict[str, Any]:
    """Asks the kernel for the address, and the daemon for a sign of life that a stopped one cannot give."""
    import subprocess
    from pathlib import Path

    shown = subprocess.run(
        ("ip", "-o", "-4", "address", "show"), capture_output=True, text=True, check=True
    ).stdout
    holds = any(f" {address}/" in line for line in shown.splitlines())
    pid = int(Path(pid_file).read_text())
    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    states = [Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()[0] for p in family]
    ok = len(family) > 1 and not set(states) & {"T", "t", "Z", "X"}
    return {"ok": ok, "text": "holds the address" if holds else "stands by", "holds": holds}


def _config(site: Site, host: Host) -> str:
    endpoints = site.cloud.with_role(Role.ENDPOINT)
    others = "".join(f"    {h.address}\n" for h in endpoints if h != host)
    router = int(site.cloud.address.rsplit(".", 1)[1]) or 1
    return f"""global_defs {{
  router_id {host.name}
  vrrp_version 3
  enable_script_security
  script_user {SCRIPT_USER}
  # After a healed split the neighbours' ARP tables may name the wrong host until told again.
  vrrp_garp_master_refresh 5
  vrrp_garp_master_refresh_repeat 1
}}

vrrp_script balancer {{
  script "{SCRIPT} {site.timer("address.script_timeout"):g}"
  interval {site.timer("address.script_interval"):g}
  timeout 1
  fall {round(site.timer("address.script_fall"))}
  rise 2
}}

vrrp_instance address {{
  state BACKUP
  nopreempt
  interface @INTERFACE@
  virtual_router_id {router}
  priority {150 - 10 * endpoints.index(host)}
  advert_int {site.timer("address.advert"):g}
  unicast_src_ip {host.address}
  unicast_peer {{
{others}  }}
  virtual_ipaddress {{
    {site.cloud.address}/32
  }}
  track_script {{
    balancer
  }}
}}
"""


def _files(site: Site, host: Host) -> tuple[PutFile, ...]:
    # The interface is found by the host's own address at each start: names differ from host to host.
    find = f'ip -o -4 address show to {host.address} | cut -d" " -f2 | head -n1'
    service = (
        "[Unit]\nConditionFileNotEmpty=\n"
        "[Service]\nRuntimeDirectory=keepalived\n"
        f"ExecStartPre=/bin/sh -c 'sed \"s/@INTERFACE@/$({find})/\" {TEMPLATE} > {CONFIG}'\n"
        f"ExecStart=\nExecStart=/usr/sbin/keepalived --dont-fork --use-file {CONFIG}\n"
        "Restart=always\nRestartSec=0.5\nProtectHome=yes\nPrivateTmp=yes\n"
    )
    return (
        PutFile(TEMPLATE, _config(site, host)),
        PutFile(SCRIPT, program("balancer_alive.sh"), mode=0o755),
        drop_in(UNIT, service),
    )


def _processes(site: Site, _host: Host) -> tuple[Process, ...]:
    return (
        Process(
            unit=UNIT,
            ha=Ha.SINGLE,
            watches=(TEMPLATE, SCRIPT, f"/etc/systemd/system/{UNIT}.d/"),
            health=Question(
                "address",
                address_state,
                "the daemon runs and holds the address or stands by for it",
                {"address": site.cloud.address, "pid_file": "/run/keepalived.pid"},
            ),
        ),
    )


def _silent(t: Value) -> float:
    """Until the script has seen enough silences in a row."""
    return t("address.script_fall") * (t("address.script_interval") + t("address.script_timeout"))


_VRRP = ("address.advert",)

COMPONENT = Component(
    name="keepalived",
    capability=Capability.ADDRESS,
    role=Role.ENDPOINT,
    summary="the address: VRRP version 3, follows the balancer's real health, never moves back by itself",
    needs=("haproxy",),
    packages=("keepalived",),
    processes=_processes,
    files=_files,
    users=(SCRIPT_USER,),
    timers=(
        Timer("address.advert", 1.0, 0.1, "three missed advertisements and a skew declare the holder dead"),
        Timer("address.script_interval", 1.0, 0.2, "how often the balancer is asked on its own host"),
        Timer(
            "address.script_timeout", 1.0, 0.3, "a frozen balancer accepts and stays silent: silence is a no"
        ),
        Timer("address.script_fall", 1, 2, "two silences in a row give the address away", unit=""),
    ),
    legs=(
        *(
            Leg(
                fault,
                kind,
                Phase.DETECT,
                "the others miss three advertisements",
                _VRRP,
                lambda t: 3.2 * t("address.advert"),
                lambda t: 3.5 * t("address.advert"),
            )
            for fault in ("power-address", "link-host")
            for kind in ("address", "identity", "database")
        ),
        *(
            Leg(
                fault,
                kind,
                Phase.MOVE,
                "the new holder announces the address",
                (),
                lambda t: 0.02,
                lambda t: 0.1,
            )
            for fault in ("power-address", "link-host", "kill-haproxy", "freeze-haproxy")
            for kind in ("address", "identity", "database")
        ),
        *(
            Leg(
                "freeze-haproxy",
                kind,
                Phase.DETECT,
                "the balancer stays silent twice",
                ("address.script_interval", "address.script_timeout", "address.script_fall"),
                lambda t: _silent(t) - t("address.script_interval") / 2,
                _silent,
            )
            for kind in ("address", "identity", "database")
        ),
        *(
            Leg(
                "kill-haproxy",
                kind,
                Phase.DETECT,
                "systemd starts it again, or two checks fail",
                ("address.script_interval", "address.script_fall"),
                lambda t: 0.4,
                lambda t: (1 + t("address.script_fall")) * t("address.script_interval") + 0.5,
            )
            for kind in ("address", "identity", "database")
        ),
    ),
    promises=(
        Promise("power-address", "address", 0.5),
        Promise("link-host", "address", 0.5),
        Promise("kill-haproxy", "address", 1.5),
        Promise("freeze-haproxy", "address", 1.5),
    ),
    logs=(UNIT,),
)
