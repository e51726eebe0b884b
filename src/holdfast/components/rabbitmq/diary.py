"""What the bus's own log tells: who is in the cluster, and who pauses. It is a file, not the journal."""

from __future__ import annotations

from holdfast.model.diary import Diary, Telltale

_SAYS = r"\[\w+\] <[\d.]+> "

DIARY = Diary(
    (
        Telltale(_SAYS + r"rabbit on node '?rabbit@(?P<subject>[\w.-]+)'? down", "node {subject} left"),
        Telltale(_SAYS + r"rabbit on node '?rabbit@(?P<subject>[\w.-]+)'? up", "node {subject} joined"),
        Telltale(
            _SAYS + "queue '.*' in vhost '.*': candidate -> leader in term", "leads a queue from now on"
        ),
        Telltale(_SAYS + "Cluster minority/secondary status detected", "pauses: it is in the minority"),
        Telltale(_SAYS + ".*running_partitioned_network", "is partitioned from others"),
    ),
    files=("/var/log/rabbitmq/rabbit@{host}.log",),
)
