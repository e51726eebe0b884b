"""The committed timing budget is the one that the catalogue gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.checks.budget import budgets
from holdfast.checks.sample import design
from holdfast.front.failover_page import BEGIN, END, failover_markdown, replaced

DOCUMENT = Path(__file__).parents[2] / "docs/failover.md"


def test_the_document_is_the_catalogue() -> None:
    page = DOCUMENT.read_text()
    assert page == replaced(page, failover_markdown()), (
        "write it anew: python -m holdfast.front.failover_page docs/failover.md"
    )


def test_every_fault_and_every_timer_is_there() -> None:
    text = failover_markdown()
    site = design(3).site
    for budget in budgets(site):
        assert f"| `{budget.fault}` | {budget.kind} |" in text
    for timer in (t for c in site.catalogue for t in c.timers):
        assert f"| `{timer.name}` |" in text and timer.why in text


def test_a_promise_that_cannot_be_kept_is_named_with_its_timer() -> None:
    kept = [b for b in budgets(design(3).site) if b.promised is not None and b.worst > b.promised + 1e-6]
    text = failover_markdown()
    for budget in kept:
        assert f"* `{budget.fault}`, {budget.kind}: {budget.promised:g} s promised" in text
        assert all(f"`{name}` = {value:g}" in text for name, value, _ in budget.cause.timers)


def test_only_what_stands_between_the_marks_changes() -> None:
    assert replaced(f"a\n{BEGIN}\nold\n{END}\nb\n", "new\n") == f"a\n{BEGIN}\nnew\n{END}\nb\n"
    with pytest.raises(ValueError, match="budget:begin"):
        replaced("a page without marks", "new\n")
