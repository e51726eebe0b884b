"""A lab host's disk: an overlay on the image, kept over power loss, and the identity written into it once."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from holdfast.lab.command import LabError
from holdfast.lab.image import remove_tree
from holdfast.lab.keys import make_key, write_private
from holdfast.lab.volume import Shelf, Volume

_HOST_KEY = "etc/ssh/ssh_host_ed25519_key"


@dataclass(frozen=True)
class Birth:
    """What a disk was made for: the image below it, the host it is, the key that root accepts."""

    image: str
    host: str
    address: str
    authorized_key: str


@dataclass(frozen=True)
class Disk:
    """The folder of one host: upper and work of its overlay, console.log, and birth.json written last."""

    folder: Path

    @property
    def root(self) -> Path:
        """Where the overlay is mounted, in the machine's own mount namespace only."""
        return self.folder / "root"

    @property
    def console(self) -> Path:
        """Output of the machine's supervisor and boot."""
        return self.folder / "console.log"

    @property
    def upper(self) -> Path:
        """All that the host has written, over the image."""
        return self.folder / "upper"

    @property
    def shelf(self) -> Shelf:
        """The disks that folders of it have for their own."""
        return Shelf(self.folder / "volumes")

    @property
    def birth(self) -> Birth | None:
        """What the disk was made for, or None when there is no whole disk."""
        try:
            return Birth(**json.loads((self.folder / "birth.json").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    @property
    def host_key(self) -> str:
        """The public host key, kind and key without comment."""
        return " ".join((self.upper / f"{_HOST_KEY}.pub").read_text().split()[:2])

    def mount_options(self) -> str:
        """Options of the overlay; `index=on` makes the kernel refuse a disk that a machine still holds."""
        birth = self.birth
        if birth is None:
            raise LabError(f"there is no whole disk in {self.folder}: run `holdfast lab up`")
        return f"lowerdir={birth.image},upperdir={self.upper},workdir={self.folder}/work,index=on"

    def refuse_other(self, wanted: Birth, volumes: Sequence[Volume]) -> None:
        """Raise LabError when the disk there was made for another image or address, or lacks a volume."""
        had = self.birth
        if had is None:
            return
        cure = "run `holdfast lab down --wipe` (the disks are lost), then `holdfast lab up`"
        if lacking := sorted({volume.folder for volume in volumes}.difference(self.shelf.folders())):
            raise LabError(f"lab host {wanted.host} was made without a disk for {', '.join(lacking)}: {cure}")
        if had.address != wanted.address:
            raise LabError(
                f"the disk of lab host {wanted.host} was made for {had.address}, not {wanted.address}: {cure}"
            )
        if had.image != wanted.image:
            raise LabError(
                f"the disk of lab host {wanted.host} lies on {had.image}, not {wanted.image}: {cure}"
            )
        if not Path(had.image).is_dir():
            raise LabError(f"the image {had.image} below the disk of lab host {wanted.host} is gone: {cure}")

    def make(self, wanted: Birth, volumes: Sequence[Volume]) -> None:
        """Make the disk unless it is there whole, and let this lab's key in; the machine must be off."""
        self.refuse_other(wanted, volumes)
        if self.birth == wanted:
            return
        if self.birth is None:
            self.wipe()
            self._make_new(wanted)
            for volume in volumes:
                self.shelf.make(volume, Path(wanted.image))
        self._write(wanted, "root/.ssh/authorized_keys", wanted.authorized_key, mode=0o600)
        write_private(self.folder / "birth.json", json.dumps(asdict(wanted), indent=1))

    def _make_new(self, wanted: Birth) -> None:
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir(parents=True, mode=0o755)
        self._write(wanted, "etc/machine-id", uuid.uuid4().hex)
        self._write(wanted, "etc/hostname", wanted.host)
        itself = f"{wanted.address} {wanted.host}"
        self._write(wanted, "etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n{itself}")
        self._folder(wanted, Path("etc/ssh"))
        make_key(self.upper / _HOST_KEY, wanted.host)

    def _write(self, wanted: Birth, name: str, text: str, mode: int = 0o644) -> None:
        self._folder(wanted, Path(name).parent)
        target = self.upper / name
        target.unlink(missing_ok=True)
        target.write_text(text + "\n")
        target.chmod(mode)

    def _folder(self, wanted: Birth, name: Path) -> None:
        # A folder in the upper layer hides the mode of the one below it: /root must stay closed.
        for part in (*reversed(name.parents[:-1]), name):
            folder, below = self.upper / part, Path(wanted.image) / part
            if not folder.is_dir():
                folder.mkdir()
                folder.chmod(below.stat().st_mode & 0o7777 if below.is_dir() else 0o700)

    def wipe(self) -> None:
        """Remove the disk with all that is on it."""
        if self.folder.is_dir():
            remove_tree(self.folder)
