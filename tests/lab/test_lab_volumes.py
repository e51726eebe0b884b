"""A folder with a small disk of its own, on a real machine: it fills up, and no other disk does."""

from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest
from machines import one_network, traces
from plots import plot
from waiting import wait_until

from holdfast.faults.fill import FILL, MOST, NAME
from holdfast.lab import Lab
from holdfast.lab.volume import Volume

pytestmark = pytest.mark.lab

FOLDER, MEBIBYTES = "/var/lib/rows", 64


@pytest.fixture(scope="module")
def lab(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with plot() as ground:
        spec = one_network(ground.cloud, ground.cidr(), c1=ground.address(11))
        made = Lab(spec, tmp_path_factory.mktemp("lab-state"))
        made.up(image, print, (Volume(FOLDER, MEBIBYTES),))
        yield made
        made.down(wipe=True)
        wait_until(lambda: not traces(ground.cloud))


def on(lab: Lab, *words: str, stdin: str = "") -> "CompletedProcess[str]":
    argv = (*lab.shell_argv("c1"), *words)
    return run(argv, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def fill(lab: Lab, folder: str) -> "CompletedProcess[str]":
    return on(lab, "python3", "-I", "-", folder, NAME, str(MOST), stdin=FILL)


def test_a_full_volume_takes_nothing_more_until_there_is_room(lab: Lab) -> None:
    assert fill(lab, FOLDER).stderr == ""
    full = on(lab, "dd", "if=/dev/zero", f"of={FOLDER}/row", "bs=4096", "count=1")
    assert full.returncode and "No space left on device" in full.stderr
    assert on(lab, "dd", "if=/dev/zero", "of=/var/lib/beside", "bs=4096", "count=1").returncode == 0
    assert on(lab, "rm", f"{FOLDER}/{NAME}", f"{FOLDER}/row").returncode == 0
    assert on(lab, "sh", "-c", f"'echo kept > {FOLDER}/row && sync {FOLDER}/row'").returncode == 0


def test_what_is_on_a_volume_outlives_a_power_cut(lab: Lab) -> None:
    assert on(lab, "sh", "-c", f"'echo kept > {FOLDER}/row && sync {FOLDER}/row'").returncode == 0
    lab.power("c1", "cycle")
    wait_until(lambda: on(lab, "cat", f"{FOLDER}/row").stdout == "kept\n")


@pytest.mark.parametrize("folder", ["/", "/var/lib"])
def test_the_machines_own_disk_is_not_filled(lab: Lab, folder: str) -> None:
    done = fill(lab, folder)
    assert done.returncode == 1
    assert "none is filled" in done.stderr or "with other things" in done.stderr
    assert on(lab, "test", "-e", f"{folder}/{NAME}").returncode == 1
