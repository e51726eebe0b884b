"""Options of the whole suite; being here, this folder's own modules can be imported by every test."""

from __future__ import annotations

import pytest
from shuffle import shuffled


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden texts anew.")
    parser.addoption("--shuffle", metavar="SEED", help="Files, and the tests in each, in this seed's order.")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed = config.getoption("--shuffle")
    if seed is not None:
        items[:] = shuffled(items, seed)
