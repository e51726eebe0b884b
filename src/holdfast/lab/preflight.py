"""What this machine lacks for a lab, each lack in one line with its cure."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from holdfast.lab.command import LabError, attempt
from holdfast.lab.image import free_bytes

TOOLS = (
    "cp", "debootstrap", "ip", "mount", "setpriv", "setsid", "ssh", "ssh-keygen", "systemd-nspawn", "umount",
    "unshare",
)  # fmt: skip
_ENOUGH_BYTES = 5 * 1024**3
_SETUP = "run tools/setup-host.sh"


@dataclass(frozen=True)
class Facts:
    """What a lab needs of a machine, as found; each flag was tried, not guessed."""

    root: bool
    missing_tools: tuple[str, ...]
    namespaces: bool
    links: bool
    overlay: bool
    cgroup2: bool
    free_bytes: int


def problems() -> tuple[str, ...]:
    """One line for each lack with its cure; empty when a lab can run here."""
    return judge(survey())


def judge(facts: Facts) -> tuple[str, ...]:
    """The lacks in these facts. Without root nothing else could be tried, so nothing else is said."""
    if not facts.root:
        return ("the lab needs root (machines, networks and mounts are made): run it with sudo",)
    lines = [f"{tool} is missing: {_SETUP}" for tool in facts.missing_tools]
    if not facts.namespaces:
        lines.append(
            "this machine allows no new mount, network and process namespaces: "
            "run on a virtual or real machine, or start the container with --privileged"
        )
    elif not facts.links:
        lines.append("the kernel has no bridge or veth: load the modules `bridge` and `veth`")
    if not facts.overlay:
        lines.append(
            "no overlay can be mounted under /var/lib: load the module `overlay`, "
            "or keep /var/lib on ext4 or xfs instead of another overlay"
        )
    if not facts.cgroup2:
        lines.append("the kernel has no cgroup2 with cgroup.kill: boot Linux 5.14 or newer")
    if facts.free_bytes < _ENOUGH_BYTES:
        lines.append(
            f"{facts.free_bytes / 1024**3:.1f} GiB are free under /var/cache and the lab needs "
            f"{_ENOUGH_BYTES / 1024**3:.0f}: free some space there"
        )
    return tuple(lines)


def survey() -> Facts:
    """Try what the lab will do, in namespaces that vanish with the trial."""
    root = os.geteuid() == 0
    return Facts(
        root=root,
        missing_tools=tuple(tool for tool in TOOLS if shutil.which(tool) is None),
        namespaces=root and _works("--mount", "--net", "--pid", "--fork", "true"),
        links=root
        and _works("--net", "sh", "-ec", "ip link add v0 type veth peer name v1; ip link add b0 type bridge"),
        overlay=root and _overlay_works(),
        cgroup2=root and _cgroup2_works(),
        free_bytes=free_bytes(),
    )


def _works(*words: str) -> bool:
    try:
        return attempt(("unshare", *words), timeout=20).returncode == 0
    except LabError:
        return False


def _overlay_works() -> bool:
    with tempfile.TemporaryDirectory(prefix=".holdfast-", dir="/var/lib") as folder:
        for name in ("lower", "upper", "work", "root"):
            (Path(folder) / name).mkdir()
        options = f"lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work,index=on"
        return _works("--mount", "mount", "-t", "overlay", "overlay", "-o", options, f"{folder}/root")


def _cgroup2_works() -> bool:
    with tempfile.TemporaryDirectory(prefix=".holdfast-") as folder:
        trial = f'mount -t cgroup2 cgroup2 "{folder}"; g="{folder}/holdfast-trial-$$"; mkdir "$g"; '
        return _works("--mount", "sh", "-ec", trial + 'test -e "$g/cgroup.kill"; rmdir "$g"')
