"""What the balancer's own log tells: who is in rotation."""

from __future__ import annotations

from holdfast.model.diary import Diary, Telltale

_SERVER = r"haproxy\[\d+\]: Server (?P<backend>[\w.-]+)/(?P<server>[\w.-]+) is "

DIARY = Diary(
    (
        Telltale(_SERVER + "(?:going )?DOWN", "takes {server} out of {backend}"),
        Telltale(_SERVER + "UP", "puts {server} into {backend}"),
        Telltale(
            r"haproxy\[\d+\]: backend (?P<backend>[\w.-]+) has no server available",
            "has nobody for {backend}",
        ),
    )
)
