"""The ground every host stands on: names, kernel settings, cards, the CA, service users."""

from __future__ import annotations

from hashlib import sha256

from holdfast.components.host.cards import NETWORK_FILES, NETWORK_SETTINGS, files_to_go, network_files
from holdfast.components.questions.host import cards_are_set_up, kernel_settings
from holdfast.model.address import family
from holdfast.model.catalogue import Here, Site
from holdfast.model.component import Component, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import AUTHORITY_FILE, CA_FILE
from holdfast.model.plan import PutFile, Run
from holdfast.model.process import Ha, Process
from holdfast.model.question import Question
from holdfast.model.safeguard import Safeguard, always
from holdfast.model.service import service
from holdfast.model.timer import Timer

UNIT = "systemd-sysctl.service"
SYSCTL_FILE = "/etc/sysctl.d/60-holdfast.conf"
USERS_FILE = "/etc/sysusers.d/holdfast.conf"
JOURNAL_FILE = "/etc/systemd/journald.conf.d/holdfast.conf"
JOURNAL = "[Journal]\nSystemMaxUse=1G\nSystemKeepFree=2G\n"


def _settings(site: Site) -> dict[str, str]:
    families = sorted({family(address) for address in site.cloud.addresses})
    return {
        # Binding the address on the hosts that do not hold it (yet), so that a move needs no restart.
        **{f"net.ipv{number}.ip_nonlocal_bind": "1" for number in families},
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
    users, journal = (sha256(text.encode()).hexdigest() for text in (_users(here.site), JOURNAL))
    return (
        Run(("systemd-sysusers", USERS_FILE), mark="users", digest=users),
        Run(("systemctl", "restart", "systemd-journald.service"), mark="journal", digest=journal),
    )


def _files(here: Here) -> tuple[PutFile, ...]:
    return (*here.site.shared(_same_everywhere), *network_files(here.host))


def _same_everywhere(site: Site) -> tuple[PutFile, ...]:
    names = "".join(f"{h.address} {h.name}\n" for h in site.cloud.hosts)
    settings = "".join(f"{name} = {value}\n" for name, value in _settings(site).items())
    local = "127.0.0.1 localhost\n" + ("::1 localhost\n" if ":" in site.cloud.address else "")
    return (
        PutFile("/etc/hosts", f"{local}{names}{site.cloud.address} {site.cloud.name}\n"),
        PutFile(SYSCTL_FILE, settings),
        PutFile(USERS_FILE, _users(site)),
        PutFile(JOURNAL_FILE, JOURNAL),
        PutFile(CA_FILE, site.ca),
        PutFile(AUTHORITY_FILE, site.inside_ca),
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
        *_network(here),
    )


def _network(here: Here) -> tuple[Process, ...]:
    """The system's own network service, where Holdfast sets up any card."""
    managed = [card for card in here.host.cards if card.manage]
    if not managed:
        return ()
    wanted = [
        {"interface": c.device, "mac": c.mac, "address": c.address, "mtu": c.network.mtu} for c in managed
    ]
    health = Question(
        "cards", cards_are_set_up, "each managed card is up, with its address and MTU", {"wanted": wanted}
    )
    return (
        Process(
            unit="systemd-networkd.service",
            ha=Ha.WORKERS,
            lasting=False,
            watches=(NETWORK_FILES, NETWORK_SETTINGS),
            reloads=True,
            health=health,
        ),
    )


COMPONENT = Component(
    name="host",
    role=None,
    summary="names, kernel settings, managed cards, the CA and service users of every host",
    offers=(Offer("ground", lambda _site, placed, _user: Endpoint(placed.addresses, 0)),),
    always=True,
    ground=True,
    packages=("ca-certificates", "zstd"),
    processes=_processes,
    files=_files,
    absent=lambda here: files_to_go(here.host),
    setup=_setup,
    safeguards=(
        Safeguard(
            "disk-room",
            JOURNAL_FILE,
            "SystemKeepFree",
            always("2G"),
            "the oldest logs go before anything else lacks room",
        ),
    ),
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
