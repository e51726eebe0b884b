"""Keepalived: the address is on one endpoint host, where the balancer answers (R20)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from holdfast.components.programs import program
from holdfast.model.address import family
from holdfast.model.catalogue import Component, Here, Landmark, Offer, Site
from holdfast.model.cloud import Cloud, Promise
from holdfast.model.endpoint import Endpoint
from holdfast.model.failover import Effect, Hop, Mechanism, Operation, Phase, Strike, Way
from holdfast.model.material import drop_in
from holdfast.model.network import Network, Purpose
from holdfast.model.plan import PutFile
from holdfast.model.process import Caller, Carrier, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.scene import Scene, told
from holdfast.model.service import service
from holdfast.model.timer import Timer, Value

UNIT = "keepalived.service"
VRRP = 112
"""The number of the protocol."""
TEMPLATE = "/etc/keepalived/keepalived.conf.in"
CONFIG = "/run/keepalived/keepalived.conf"
SCRIPT = "/usr/libexec/holdfast/balancer_alive.sh"
SCRIPT_USER = "keepalived_script"
NAMES = {Purpose.MANAGEMENT: "address", Purpose.PUBLIC: "public"}
TABLES = {Purpose.MANAGEMENT: 7100, Purpose.PUBLIC: 7101}
"""The routes of what answers from an address; no other software's tables."""


def address_state(addresses: list[str], pid_file: str) -> dict[str, Any]:
    """Asks the kernel for the addresses, and the daemon for a sign of life that a stopped one cannot give."""
    import subprocess
    from pathlib import Path

    shown = subprocess.run(("ip", "-o", "address", "show"), capture_output=True, text=True, check=True).stdout
    words = dict(zip(addresses, ("the address", "the public address"), strict=False))
    here = [address for address in addresses if f" {address}/" in shown]
    pid = int(Path(pid_file).read_text())
    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    states = [Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()[0] for p in family]
    ok = len(family) > 1 and not set(states) & {"T", "t", "Z", "X"}
    text = f"holds {' and '.join(words[address] for address in here)}" if here else "stands by"
    return {"ok": ok, "text": text, "holds": addresses[0] in here}


def _config(here: Here) -> str:
    site, alive = here.site, here.offer("balancer")
    return f"""global_defs {{
  router_id {here.host.name}
  vrrp_version 3
  enable_script_security
  script_user {SCRIPT_USER}
  # After a healed split the neighbours' ARP tables may name the wrong host until told again.
  vrrp_garp_master_refresh 5
  vrrp_garp_master_refresh_repeat 1
}}

vrrp_script balancer {{
  script "{SCRIPT} {site.timer("address.script_timeout"):g} {alive.port} {alive.name}"
  interval {site.timer("address.script_interval"):g}
  timeout 1
  fall {round(site.timer("address.script_fall"))}
  rise 2
}}

{"".join(_instance(here, purpose) for purpose in _moving(site.cloud))}"""


def _moving(cloud: Cloud) -> tuple[Purpose, ...]:
    """The purposes that have an address of their own, the internal one's first."""
    return (Purpose.MANAGEMENT, Purpose.PUBLIC)[: len(cloud.addresses)]


def _instance(here: Here, purpose: Purpose) -> str:
    """One address, which moves over its own network: a cut of one network does not take the other's along."""
    site, host, endpoints = here.site, here.host, here.placed.hosts
    network = site.cloud.network(purpose)
    others = "".join(f"    {h.on(purpose)}\n" for h in endpoints if h != host)
    return f"""vrrp_instance {NAMES[purpose]} {{
  state BACKUP
  nopreempt
  interface {_mark(purpose)}
  virtual_router_id {int(ip_address(network.virtual_address)) % 256 or 1}
  priority {150 - 10 * endpoints.index(host)}
  advert_int {site.timer("address.advert"):g}
  unicast_src_ip {host.on(purpose)}
  unicast_peer {{
{others}  }}
  virtual_ipaddress {{
    {_whole(network.virtual_address)}
  }}
{_way_out(network, purpose)}  track_script {{
    balancer
  }}
}}
"""


def _whole(address: str) -> str:
    """The address alone, as a range of one."""
    return f"{address}/{ip_address(address).max_prefixlen}"


def _mark(purpose: Purpose) -> str:
    """What stands in the template for the interface on a purpose's network."""
    return f"@{'INTERFACE' if purpose is Purpose.MANAGEMENT else purpose.upper()}@"


def _way_out(network: Network, purpose: Purpose) -> str:
    """Answers must leave by the network that the question came from, and not by the host's own way out."""
    if not network.gateway:
        return ""
    by = f"dev {_mark(purpose)} table {TABLES[purpose]}"
    return (
        f"  virtual_routes {{\n    {network.cidr} {by}\n    default via {network.gateway} {by}\n  }}\n"
        f"  virtual_rules {{\n    from {_whole(network.virtual_address)} table {TABLES[purpose]}\n  }}\n"
    )


