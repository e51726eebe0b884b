"""What the address's own log tells: who takes it and who gives it up."""

from __future__ import annotations

from holdfast.components.keepalived.text import NAMES
from holdfast.model.diary import Diary, Telltale
from holdfast.model.network import Purpose

_WORDS = {"MASTER": "takes {it}", "BACKUP": "stands by for {it}", "FAULT": "gives {it} up"}
_ADDRESSES = {Purpose.MANAGEMENT: "the address", Purpose.PUBLIC: "the public address"}

DIARY = Diary(
    (
        *(
            Telltale(
                rf"Keepalived_vrrp\[\d+\]: \({NAMES[purpose]}\) Entering {state} STATE", words.format(it=it)
            )
            for purpose, it in _ADDRESSES.items()
            for state, words in _WORDS.items()
        ),
        Telltale(
            r"Keepalived_vrrp\[\d+\]: VRRP_Script\(balancer\) (?:failed|timed out)",
            "finds its balancer silent",
        ),
    )
)
