"""What the balancer's own log tells: who is in rotation."""

from __future__ import annotations

from holdfast.model.diary import Diary, Telltale

_SERVER = r"haproxy\[\d+\]: Server (?P<frontend>[\w.-]+)/(?P<subject>[\w.-]+) is "

DIARY = Diary(
    (
        Telltale(_SERVER + "(?:going )?DOWN", "takes {subject} out of {frontend}"),
        Telltale(_SERVER + "UP", "puts {subject} into {frontend}"),
        Telltale(
            r"haproxy\[\d+\]: backend (?P<frontend>[\w.-]+) has no server available",
            "has nobody for {frontend}",
        ),
    )
)
