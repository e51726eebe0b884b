"""A host's switch and its controller: they do what the southbound database says, and lead to the outside."""

from __future__ import annotations

import json
from ipaddress import ip_network

from holdfast.components.ovn.failover import TIMERS
from holdfast.components.ovn.raft import remotes
from holdfast.components.programs import program
from holdfast.components.questions.ovn import controller_connected, switch_database_answers, switch_is_set_up
from holdfast.model.catalogue import Here
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import drop_in, pair_files
from holdfast.model.network import Card, Purpose
from holdfast.model.plan import PutFile
from holdfast.model.process import Caller, Carrier, Ha, Port, Process, Where
from holdfast.model.question import Question

DATABASE, SWITCH, CONTROLLER = "ovsdb-server.service", "ovs-vswitchd.service", "ovn-controller.service"
GATEWAYS = "network"
"""The role of the hosts by which virtual networks reach the outside."""
FOLDER, RUN = "/etc/openvswitch/holdfast", "/run/ovn-controller"
WANTED, PROGRAM = "/etc/holdfast/switch.json", "/usr/libexec/holdfast/ovn_switch.py"
SYSTEM_ID, OPTIONS = "/etc/openvswitch/system-id.conf", "/etc/default/ovn-host"
TUNNELS = Port(
    6081,
    Where.HOST,
    "tunnels",
    Carrier.UDP,
    callers=(Caller.PEERS,),
    # The kernel's own socket: no process has it.
    held_by=("an unknown process",),
)
INSTALL = "\n[Install]\nWantedBy=multi-user.target\n"


def own_card(here: Here, purpose: Purpose) -> Card | None:
    """The host's card on a network that is another than the one for management."""
    card = here.host.card(purpose)
    return None if card is None or Purpose.MANAGEMENT in card.network.purposes else card


def _known(card: Card) -> dict[str, str | int]:
    prefix = ip_network(card.network.cidr).prefixlen if card.network.cidr else 0
    return {
        "interface": card.device,
        "mac": card.mac,
        "address": card.address,
        "prefix": prefix,
        "mtu": card.network.mtu,
    }


def _wanted(here: Here) -> str:
    """What the switch is to be: its name in OVN, where its orders come from, which cards are its own."""
    tunnels, outside = own_card(here, Purpose.TENANT), own_card(here, Purpose.PROVIDER)
    wanted = {
        "name": here.host.name,
        "southbound": remotes(here.offer("southbound")),
        "tunnel_address": here.host.on(Purpose.TENANT),
        "peers": len(here.placed.hosts) - 1,
        "tunnels": _known(tunnels) if tunnels else None,
        "outside": {"network": outside.network.name, **_known(outside)} if outside else None,
        "gateway": GATEWAYS in here.host.roles and outside is not None,
    }
    return json.dumps(wanted, indent=2) + "\n"


def _files(here: Here) -> tuple[PutFile, ...]:
    run = f"/usr/bin/python3 -I {PROGRAM}"
    again = "[Service]\nRestart=always\nRestartSec=0.5\n"
    # A switch begins with none of the addresses that its ports had: they are given after each start of it.
    reload = f"ExecReload=\nExecReload={run} set-up\n"
    switch = f"{again}ExecStartPre={run} prepare\nExecStartPost={run} set-up\n{reload}"
    # A restart leaves flows, and the host's place in the southbound database, as they are.
    stop = "/usr/share/ovn/scripts/ovn-ctl stop_controller --no-monitor --restart"
    controller = (
        f"{again}Environment=OVN_RUNDIR={RUN}\nRuntimeDirectory={RUN.removeprefix('/run/')}\n"
        f"PIDFile={RUN}/ovn-controller.pid\nExecStop=\nExecStop={stop}\n"
    )
    options = " ".join(
        f"--ovn-controller-ssl-{word}={FOLDER}/{file}.pem"
        for word, file in (("key", "key"), ("cert", "cert"), ("ca-cert", "ca"))
    )
    return (
        *pair_files(here, FOLDER, "root"),
        PutFile(SYSTEM_ID, f"{here.host.name}\n"),
        PutFile(OPTIONS, f'OVN_CTL_OPTS="{options}"\n'),
        PutFile(WANTED, _wanted(here)),
        PutFile(PROGRAM, program("ovn_switch.py")),
        drop_in(DATABASE, f"{again}{INSTALL}"),
        drop_in(SWITCH, f"{switch}{INSTALL}"),
        drop_in(CONTROLLER, f"{controller}{INSTALL}"),
    )


def _processes(_here: Here) -> tuple[Process, ...]:
    def lines(unit: str) -> str:
        return f"/etc/systemd/system/{unit}.d/"

    set_up = "it runs, with the bridges, cards and names that it should have"
    answers = "the host's own switch database answers"
    connected = "it is connected to the southbound database"
    return (
        Process(
            unit=DATABASE,
            ha=Ha.BALANCED,
            watches=(SYSTEM_ID, lines(DATABASE)),
            health=Question("ovsdb-server", switch_database_answers, answers),
        ),
        Process(
            unit=SWITCH,
            ha=Ha.BALANCED,
            ports=(TUNNELS,),
            watches=(WANTED, PROGRAM, lines(SWITCH)),
            reloads=True,
            health=Question("ovs-vswitchd", switch_is_set_up, set_up, {"program": PROGRAM}, deadline=10),
        ),
        Process(
            unit=CONTROLLER,
            ha=Ha.BALANCED,
            watches=(FOLDER, OPTIONS, lines(CONTROLLER)),
            health=Question("ovn-controller", controller_connected, connected, {"run_folder": RUN}),
        ),
    )


CHASSIS = Component(
    name="ovn-chassis",
    role=GATEWAYS,
    also=("compute",),
    summary="OVN: a host's switch and its controller, and the way to the outside where it is a gateway",
    needs=("southbound", "logical-flows"),
    offers=(Offer("virtual-switch", lambda _site, placed, _user: Endpoint(placed.addresses, 0)),),
    packages=("openvswitch-switch", "ovn-host"),
    units=(SWITCH, CONTROLLER, DATABASE),
    processes=_processes,
    files=_files,
    timers=TIMERS,
)
