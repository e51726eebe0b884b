"""Puts the cloud's rules in place, and takes them back where the one who brought them is shut out by them.

Usage: firewall.py load|unload|confirm|admit

load: the rules are in place at once, in one transaction. Unless they were confirmed before, a child waits
for their confirmation, and without any in time puts back those that were confirmed last, or none.
confirm: by a login that is newer than the rules. admit: the machine that is logged in may come, for a while,
to what operators may; from where it came is read from the login itself.
"""

import hashlib
import os
import re
import subprocess
import sys
import time
from ipaddress import ip_address
from pathlib import Path

RULES = Path("/etc/holdfast/firewall.nft")
RUN = Path("/run/holdfast-firewall")
STATE = Path("/var/lib/holdfast-firewall")
CONFIRMED = STATE / "confirmed.nft"
ADMITTED = STATE / "admitted"  # lines of `address end`, the end in seconds since 1970
YES, UNDONE = RUN / "confirmed", RUN / "taken-back"
TABLE = "inet holdfast"
PATIENCE = 25  # seconds until rules without a confirmation go
WELCOME = 3600  # seconds for which one who logged in is let in


def load():
    """Rules in place; a child sees to what becomes of them."""
    text = RULES.read_text()
    for old in (YES, UNDONE):
        old.unlink(missing_ok=True)
    put(text)
    if CONFIRMED.exists() and CONFIRMED.read_text() == text:
        return
    if os.fork() == 0:
        os.setsid()
        wait(text)


def wait(text):
    """Until the rules are confirmed, or for so long as anybody may be shut out."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if RULES.read_text() != text:
            return  # newer ones have a child of their own
        if YES.exists() and YES.read_text() == digest(text):
            fresh = CONFIRMED.with_suffix(".new")
            fresh.write_text(text)
            fresh.replace(CONFIRMED)
            return
        time.sleep(0.1)
    if CONFIRMED.exists():
        put(CONFIRMED.read_text())
    else:
        nft(f"delete table {TABLE}\n")
    UNDONE.write_text(f"no login came within {PATIENCE} s of the new rules: they were taken back\n")


def put(text):
    """One transaction: the table as it is wanted, with whom it let in."""
    now = time.time()
    guests = [f"{element(a, end - now)}\n" for a, end in admitted().items() if end > now + 1]
    nft(text + "".join(guests))


def element(address, seconds):
    """What lets an address in for so long."""
    return f"add element {TABLE} operators{address.version} {{ {address} timeout {int(seconds)}s }}"


def nft(commands):
    """Raises CalledProcessError; nft says why on standard error."""
    subprocess.run(("/usr/sbin/nft", "-f", "-"), input=commands, text=True, check=True)


def digest(text):
    """Names rules in a line."""
    return hashlib.sha256(text.encode()).hexdigest()


def admitted():
    """Until when each address is let in."""
    lines = ADMITTED.read_text().splitlines() if ADMITTED.exists() else []
    return {ip_address(address): float(end) for address, end in map(str.split, lines)}


def admit():
    """Lets in where this login came from; a login at the machine itself needs no leave."""
    came = caller(os.getpid())
    if came is None:
        return
    now = time.time()
    if admitted().get(came, 0) - now > WELCOME / 2:
        return
    # An element that is there keeps its end: it must go before it comes with another.
    one = element(came, WELCOME)
    gone = one.replace("add ", "delete ", 1).replace(f" timeout {WELCOME}s", "")
    nft(f"{one}\n{gone}\n{one}\n")
    ends = {a: end for a, end in admitted().items() if end > now} | {came: now + WELCOME}
    ADMITTED.write_text("".join(f"{address} {end:.0f}\n" for address, end in ends.items()))


def caller(pid):
    """Where the login came from that a process belongs to: by itself or the nearest above it that knows."""
    while pid > 1:
        if found := re.search(rb"(?:^|\0)SSH_CONNECTION=(\S+) ", Path(f"/proc/{pid}/environ").read_bytes()):
            address = ip_address(found[1].decode().partition("%")[0])
            return getattr(address, "ipv4_mapped", None) or address
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def confirm():
    """Whoever asks this came in by a login of its own, after the rules."""
    YES.write_text(digest(RULES.read_text()))


def unload():
    """No rule of ours is left."""
    nft(f"table {TABLE}\ndelete table {TABLE}\n")


if __name__ == "__main__":
    {"load": load, "unload": unload, "confirm": confirm, "admit": admit}[sys.argv[1]]()
