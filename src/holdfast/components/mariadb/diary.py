"""What the database's own log tells: who is a member, and who is suspected."""

from __future__ import annotations

from holdfast.model.diary import Diary, Telltale

_SAYS = r"mariadbd\[\d+\]: .*WSREP: "

DIARY = Diary(
    (
        Telltale(_SAYS + r"evs::proto\(.*\) suspecting node: ", "suspects a silent member"),
        Telltale(
            _SAYS + r"forgetting \S+ \(\w+://\[?(?P<subject>[0-9A-Fa-f.:]+?)\]?:\d+\)",
            "member {subject} left",
        ),
        Telltale(
            _SAYS + r"New COMPONENT: primary = yes, .*memb_num = (?P<members>\d+)",
            "sees {members} members",
        ),
        Telltale(
            _SAYS + r"New COMPONENT: primary = no, .*memb_num = (?P<members>\d+)",
            "has no majority: {members} in sight",
        ),
        Telltale(
            _SAYS + r"Member \d+\.\d+ \((?P<subject>[^)]+)\) synced with group",
            "member {subject} is back, synced",
        ),
    )
)
