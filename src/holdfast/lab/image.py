"""The disk image of a lab host: a Debian tree, built once, kept under the hash of its recipe."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from holdfast.lab import recipe
from holdfast.lab.command import LabError, attempt, run
from holdfast.lab.mirror import Source, debian_sources, read_sources

CACHE = Path("/var/cache/holdfast/images")
_CA = Path("/etc/ssl/certs/ca-certificates.crt")
_LIMIT_S = 1800.0

Say = Callable[[str], None]


def image_path(packages: Sequence[str], cache: Path = CACHE) -> Path:
    """Where the image of these packages is, or will be; their order and repetition do not matter."""
    return cache / _digest(*recipe.BASE, *recipe.PACKAGES_STEPS, *sorted(set(packages)))


def base_path(cache: Path = CACHE) -> Path:
    """Where the layer below every image is: it costs most of the time and changes least."""
    return cache / f"base-{_digest(*recipe.BASE)}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def build_image(packages: Sequence[str], say: Say, cache: Path = CACHE) -> Path:
    """Return the image's root tree, building what is missing; LabError names the log of a failed build."""
    image = image_path(packages, cache)
    if image.is_dir():
        return image
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / ".lock", say):
        remove_partial(cache)
        base = base_path(cache)
        if not base.is_dir():
            _build(base, _base_script(), say)
        if not image.is_dir():
            _build(image, _packages_script(base, sorted(set(packages))), say)
    return image


@contextmanager
def _locked(path: Path, say: Say) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is building an image: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove_partial(cache: Path = CACHE) -> None:
    """Remove what an interrupted build left, its mounts first."""
    for partial in cache.glob("*.partial"):
        remove_tree(partial)


def remove_idle_partial(cache: Path = CACHE) -> None:
    """Remove what an interrupted build left, unless a build is running now."""
    if not cache.is_dir():
        return
    with (cache / ".lock").open("w") as lock, suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_partial(cache)


def remove_tree(tree: Path) -> None:
    """Remove a root tree; never through a mount point: this machine's /dev may be below it."""
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    below = [point for point in points if Path(point).is_relative_to(tree)]
    for point in sorted(below, key=len, reverse=True):
        attempt(("umount", "--lazy", point))
    argv = ("rm", "-rf", "--one-file-system", str(tree))
    for _ in range(5):  # a process killed a moment ago may still write its last file
        if attempt(argv, timeout=300).returncode == 0:
            return
        time.sleep(0.2)
    run(argv, timeout=300)


def _build(target: Path, script: str, say: Say) -> None:
    partial = target.with_name(target.name + ".partial")
    log = target.with_name(target.name + ".log")
    began = time.monotonic()
    partial.mkdir(mode=0o755)
    try:
        _run_script(script, partial, log, say)
        run(("sync", "--file-system", str(partial)), timeout=300)
        partial.rename(target)
    finally:
        if partial.exists():
            remove_tree(partial)
    say(f"image: {target.name} built in {time.monotonic() - began:.0f} s")


def _run_script(script: str, root: Path, log: Path, say: Say) -> None:
    # The namespaces take every mount and every process of the build with them, however this process ends.
    argv = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL",
            "--mount-proc", "sh", "-eu", "-c", script, "build", str(root))  # fmt: skip
    environment = {**os.environ, **recipe.ENVIRONMENT}
    with log.open("w") as written:
        build = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", env=environment,
        )  # fmt: skip
        late = threading.Timer(_LIMIT_S, build.kill)
        late.start()
        try:
            _relay(build.stdout or (), written.write, say)
            build.wait()
        finally:
            build.kill()
            build.wait()
            late.cancel()
    if build.returncode != 0:
        tail = " / ".join(log.read_text().strip().splitlines()[-3:])
        raise LabError(
            f"building the lab image {root.stem} failed ({build.returncode}, limit {_LIMIT_S:g} s): {tail}. "
            f"The log is {log}; check that the mirror in this machine's apt sources answers, then try again"
        )


def _relay(lines: Iterable[str], keep: Callable[[str], int], say: Say) -> None:
    said = 0.0
    for line in lines:
        keep(line)
        now = time.monotonic()
        if line.startswith("## "):
            say(f"image: {line[3:].strip()}")
        elif line.startswith(("I: ", "Setting up ", "Unpacking ", "Get:")) and now - said > 1:
            say(f"image: {line.removeprefix('I: ').strip()[:100]}")
            said = now


def _sources() -> tuple[Source, ...]:
    return debian_sources(read_sources(), recipe.SUITE)


def _base_script() -> str:
    sources = _sources()
    include = ",".join(recipe.BASE_PACKAGES)
    return recipe.base_script(sources[0].uri, include)


def _packages_script(base: Path, packages: Sequence[str]) -> str:
    listed = "\n".join(f"deb {s.uri} {s.suite} {' '.join(s.components)}" for s in _sources())
    return recipe.packages_script(str(base), listed, apt_settings(), packages, str(_CA))


def apt_settings() -> str:
    """This machine's own apt settings for fetching (proxies, certificates, dates)."""
    dump = run(("apt-config", "dump", "Acquire")).splitlines()
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries", "Acquire::ForceIPv")
    kept = [line for line in dump if line.startswith(wanted) and not line.endswith('"";')]
    if _CA.is_file() and not any("::CAInfo" in line for line in kept):
        kept.append('Acquire::https::CAInfo "/run/holdfast-ca.crt";')
    return "\n".join(kept)


def free_bytes(cache: Path = CACHE) -> int:
    """Bytes free where images are kept."""
    existing = next(folder for folder in (cache, *cache.parents) if folder.exists())
    return shutil.disk_usage(existing).free
