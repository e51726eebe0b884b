"""Bad luck: what is killed at any moment is started again or cleaned away without a trace."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from machines import PACKAGES, Three, supervisor, traces
from waiting import wait_until

from holdfast.lab import Lab
from holdfast.lab.clean import clean_lab

pytestmark = pytest.mark.lab


def test_a_killed_supervisor_leaves_a_machine_that_is_off_and_up_boots_it(three: Three) -> None:
    three.ask("c1", "echo kept > /root/written; sync /root/written")
    os.kill(supervisor(three.spec.cloud, "c1"), signal.SIGKILL)
    wait_until(lambda: three.fresh().list()[0].power == "off")
    assert three.lab.list()[1].power == "on"
    three.up()
    assert three.ask("c1", "cat /root/written") == "kept"


def test_up_heals_a_lost_cable_and_a_lost_fabric(three: Three) -> None:
    cables = three.cables("c2")
    port, uplink = cables.port("management"), cables.fabric.uplink(cables.fabric.segments[0])
    subprocess.run(("ip", "-netns", cables.fabric.namespace, "link", "delete", port), check=True)
    three.up()
    subprocess.run(("ip", "link", "delete", uplink), check=True)
    three.up()
    assert three.ask("c3", "hostname") == "c3"


def test_up_killed_at_any_moment_is_finished_by_the_next(three: Three) -> None:
    program = (
        "from pathlib import Path, PosixPath; from holdfast.lab import *;"
        f"Lab({three.spec!r}, {three.state!r}).up({three.image!r}, print)"
    )
    for moment in (0.25, 0.4, 0.5, 0.6, 0.8, 1.2):
        clean_lab(three.spec.cloud, print)
        started = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
        time.sleep(moment)
        started.kill()
        started.wait()
        three.up()
        assert [state.power for state in three.lab.list()] == ["on", "on", "on"]


def test_another_key_boots_the_machines_again_with_it(three: Three, tmp_path: Path) -> None:
    moved = Lab(three.spec, tmp_path)
    moved.up(three.image, print)
    argv = (*moved.shell_argv("c1"), "true")
    assert subprocess.run(argv, check=False).returncode == 0
    assert three.run("c1", "true").returncode != 0
    three.up()


def test_down_keeps_disks_and_wipe_removes_them(three: Three) -> None:
    three.ask("c1", "echo kept > /root/written")
    three.lab.down(wipe=False)
    wait_until(lambda: not [trace for trace in traces(three.spec.cloud) if "/var/lib" not in trace])
    three.up()
    assert three.ask("c1", "cat /root/written") == "kept"
    three.lab.down(wipe=True)
    wait_until(lambda: traces(three.spec.cloud) == [])
    three.up()


def test_clean_after_kill_leaves_no_trace(three: Three) -> None:
    for host in ("c1", "c2"):
        os.kill(supervisor(three.spec.cloud, host), signal.SIGKILL)
    clean_lab(three.spec.cloud, print)
    wait_until(lambda: traces(three.spec.cloud) == [])
    clean_lab(three.spec.cloud, print)


def test_an_interrupted_image_build_leaves_nothing_that_is_taken_for_whole(
    image: Path, tmp_path: Path
) -> None:
    from holdfast.lab.image import remove_idle_partial

    program = (
        "from pathlib import Path; from holdfast.lab.image import build_image;"
        f"build_image({PACKAGES!r}, print, Path({str(tmp_path)!r}))"
    )
    started = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
    wait_until(lambda: any(tmp_path.glob("*.partial/debootstrap")))
    started.kill()
    started.wait()
    wait_until(lambda: not _using(tmp_path))
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    assert not [entry for entry in tmp_path.iterdir() if entry.is_dir() and entry.suffix != ".partial"]
    remove_idle_partial(tmp_path)
    assert not [entry for entry in tmp_path.iterdir() if entry.is_dir()]


def _using(folder: Path) -> list[str]:
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in command.read_bytes() and int(command.parent.name) != os.getpid():
                found.append(str(command))
        except OSError:
            continue
    return found
