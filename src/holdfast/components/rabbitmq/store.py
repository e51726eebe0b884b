"""Where the bus keeps its users, queues and bindings: Khepri, which decides by majority (ADR 0020).

Mnesia, the older store, ends in two halves for good after a cut that is about as long as `bus.net_ticktime`.
"""

from __future__ import annotations

from collections.abc import Iterable

from holdfast.components.questions.provision import store_in_use
from holdfast.model.parts import Once, When
from holdfast.model.question import Question

FLAG = "khepri_db"
RECONNECT_MS = 2000


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


def reconnecting(nodes: Iterable[str]) -> str:
    """Arguments that let a node look for these every two seconds; "" where there are none.

    On Khepri a broken connection is made anew by whoever has something to say, and two nodes of which neither
    leads anything have nothing: after a cut of 6 s such a pair stayed apart for 170 s, each of them reporting
    the other as down. On Mnesia the node looked for its peers itself. A process for each does it, so that
    none waits for another; a timer would end with the process that made it. No blanks: the start script
    splits there.
    """
    names = ",".join(f"'{node}'" for node in nodes)
    look = f"net_adm:ping(Node),timer:sleep({RECONNECT_MS})"
    loop = f"(fun(Loop)->Loop(Loop)end)(fun(Loop)->{look},Loop(Loop)end)"
    return f" -eval [spawn(fun()->{loop}end)||Node<-[{names}]]." if names else ""
