"""Three machines on ground of their own: one lab a module, whole again before each of its tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from machines import PACKAGES, Three, one_network
from plots import plot

from holdfast.lab import Lab, build_image, problems


@pytest.fixture(scope="session")
def image() -> Path:
    lacks = problems()
    if lacks:
        pytest.skip("; ".join(lacks))
    return build_image(PACKAGES, print)


@pytest.fixture(scope="module")
def machines(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Three]:
    state = tmp_path_factory.mktemp("lab-state")
    with plot() as ground:
        addresses = {f"c{number}": ground.address(10 + number) for number in (1, 2, 3)}
        spec = one_network(ground.cloud, ground.cidr(), **addresses)
        yield Three(ground, Lab(spec, state), spec, state, image)


@pytest.fixture
def three(machines: Three) -> Three:
    """Whatever the test before did or left undone: all three are on, plugged, and answer."""
    machines.up()
    return machines
