"""Before each start of a host's part of the store: it is made where it is not, and never over anything.

A device is taken only where nothing is on it: no file system, no table, nobody who uses it, and no byte but
zeros at its beginning. What was begun under the own name is ended.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import rados

ADMIN, CONFIG, KEY = "/etc/ceph/ceph.conf", "/etc/ceph/osd.conf", "/etc/ceph/osd.key"
LOOKED_AT = 4 * 1024 * 1024
LABEL = b"bluestore block device\n"
GIB = 1024**3
PATIENCE_S = 60


def ours(head: bytes, uuid: str) -> bool:
    """Whether a device begins with the label of this very part."""
    return head.startswith(LABEL + uuid.encode())


def what_is_on(device: Path, uuid: str) -> str:
    """Why a device must not be taken; "" where nothing is on it, or its own."""
    try:
        if not stat.S_ISBLK(device.stat().st_mode):
            return "it is no block device"
        handle = os.open(device, os.O_RDONLY | os.O_EXCL)
    except OSError as error:
        return f"it cannot be had alone: {error.strerror}"
    with os.fdopen(handle, "rb") as file:
        head = file.read(LOOKED_AT)
    if ours(head, uuid):
        return ""
    if any(head):
        return "it holds something"
    probed = subprocess.run(("blkid", "-p", device), capture_output=True, text=True, check=False)
    return f"it holds something: {probed.stdout.strip()}" if probed.returncode != 2 else ""


def numbered(uuid: str, key: str) -> str:
    """The part's number, by which the store knows it: the same whenever it is asked. Raises rados.Error."""
    with rados.Rados(conffile=ADMIN, name="client.admin") as store:
        command = json.dumps({"prefix": "osd new", "uuid": uuid, "format": "json"})
        code, out, words = store.mon_command(command, json.dumps({"cephx_secret": key}).encode(), PATIENCE_S)
    if code:
        sys.exit(f"the store gives it no number: {words}")
    return str(json.loads(out)["osdid"])


def owned(path: Path) -> None:
    """Gives it to the daemon."""
    shutil.chown(path, "ceph", "ceph")


def placed(data: Path, told: argparse.Namespace) -> None:
    """Puts the block device, or the file, into the folder."""
    block = data / "block"
    if told.device is not None:
        if why := what_is_on(told.device.resolve(), told.uuid):
            sys.exit(
                f"{told.device} is not taken: {why}; look what it is, and if nobody needs it: "
                f"wipefs -a {told.device} && dd if=/dev/zero of={told.device} bs=4M count=1"
            )
        block.unlink(missing_ok=True)
        block.symlink_to(told.device)
    elif not block.exists():
        with block.open("wb") as file:
            file.truncate(told.file_gib * GIB)
        owned(block)


def main() -> None:
    """Ends with a plain word where it cannot be made."""
    parser = argparse.ArgumentParser()
    parser.add_argument("uuid")
    parser.add_argument("data", type=Path)
    parser.add_argument("--device", type=Path)
    parser.add_argument("--file-gib", type=int, default=0)
    told = parser.parse_args()
    if told.device is not None and told.device.exists():
        owned(told.device.resolve())
    if (told.data / "whoami").exists():
        return
    told.data.mkdir(parents=True, exist_ok=True)
    owned(told.data)
    placed(told.data, told)
    key = Path(KEY).read_text().strip()
    number = numbered(told.uuid, key)
    keys = told.data / "keyring"
    keys.touch(mode=0o600)
    keys.write_text(f"[osd.{number}]\nkey = {key}\n")
    owned(keys)
    make = ("ceph-osd", "--conf", CONFIG, "--id", number, "--osd-uuid", told.uuid, "--mkfs")
    done = subprocess.run((*make, "--setuser", "ceph", "--setgroup", "ceph"), check=False, timeout=150)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
