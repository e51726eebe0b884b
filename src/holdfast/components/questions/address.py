"""What a host is asked about the addresses that move: has it one of them?"""

from __future__ import annotations

from typing import Any


def address_state(addresses: list[str], pid_file: str) -> dict[str, Any]:
    """Asks the kernel for the addresses, and the daemon for a sign of life that a stopped one cannot give."""
    import subprocess
    from pathlib import Path

    shown = subprocess.run(("ip", "-o", "address", "show"), capture_output=True, text=True, check=True).stdout
    words = dict(zip(addresses, ("the address", "the public address"), strict=False))
    here = [address for address in addresses if f" {address}/" in shown]
    pid = int(Path(pid_file).read_text())
    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    states = [Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()[0] for p in family]
    ok = len(family) > 1 and not set(states) & {"T", "t", "Z", "X"}
    text = f"holds {' and '.join(words[address] for address in here)}" if here else "stands by"
    wrong = "" if ok else ", but a process of it is stopped or missing"
    return {"ok": ok, "text": text + wrong, "holds": addresses[0] in here}
