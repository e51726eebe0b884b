"""Keepalived's configuration, its unit, and that of the program that ends a second holder."""

from __future__ import annotations

from ipaddress import ip_address

from holdfast.components.programs import program
from holdfast.model.address import family
from holdfast.model.catalogue import Here
from holdfast.model.cloud import Cloud
from holdfast.model.material import SANDBOX, drop_in
from holdfast.model.network import Network, Purpose
from holdfast.model.plan import PutFile

UNIT, GUARD = "keepalived.service", "holdfast-one-holder.service"
TEMPLATE = "/etc/keepalived/keepalived.conf.in"
CONFIG = "/run/keepalived/keepalived.conf"
SCRIPT = "/usr/libexec/holdfast/balancer_alive.sh"
END_SILENT = "/usr/libexec/holdfast/end_silent.sh"
LET_GO = "/usr/libexec/holdfast/let_go.sh"
ONE_HOLDER = "/usr/libexec/holdfast/one_holder.py"
SCRIPT_USER = "keepalived_script"
GUARD_USER = "holdfast-holder"
PID_FILE = "/run/keepalived.pid"
SIGN = "/run/holdfast-one-holder/listens"
NAMES = {Purpose.MANAGEMENT: "address", Purpose.PUBLIC: "public"}
PRIORITIES = range(150, 0, -10)
"""What each host bids for an address, in the file's order; the protocol keeps 0 for who gives it up."""
TABLES = {Purpose.MANAGEMENT: 7100, Purpose.PUBLIC: 7101}
"""The routes of what answers from an address; no other software's tables."""


def _config(here: Here) -> str:
    site = here.site
    return f"""global_defs {{
  router_id {here.host.name}
  vrrp_version 3
  enable_script_security
  script_user {SCRIPT_USER}
  # After a healed split the neighbours' ARP tables may name the wrong host until told again.
  vrrp_garp_master_delay {site.timer("address.announce"):g}
  vrrp_garp_master_refresh {site.timer("address.announce"):g}
  vrrp_garp_master_refresh_repeat 1
}}

vrrp_script balancer {{
  script "{SCRIPT} {_asked(here)}"
  interval {site.timer("address.script_interval"):g}
  timeout 1
  fall {round(site.timer("address.script_fall"))}
  rise 2
}}

{"".join(_instance(here, purpose) for purpose in moving(site.cloud))}"""


def _asked(here: Here) -> str:
    """How long to wait for the balancer's answer, and where to ask."""
    alive = here.offer("balancer")
    return f"{here.site.timer('address.script_timeout'):g} {alive.port} {alive.name}"


def moving(cloud: Cloud) -> tuple[Purpose, ...]:
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
  priority {PRIORITIES[endpoints.index(host)]}
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
  notify_fault "{END_SILENT} {_asked(here)} {site.offering("balancer").component.units[0]}" root
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


def files(here: Here) -> tuple[PutFile, ...]:
    """Whatever this host needs to hold an address, and to let it go."""
    purposes, host = moving(here.site.cloud), here.host
    fill = "; ".join(f"s/{_mark(purpose)}/$({_interface(host.on(purpose))})/" for purpose in purposes)
    service = (
        "[Unit]\nConditionFileNotEmpty=\n"
        "[Service]\nRuntimeDirectory=keepalived\n"
        f"ExecStartPre=/bin/sh -c 'sed \"{fill}\" {TEMPLATE} > {CONFIG}'\n"
        f"ExecStart=\nExecStart=/usr/sbin/keepalived --dont-fork --use-file {CONFIG}\n"
        # One that was killed left its addresses behind.
        f"ExecStopPost=-{LET_GO} {' '.join(here.site.cloud.addresses)}\n"
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
        PutFile(END_SILENT, program("end_silent.sh"), mode=0o755),
        PutFile(LET_GO, program("let_go.sh"), mode=0o755),
        drop_in(UNIT, service),
        *_guard(here),
    )


def _guard(here: Here) -> tuple[PutFile, ...]:
    """The program that ends a second holder, and its unit."""
    cloud, patience = here.site.cloud, here.site.timer("address.patience")
    held = " ".join(f"{here.host.on(p)}={cloud.network(p).virtual_address}" for p in moving(cloud))
    unit = f"""[Unit]
Description=Lets the address go where a peer has it, too
After=network.target
# The card may have its address later than this begins.
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/bin/python3 -I {ONE_HOLDER} {PID_FILE} {SIGN} {patience:g} {held}
User={GUARD_USER}
RuntimeDirectory=holdfast-one-holder
Restart=always
RestartSec=0.5
# It hears advertisements, and ends a Keepalived that hears none.
AmbientCapabilities=CAP_NET_RAW CAP_KILL
CapabilityBoundingSet=CAP_NET_RAW CAP_KILL
{SANDBOX}LockPersonality=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_INET AF_INET6

[Install]
WantedBy=multi-user.target
"""
    return (PutFile(ONE_HOLDER, program("one_holder.py")), PutFile(f"/etc/systemd/system/{GUARD}", unit))
