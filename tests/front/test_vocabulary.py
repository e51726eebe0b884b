"""What a cloud file may promise is what drills strike and clients do."""

from __future__ import annotations

import pytest

from holdfast.front.project import vocabulary
from holdfast.front.starter import starter
from holdfast.model.cloud import Promise
from holdfast.model.cloudfile.errors import CloudFileErrors
from holdfast.model.cloudfile.reader import parse


def promising(fault: str, kind: str) -> tuple[Promise, ...]:
    return parse(f"{starter(3)}\npromises: {{{fault}: {{{kind}: 2.5}}}}\n", vocabulary()).promises


@pytest.mark.parametrize("fault", ["kill-chrony", "power-writer", "link-host", "refuse-keystone"])
@pytest.mark.parametrize("kind", ["identity", "identity.issue", "identity.validate", "database.write"])
def test_what_drills_know_can_be_promised(fault: str, kind: str) -> None:
    assert promising(fault, kind) == (Promise(fault, kind, 2.5),)


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        ("kill-nonsense", "identity", "unknown fault 'kill-nonsense'"),
        ("refuse-chrony", "identity", "unknown fault 'refuse-chrony'"),
        ("kill-chrony", "identity.nonsense", "unknown class of operation 'identity.nonsense'"),
        ("kill-chrony", "issue", "unknown class of operation 'issue'"),
    ],
)
def test_what_no_drill_knows_is_refused(fault: str, kind: str, said: str) -> None:
    with pytest.raises(CloudFileErrors) as caught:
        promising(fault, kind)
    assert said in str(caught.value)
