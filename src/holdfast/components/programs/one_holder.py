"""Ends a second holder: where a peer advertises an address and this host has it all the same, it lets go.

Usage: one_holder.py PID_FILE SIGN SECONDS OWN=ADDRESS...

Keepalived lets go by itself when it hears of a better holder. One that is frozen hears nothing; one whose
own advertisements are lost on their way hears lesser ones only, and goes on. Either way this host hears a
peer advertise what it has. After SECONDS of that its Keepalived is killed: its unit takes the addresses away
and starts it again, as one that stands by. SIGN is a file that is touched while it listens. Peers advertise
ADDRESS to OWN, this host's own address on the same network.
"""

import contextlib
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

VRRP = 112
ALIVE = 1.0  # seconds between two signs of life, at most
GAP = 0.5  # a silence of so many seconds ends a row of advertisements
ADVERTISEMENT = 1  # its type, in the lower half of the first byte


class Watch:
    """For how long a peer has advertised an address that this host has; times in seconds."""

    def __init__(self, patience):
        self._patience = patience
        self._began = self._last = float("-inf")

    def too_long(self, now, held):
        """After one more advertisement; `held`: this host has the address."""
        if now - self._last > GAP or not held:
            self._began = now
        self._last = now
        return now - self._began >= self._patience

    def forget(self):
        """Begins anew."""
        self._last = float("-inf")


def advertises(packet, version):
    """Whether a packet is an advertisement, and not one that says that its sender goes."""
    at = (packet[0] & 0x0F) * 4 if version == socket.AF_INET else 0
    return len(packet) >= at + 3 and packet[at] & 0x0F == ADVERTISEMENT and packet[at + 2] > 0


def family(address):
    """The kernel's number for the kind of address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def has(address):
    """Whether the kernel would speak to the address as to itself."""
    with socket.socket(family(address), socket.SOCK_DGRAM) as link:
        try:
            link.connect((address, 9))
        except OSError:
            return False
        return link.getsockname()[0] == address


def end(pid_file):
    """Kills the daemon and its children, of which one holds the addresses; it may have ended just now."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        pid = int(Path(pid_file).read_text())
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            os.kill(each, signal.SIGKILL)


def ear(own):
    """Hears what is advertised to one of this host's own addresses."""
    link = socket.socket(family(own), socket.SOCK_RAW, VRRP)
    link.bind((own, 0))
    return link


def listen(pid_file, sign, patience, moving):
    """For ever; `moving` are the addresses that move, by this host's own ones on their networks."""
    heard = {ear(own): (address, Watch(patience)) for own, address in moving.items()}
    signed = float("-inf")
    while True:
        for link in select.select(list(heard), [], [], ALIVE)[0]:
            address, watch = heard[link]
            packet = link.recv(256)
            if advertises(packet, link.family) and watch.too_long(time.monotonic(), has(address)):
                sys.stderr.write(f"a peer advertises {address}, which this host has, too: it lets go\n")
                watch.forget()
                end(pid_file)
        if time.monotonic() - signed > ALIVE:
            Path(sign).touch()
            signed = time.monotonic()


def main():
    """Listens to what the command line names."""
    pid_file, sign, patience, *moving = sys.argv[1:]
    listen(pid_file, sign, float(patience), dict(each.split("=", 1) for each in moving))


if __name__ == "__main__":
    main()
