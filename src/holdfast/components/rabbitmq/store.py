"""Where the bus keeps its users, queues and bindings: Khepri, which decides by majority (ADR 0022).

Mnesia, the older store, ends in two halves for good after a cut that is about as long as `bus.net_ticktime`.
"""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.components.programs import program
from holdfast.components.questions.provision import store_in_use
from holdfast.model.address import numbers
from holdfast.model.cloud import Host
from holdfast.model.parts import Once, When
from holdfast.model.plan import PutFile
from holdfast.model.question import Question

FLAG = "khepri_db"
PEERS = "/usr/libexec/holdfast/bus_peers.erl"
# The start script splits at blanks, so a file has what is to be evaluated.
FIND_PEERS = f"-eval file:eval('{PEERS}')."


def by_majority(management_port: int, user: str, password_file: str) -> Once:
    """The switch from Mnesia, where a node starts with that; there is no way back.

    Not by the list of flags for a first start: this version takes that for the whole list, so it would name
    every other flag as well, and a node that comes later is given the cluster's store in any case.
    """
    return Once(
        id="store",
        when=When.AFTER_START,
        why="no cut of the network leaves its users and queues in two halves",
        argv=("rabbitmqctl", "enable_feature_flag", "--experimental", FLAG),
        digest=FLAG,
        holds=Question(
            "bus-store",
            store_in_use,
            "the bus's own data is in a store that decides by majority",
            {"port": management_port, "user": user, "password_file": password_file, "flag": FLAG},
        ),
        by_all=True,
    )


def peers(others: Iterable[Host], port: int) -> PutFile:
    """What a node does to find the others again: they serve clients on that port."""
    places = [(host.name, ", ".join(map(str, numbers(host.address)))) for host in others]
    known = ", ".join([f"{{'rabbit@{name}', {{{place}}}}}" for name, place in places])
    return PutFile(PEERS, f"Port = {port}.\nPeers = [{known}].\n{program('bus_peers.erl')}")
