"""A small disk of its own for a folder of a lab host: an image file, mounted there at each boot."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from holdfast.lab.command import LabError, run

LEAST, MOST = 64, 4096
"""Mebibytes: what a file system needs for itself, and what a fault may still fill."""


# Servers take each folder in their data for a thing of theirs, and room that they have reserved by writing
# zeros is theirs on a full disk, too.
_CONTENT = """
mount -o loop "$1" "$2"
rmdir "$2/lost+found"
[ ! -d "$3" ] || cp --archive --sparse=never "$3/." "$2"
umount "$2"
"""


@dataclass(frozen=True)
class Volume:
    """The disk of `folder`, an absolute path in the host; `mebibytes` of room. Raises LabError."""

    folder: str
    mebibytes: int

    def __post_init__(self) -> None:
        if not LEAST <= self.mebibytes <= MOST:
            raise LabError(f"a disk for data has {LEAST} to {MOST} MiB, not {self.mebibytes}")


@dataclass(frozen=True)
class Shelf:
    """The folder beside a host's disk with a folder for each volume: `disk` in it, and where that is mounted.

    The machine's boot mounts them: in its own mount namespace only.
    """

    home: Path

    def folders(self) -> tuple[str, ...]:
        """The host's folders that have a disk of their own."""
        return tuple(sorted(unquote(disk.parent.name) for disk in self.home.glob("*/disk")))

    def binds(self) -> tuple[str, ...]:
        """`source:folder` for each of them, as systemd-nspawn wants it."""
        return tuple(f"{self._place(folder) / 'mount'}:{folder}" for folder in self.folders())

    def make(self, volume: Volume, image: Path) -> None:
        """A file system with what the image has in that folder, and with no room kept for root."""
        place, below = self._place(volume.folder), image / volume.folder.lstrip("/")
        mount, new = place / "mount", place / "new"
        mount.mkdir(parents=True)
        run(("mkfs.ext4", "-q", "-m", "0", str(new), f"{volume.mebibytes}m"))
        # The mount goes with its namespace.
        run(("unshare", "--mount", "sh", "-euc", _CONTENT, "volume", str(new), str(mount), str(below)))
        new.rename(place / "disk")

    def _place(self, folder: str) -> Path:
        return self.home / quote(folder, safe="")
