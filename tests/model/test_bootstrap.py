"""Who begins a cluster whose members have no positions: the first, and only where nobody can have data."""

from __future__ import annotations

from holdfast.model.bootstrap import first_of_all
from holdfast.model.observed import Answer, Observed

NAMES = ("alpha", "bravo", "charlie")
START = ("touch", "/run/first")


def hosts(**data: bool) -> dict[str, Observed]:
    return {n: Observed(n, answers={"data": Answer(True, "", {"data": has})}) for n, has in data.items()}


def test_the_first_begins_where_no_member_was_ever_made() -> None:
    found = first_of_all(hosts(alpha=False, bravo=False, charlie=False), NAMES, "data", START)
    assert found is not None and found.host == "alpha" and not found.refusal


def test_nobody_begins_where_one_has_data() -> None:
    assert first_of_all(hosts(alpha=False, bravo=True, charlie=False), NAMES, "data", START) is None
    assert first_of_all(hosts(charlie=True), NAMES, "data", START) is None


def test_nobody_begins_while_one_that_may_have_data_cannot_be_asked() -> None:
    found = first_of_all(hosts(alpha=False, bravo=False), NAMES, "data", START)
    assert found is not None and not found.actions and "charlie" in found.refusal
