"""Options of the whole suite; being here, this folder's own modules can be imported by every test."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden texts anew.")