def _interface(address: str) -> str:
    """Finds an interface by the host's own address at each start: names differ from host to host."""
    return f'ip -o -{family(address)} address show to {address} | cut -d" " -f2 | head -n1'


def _files(here: Here) -> tuple[PutFile, ...]:
    purposes, host = _moving(here.site.cloud), here.host
    fill = "; ".join(f"s/{_mark(purpose)}/$({_interface(host.on(purpose))})/" for purpose in purposes)
    service = (
        "[Unit]\nConditionFileNotEmpty=\n"
        "[Service]\nRuntimeDirectory=keepalived\n"
        f"ExecStartPre=/bin/sh -c 'sed \"{fill}\" {TEMPLATE} > {CONFIG}'\n"
        f"ExecStart=\nExecStart=/usr/sbin/keepalived --dont-fork --use-file {CONFIG}\n"
        "Restart=always\nRestartSec=0.5\n"
        "NoNewPrivileges=yes\nProtectSystem=full\nProtectHome=yes\nPrivateTmp=yes\nProtectControlGroups=yes\n"
        "ProtectKernelModules=yes\nLockPersonality=yes\nRestrictNamespaces=yes\n"
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK AF_PACKET\n"
        # Addresses and advertisements; its script runs as another user, and is killed when it hangs.
        "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BROADCAST CAP_SETUID CAP_SETGID CAP_KILL\n"
    )
    return (
        PutFile(TEMPLATE, _config(here)),
        PutFile(SCRIPT, program("balancer_alive.sh"), mode=0o755),
        drop_in(UNIT, service),
    )


def _processes(here: Here) -> tuple[Process, ...]:
    return (
        Process(
            unit=UNIT,
            ha=Ha.SINGLE,
            ports=(Port(VRRP, Where.HOST, "who holds the address", Carrier.VRRP, (Caller.PEERS,)),),
            watches=(TEMPLATE, SCRIPT, f"/etc/systemd/system/{UNIT}.d/"),
            health=Question(
                "address",
                address_state,
                "the daemon runs and holds the address or stands by for it",
                {"addresses": list(here.site.cloud.addresses), "pid_file": "/run/keepalived.pid"},
            ),
        ),
    )


def _silent(t: Value) -> float:
    """Until the script has seen enough silences in a row."""
    return t("address.script_fall") * (t("address.script_interval") + t("address.script_timeout"))


def _holder_lost(strike: Strike, hop: Hop) -> bool:
    return "address" in hop.kinds and strike.whole_host and "address" in strike.landmarks


def _balancer(*effects: Effect) -> Callable[[Strike, Hop], bool]:
    return lambda strike, hop: (
        "address" in hop.kinds and "balancer" in strike.kinds and strike.effect in effects
    )


def _moves(strike: Strike, hop: Hop) -> bool:
    return _holder_lost(strike, hop) or _balancer(Effect.GONE, Effect.SILENT)(strike, hop)


def _holders(site: Site, scene: Scene) -> tuple[str, ...]:
    """The hosts that say they hold the address."""
    return tuple(name for name, holds in told(site, scene, "address", "holds").items() if holds)


COMPONENT = Component(
    name="keepalived",
    role="endpoint",
    summary="the address: VRRP version 3, follows the balancer's real health, never moves back by itself",
    needs=("balancer",),
    offers=(Offer("address", lambda site, _placed, _user: Endpoint((site.cloud.address,), 0)),),
    packages=("keepalived",),
    units=(UNIT,),
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
    mechanisms=(
        Mechanism(
            Phase.DETECT,
            "the others miss three advertisements",
            ("address.advert",),
            _holder_lost,
            lambda t: 3.2 * t("address.advert"),
            lambda t: 3.5 * t("address.advert"),
        ),
        Mechanism(
            Phase.DETECT,
            "the balancer stays silent twice",
            ("address.script_interval", "address.script_timeout", "address.script_fall"),
            _balancer(Effect.SILENT),
            lambda t: _silent(t) - t("address.script_interval") / 2,
            _silent,
        ),
        Mechanism(
            Phase.DETECT,
            "systemd starts it again, or two checks fail",
            ("address.script_interval", "address.script_fall"),
            _balancer(Effect.GONE),
            lambda t: 0.4,
            lambda t: (1 + t("address.script_fall")) * t("address.script_interval") + 0.5,
        ),
        Mechanism(
            Phase.MOVE,
            "the new holder announces the address",
            (),
            _moves,
            lambda t: 0.02,
            lambda t: 0.1,
        ),
    ),
    operations=(Operation("address", Way.HOLDER),),
    landmarks=(Landmark("address", "the address's holder", _holders, single=True),),
    matters="address",
    promises=(Promise("power-address", "address", 0.5), Promise("link-host", "address", 0.5)),
)

SERVICE = service("keepalived", COMPONENT)
