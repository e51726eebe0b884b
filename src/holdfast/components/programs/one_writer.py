"""Keeps to one writer: sessions are with the one that the balancers' tables name, and all name the same.

Usage: one_writer.py SOCKET SIGN ADDRESS BACKEND...

Balancers share a table that names the writer. After a split each side may have named another one, and as they
meet again each may take over the other's word, while its sessions stay where they are: two writers, each with
sessions, and nobody to notice. The balancer where ADDRESS is has the clients: it keeps to the writer that its
sessions are with, and tells the others. Sessions with another one are ended, and begin again at the writer;
not at the first look, since a session that has just begun may be on its way into the table.

SOCKET is the balancer's own, for its administrator. SIGN is a file that is touched while all is looked at.
"""

import csv
import io
import re
import socket
import sys
import time
from pathlib import Path

PAUSE = 0.5  # seconds between two looks


class Table:
    """What one balancer knows of one backend.

    An entry has a server's number and its name; the name counts, where there is one. A command sets the
    number alone, here and at all peers: an entry whose two disagree was told another writer by the one with
    the clients.
    """

    def __init__(self, ask, backend):
        self._ask = ask
        self._backend = backend
        self._strayed = set()

    def look(self, holder):
        """Once; `holder`: clients come to this balancer."""
        ids, up, sessions = self._servers()
        number, named = self._entry(ids)
        writer = named or number
        if not holder and named and number and number != named:
            writer = number
            self._forget()
            self._tell(ids[writer])
        if holder and sessions and writer not in sessions:
            # Somebody else's word: those who write are with another, who is well.
            writer = max(sorted(up & set(sessions)), key=sessions.get, default=writer)
        if holder and writer in sessions:
            if named and named != writer:
                self._forget()
            self._tell(ids[writer])
        self._end_strayed({name for name in sessions if name != writer} if writer in up else set(), writer)

    def _end_strayed(self, strayed, writer):
        for name in sorted(strayed & self._strayed):
            sys.stderr.write(f"{self._backend}: {writer} is the writer, sessions with {name} are ended\n")
            self._ask(f"shutdown sessions server {self._backend}/{name}")
        self._strayed = strayed

    def _forget(self):
        self._ask(f"clear table {self._backend} key 1")

    def _tell(self, number):
        self._ask(f"set table {self._backend} key 1 data.server_id {number}")

    def _servers(self):
        """Numbers by name; the names of those that work; how many sessions are with whom."""
        rows = csv.DictReader(io.StringIO(self._ask(f"show stat {self._backend} 4 -1").lstrip("# ")))
        rows = [row for row in rows if row["svname"]]
        ids = {row["svname"]: row["sid"] for row in rows}
        up = {row["svname"] for row in rows if row["status"].startswith("UP")}
        return ids, up, {row["svname"]: int(row["scur"]) for row in rows if int(row["scur"] or 0)}

    def _entry(self, ids):
        """Whom the table names by number, and by name; "" where it does not."""
        text = self._ask(f"show table {self._backend}")
        number = re.search(r"server_id=(\d+)", text)
        key = re.search(r"server_key=(\S+)", text)
        told = next((name for name, each in ids.items() if number and each == number[1]), "")
        return told, key[1] if key and key[1] in ids else ""


def asker(path):
    """Commands to the balancer, one connection each."""

    def ask(command):
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(2)
            link.connect(path)
            link.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: link.recv(65536), b"")).decode()

    return ask


def has(address):
    """Whether the kernel would speak to the address as to itself."""
    kind = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(kind, socket.SOCK_DGRAM) as link:
        try:
            link.connect((address, 9))
        except OSError:
            return False
        return link.getsockname()[0] == address


def main():
    """Looks for ever; a balancer that just starts is looked for again."""
    path, sign, address, *backends = sys.argv[1:]
    tables = [Table(asker(path), backend) for backend in backends]
    while True:
        try:
            for table in tables:
                table.look(has(address))
            Path(sign).touch()
        except OSError as error:
            sys.stderr.write(f"the balancer does not answer: {error}\n")
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
