"""Builds one OpenStack series, from its committed lock, into one archive that every host unpacks."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from hashlib import file_digest, sha256
from importlib import resources
from pathlib import Path

from holdfast.model.errors import Wanting
from holdfast.model.release import PYTHON, Release

PLATFORM = "x86_64-manylinux_2_40"
FROM_SOURCE = ("ovs", "simplegeneric")
"""Packages that are published as source alone: pure Python, built alike on any machine."""
LAYOUT = "1"  # counted up when the archive's own arrangement changes


class BuildFailed(Wanting):
    """The archive could not be built; the text holds the tool's last words."""


def known_series() -> tuple[str, ...]:
    """The series whose locks come with Holdfast, oldest first."""
    names = (entry.name for entry in resources.files("holdfast.releases").iterdir())
    return tuple(sorted(name.removesuffix(".txt") for name in names if name.endswith(".txt")))


def release_of(series: str, cache: Path) -> Release:
    """The release that a series' lock stands for; its archive may not have been built yet."""
    lock = resources.files("holdfast.releases").joinpath(f"{series}.txt").read_text()
    digest = sha256(f"{LAYOUT} {PYTHON} {PLATFORM}\n{lock}".encode()).hexdigest()[:12]
    return Release(series, digest, str(cache / "releases" / f"{series}-{digest}.tar.zst"))


def build_release(series: str, cache: Path, image: Path | None, say: Callable[[str], None]) -> Release:
    """Builds the archive unless it is in the cache, as it was when it was built.

    `image` is a root tree of the hosts' distribution: its Python compiles the bytecode once, here.
    Without one the hosts compile it themselves, which costs each of them half a minute.
    Raises BuildFailed.
    """
    release = release_of(series, cache)
    archive = Path(release.archive)
    if archive.exists():
        if fault := _damage(archive):
            say(f"{archive} {fault}: it is built anew")
        else:
            return release
    archive.parent.mkdir(parents=True, exist_ok=True)
    tree = archive.with_name(f"{archive.name}.{os.getpid()}.partial")
    try:
        say(f"installing OpenStack {series} from its lock")
        _install(series, tree)
        if image is not None:
            say("compiling its bytecode")
            _compile(tree, image, release.path)
        say("packing it")
        _pack(tree, archive)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
    return release


def _install(series: str, tree: Path) -> None:
    """A virtual environment made by hand, because the hosts' Python need not be on this machine."""
    (tree / "bin").mkdir(parents=True)
    (tree / "bin/python3").symlink_to("/usr/bin/python3")
    config = f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {PYTHON}\n"
    (tree / "pyvenv.cfg").write_text(config)
    with resources.as_file(resources.files("holdfast.releases").joinpath(f"{series}.txt")) as lock:
        _call(
            (
                _uv(),
                "pip",
                "install",
                "--quiet",
                "--target",
                str(tree / f"lib/python{PYTHON}/site-packages"),
                "--python-version",
                PYTHON,
                "--python-platform",
                PLATFORM,
                "--only-binary",
                ":all:",
                *(word for name in FROM_SOURCE for word in ("--no-binary", name)),
                "--build-constraints",
                str(lock),
                "--require-hashes",
                "--requirements",
                str(lock),
            )
        )


def _compile(tree: Path, image: Path, path: str) -> None:
    """Runs the image's Python over the tree in a mount namespace of its own, which ends with it."""
    compiler = f"/usr/bin/python3 -m compileall -q -j 0 -s /mnt -p {path} /mnt/lib"
    script = f'mount --bind "$1" "$2/mnt" && exec chroot "$2" {compiler}'
    # 1 is compileall's word for a file that is no Python of this version: tests of old syntax, say.
    _call(("unshare", "--mount", "sh", "-c", script, "sh", str(tree), str(image)), tolerate=(1,))


def _damage(archive: Path) -> str:
    """What is wrong with an archive, by the digest written down when it was built; "" for nothing."""
    if not archive.is_file():
        return "is no file"
    try:
        written = _digest_file(archive).read_text(encoding="ascii").strip()
        with archive.open("rb") as file:
            return "" if file_digest(file, "sha256").hexdigest() == written else "is damaged"
    except (OSError, ValueError):
        return "has no digest that can be read beside it"


def _digest_file(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.sha256")


def _pack(tree: Path, archive: Path) -> None:
    """The digest is there first, so that a crash leaves an archive that is found damaged."""
    partial = archive.with_name(f"{archive.name}.{os.getpid()}.tar")
    try:
        _tar(tree, partial)
        with partial.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        _digest_file(archive).write_text(f"{digest}\n", encoding="ascii")
        partial.replace(archive)
    finally:
        partial.unlink(missing_ok=True)


def _tar(tree: Path, archive: Path) -> None:
    _call(
        (
            "tar",
            "--create",
            "--file",
            str(archive),
            "--use-compress-program=zstd -3 -T0",
            "--owner=root:0",
            "--group=root:0",
            "--directory",
            str(tree),
            ".",
        )
    )


def _uv() -> str:
    from uv import find_uv_bin

    return find_uv_bin()


def _call(argv: tuple[str, ...], tolerate: tuple[int, ...] = ()) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode not in (0, *tolerate):
        raise BuildFailed(
            f"{argv[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:].strip()}"
        )
