"""Before each start of a monitor: where it has no data it is made, out of the others' map of the store.

A first map is made only where a plan left word that this is the first monitor of all.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CONFIG, KEYS = "/etc/ceph/mon.conf", "/etc/ceph/mon.keyring"
PATIENCE_S = 60


def ran(*argv: str) -> None:
    """Runs a command; ends with its words where it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=PATIENCE_S + 30)
    if done.returncode:
        sys.exit(f"{' '.join(argv[:2])} ended with {done.returncode}: {(done.stderr or done.stdout)[-600:]}")


def mapped(path: str, name: str, first: bool, fsid: str, address: str) -> None:
    """Writes the map that it begins with."""
    if first:
        ran(
            "monmaptool",
            "--create",
            "--fsid",
            fsid,
            "--addv",
            name,
            address,
            "--set-min-mon-release",
            "reef",
            path,
        )
        return
    asked = ("--conf", CONFIG, "--name", "mon.", "--keyring", KEYS, "--connect-timeout", str(PATIENCE_S))
    ran("ceph", *asked, "mon", "getmap", "-o", path)


def main() -> None:
    """`name data first fsid address`."""
    name, data, first, fsid, address = sys.argv[1:]
    if Path(data, "done").exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/monmap"
        mapped(path, name, Path(first).exists(), fsid, address)
        # What an earlier attempt left is nothing yet: its last act would have been to say that it is done.
        shutil.rmtree(data, ignore_errors=True)
        Path(data).mkdir(parents=True)
        ran("ceph-mon", "--conf", CONFIG, "--id", name, "--mkfs", "--monmap", path, "--keyring", KEYS)
    Path(data, "done").touch()


if __name__ == "__main__":
    main()
