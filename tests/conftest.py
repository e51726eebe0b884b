"""Options of the whole suite; being here, this folder's own modules can be imported by every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from shuffle import shuffled

TERMINAL = ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TERM", "LINES")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden texts anew.")
    parser.addoption("--shuffle", metavar="SEED", help="Files, and the tests in each, in this seed's order.")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed = config.getoption("--shuffle")
    if seed is not None:
        items[:] = shuffled(items, seed)


@pytest.fixture(autouse=True, scope="session")
def terminal() -> Iterator[None]:
    """The caller's terminal is none of the tests' business: they are told a width, and no colours."""
    with pytest.MonkeyPatch.context() as patch:
        for name in TERMINAL:
            patch.delenv(name, raising=False)
        patch.setenv("COLUMNS", "120")
        yield
