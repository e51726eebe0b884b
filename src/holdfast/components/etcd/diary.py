"""What coordination's own log tells: who leads, and who hears no leader."""

from __future__ import annotations

from holdfast.model.diary import Diary, Telltale

_SAYS = r'etcd\[\d+\]: .*"msg":"[0-9a-f]+ '

DIARY = Diary(
    (
        Telltale(_SAYS + r"became leader at term \d+", "leads from now on"),
        Telltale(_SAYS + r"lost leader [0-9a-f]+ at term \d+", "hears no leader"),
    )
)
