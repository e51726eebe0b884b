"""Takes an API out of the balancers' rotation before its unit stops it, and waits until it is in it again.

    rotation.py out FILE SECONDS ADDRESS PORT PATIENCE
    rotation.py in URL CA SECONDS PATIENCE

`out` makes the file that the API's health page fails by, gives the balancers the seconds that they need to
notice, and lets the calls under way end. `in` waits until the health page is well, and then as long again as
the balancers need to send calls here: who restarts one host after another takes the next one only then.
Both give up in the end, after PATIENCE seconds, and never fail: a unit must stop, and start, whatever its
API does.
"""

import socket
import ssl
import struct
import sys
import time
import urllib.request
from pathlib import Path

ESTABLISHED = "01"
EVERY = 0.02
TABLES = {socket.AF_INET: "/proc/net/tcp", socket.AF_INET6: "/proc/net/tcp6"}


def leave(file, seconds, address, port, patience):
    """Whether no call was under way in the end."""
    Path(file).touch()
    time.sleep(seconds)
    return wait_for(lambda: not calls(address, port), patience)


def come_back(url, ca, seconds, patience):
    """Whether the health page was well in the end."""
    well = wait_for(lambda: answers(url, ca), patience)
    if well:
        time.sleep(seconds)
    return well


def wait_for(holds, patience):
    """What `holds` said last: it is asked until that is true, or the seconds are over."""
    end = time.monotonic() + patience
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(EVERY)
    return held


def calls(address, port):
    """How many connections to that address and port are established, accepted or not yet."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    wanted = f"{in_table(family, address)}:{port:04X}"
    lines = Path(TABLES[family]).read_text().splitlines()[1:]
    return sum((row[1], row[3]) == (wanted, ESTABLISHED) for row in map(str.split, lines))


def in_table(family, address):
    """An address as the kernel's table writes it: words of this machine's byte order."""
    packed = socket.inet_pton(family, address)
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words)


def answers(url, ca):
    """Whether a page answers 200, from one whose certificate is of that authority."""
    context = ssl.create_default_context(cafile=ca)
    try:
        with urllib.request.urlopen(url, timeout=1, context=context) as reply:
            return reply.status == 200
    except OSError:
        return False


def main(what, *words):
    """What the unit's line says."""
    if what == "out":
        file, seconds, address, port, patience = words
        done = leave(file, float(seconds), address, int(port), float(patience))
    else:
        url, ca, seconds, patience = words
        done = come_back(url, ca, float(seconds), float(patience))
    if not done:
        sys.stderr.write(f"gave up after {patience} s\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
