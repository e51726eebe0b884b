"""One lab host: a machine booted by systemd-nspawn in its own control group and namespaces."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from holdfast.lab import group
from holdfast.lab.cables import Cables
from holdfast.lab.command import LabError, run
from holdfast.lab.disk import Disk

# The overlay and the control-group tree are mounted in a mount namespace that only the machine's processes
# hold: when they die, however they die, no mount is left. /run/systemd is covered so nspawn leaves nothing.
_BOOT = """
set -eu
mkdir -p /run/systemd
mount -t tmpfs -o mode=755 tmpfs /run/systemd
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo $$ > "/sys/fs/cgroup/$group/cgroup.procs"
tries=0
until mount -t overlay overlay -o "$options" "$root"; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || exit 1
  sleep 0.1
done
for volume in "$volumes"/*/; do
  [ ! -e "$volume/disk" ] || mount -o loop "$volume/disk" "$volume/mount"
done
exec systemd-nspawn "$@"
"""

# A machine has its own network settings and no others of this kernel's.
_API_WRITABLE = {"SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network", "SYSTEMD_NSPAWN_LOCK": "0"}

# No lab host can set this machine's clock, nor load modules into its kernel. CAP_SYS_TIME itself stays, since
# units ask for it (ConditionCapability); the calls behind it are refused with EPERM.
_CLOCK_CALLS = "~adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday stime"


@dataclass(frozen=True)
class Machine:
    """A host of a lab; its state is its control group, its disk and its cables: nothing is in memory.

    A BMC per host would live beside this class: it needs `power_off`, `power_on` and `is_on` alone.
    """

    cables: Cables
    disk: Disk

    @property
    def name(self) -> str:
        """The host's name."""
        return self.cables.host

    @property
    def group(self) -> Path:
        """The machine's control group: every process of it, and no other, is in here."""
        return group.path(self.cables.fabric.cloud, self.name)

    def is_on(self) -> bool:
        """Whether the machine runs: its supervisor and the machine's own processes."""
        return group.is_populated(self.group / "supervisor") and group.is_populated(self.group / "payload")

    def uptime(self) -> float | None:
        """Seconds since the supervisor began, or None when the machine is off."""
        for pid in group.processes(self.group / "supervisor"):
            with contextlib.suppress(OSError):
                ticks = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])
                return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
        return None

    def power_on(self) -> None:
        """Boot, unless it runs; returns once the machine's first process lives, before SSH answers."""
        with self._locked():
            if self.is_on():
                return
            self._cut()
            self.cables.plug()
            networks = (card.network for card in self.cables.cards)
            self.cables.set_links([name for name in networks if not self._pulled(name).exists()], up=True)
            self._start()

    def _start(self) -> None:
        self.group.mkdir(parents=True, exist_ok=True)
        self.disk.console.unlink(missing_ok=True)
        given = {
            "options": self.disk.mount_options(),
            "root": str(self.disk.root),
            "volumes": str(self.disk.shelf.home),
            "group": str(self.group.relative_to(group.tree())),
        }
        # Standard input must be open, or nspawn's barrier gets descriptor 0, loses it, and hangs at times.
        argv = ("setsid", "--fork", "sh", "-c", 'exec >"$console" 2>&1 </dev/null; exec "$@"', "boot",
                "unshare", "--mount", "--propagation", "slave",
                "sh", "-c", _BOOT, "boot", *self._nspawn())  # fmt: skip
        environment = {"PATH": os.environ.get("PATH", os.defpath), "console": str(self.disk.console)}
        run(("env", "-i", *(f"{k}={v}" for k, v in {**environment, **given, **_API_WRITABLE}.items()), *argv))
        self._wait_started()

    def _nspawn(self) -> tuple[str, ...]:
        tun = ("--bind=/dev/net/tun",) if Path("/dev/net/tun").exists() else ()
        volumes = (f"--bind={bind}" for bind in self.disk.shelf.binds())
        return (
            "--boot", "--quiet", "--register=no", "--keep-unit", "--settings=no", "--link-journal=no",
            "--resolv-conf=off", "--timezone=off", "--console=read-only", "--kill-signal=SIGRTMIN+3",
            "--rlimit=NOFILE=1024:524288",
            f"--directory={self.disk.root}", f"--machine={self.name}", f"--hostname={self.name}",
            f"--network-namespace-path=/run/netns/{self.cables.namespace}",
            "--capability=all", "--drop-capability=CAP_SYS_MODULE",
            f"--system-call-filter={_CLOCK_CALLS}", *tun, *volumes,
        )  # fmt: skip

    def _wait_started(self, deadline_s: float = 20.0) -> None:
        until = time.monotonic() + deadline_s
        while not self.is_on():
            if time.monotonic() > until:
                raise LabError(f"lab host {self.name} did not start in {deadline_s:g} s: {self.last_words()}")
            time.sleep(0.02)

    def last_words(self) -> str:
        """The end of the console, for an error's text."""
        if not self.disk.console.exists():
            return "it left no console output"
        lines = self.disk.console.read_text(errors="replace").strip().splitlines()
        return f"{' / '.join(lines[-3:])} (the whole console: {self.disk.console})"

    def power_off(self) -> None:
        """Lose power: the cables go dark first, so that no dying process says goodbye; then all die."""
        with self._locked():
            self._cut()

    def _cut(self) -> None:
        self.cables.darken()
        group.kill(self.group)
        self.cables.unplug()

    def shut_down(self, deadline_s: float = 20.0) -> None:
        """Ask the machine to halt as an operator would; past the deadline it loses power."""
        with self._locked():
            for pid in group.processes(self.group / "supervisor"):
                group.signal_member(self.group, pid, signal.SIGTERM)
            with contextlib.suppress(LabError):
                group.wait_empty(self.group, deadline_s)
            self._cut()

    def set_links(self, networks: Collection[str], *, up: bool) -> None:
        """Pull or plug cables; a pulled cable stays pulled over power cycles."""
        with self._locked():
            for name in networks:
                pulled = self._pulled(name)
                pulled.parent.mkdir(exist_ok=True)
                pulled.unlink(missing_ok=True) if up else pulled.touch()
            if self.is_on():
                self.cables.set_links(networks, up=up)

    def wipe(self) -> None:
        """Remove the disk; the machine must be off."""
        self.disk.wipe()
        self._lock_file.unlink(missing_ok=True)

    @property
    def _lock_file(self) -> Path:
        return self.disk.folder.with_name(f".{self.name}.lock")

    def _pulled(self, network: str) -> Path:
        return self.disk.folder / "pulled" / network

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.disk.folder.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
