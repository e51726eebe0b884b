"""The thirty-first service is put beside the real ones, and taken away again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from clouds import site_of
from lighthouse import FOLDER, TEXT
from three_hosts import NOW, certificate

from holdfast import components
from holdfast.checks import Design
from holdfast.front.project import vocabulary
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Cloud
from holdfast.model.cloudfile.reader import parse
from holdfast.model.pair import Pair
from holdfast.model.secret import Secret


def _forget_the_catalogue() -> None:
    components.services.cache_clear()
    components.catalogue.cache_clear()


@pytest.fixture(autouse=True)
def _beside_the_others(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One more folder to find services in: nothing else is told of it."""
    monkeypatch.setattr(components, "__path__", [*components.__path__, str(FOLDER)])
    _forget_the_catalogue()
    yield
    for name in [name for name in sys.modules if name.startswith("holdfast.components.lantern")]:
        del sys.modules[name]
    del components.lantern  # type: ignore[attr-defined]
    monkeypatch.undo()
    _forget_the_catalogue()


@pytest.fixture
def cloud() -> Cloud:
    """Three controllers, and two hosts of the made-up role."""
    return parse(TEXT, vocabulary())


@pytest.fixture
def site(cloud: Cloud) -> Site:
    """That cloud, with certificates that can be read."""
    pair = Pair(certificate(300), Secret("key"))
    pairs = {host.name: pair for host in cloud.hosts}
    return replace(site_of(cloud), ca=certificate(900), address_pair=pair, host_pairs=pairs)


@pytest.fixture
def design(site: Site) -> Design:
    """The site as rules see it."""
    return Design(site, NOW)
