"""Decides, before each start of a database member, whether it joins the others or is the first of all.

Usage: database_start.py NAME=ADDRESS... --own NAME --port PORT --service PORT --tls FOLDER --data FOLDER
           [--room BYTES]

After an orderly stop of all members each of them waits for the others, and nobody begins. Here they tell
one another how far their data goes, before any of them runs; the furthest one of *all* begins, the others
join it. To join is always safe, so what is in doubt ends in waiting or in joining, never in a beginning:

* one with a file of its last group (a power loss) expects that group: the engine restores it by itself;
* one without data joins; one who is told to begin by a person or by Holdfast begins;
* one that sees a member in service joins it.

With `--room` it only waits for room on the disk, before anything of a start is done: for what a start itself
writes in any case, since one on a full disk leaves files that no later start can read; and for so many bytes
as long as all the others are in service, since what it could not write would stop them.
"""

import argparse
import ipaddress
import json
import os
import re
import secrets
import socket
import ssl
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

RUN = Path("/run/mysqld")
BY_HAND = RUN / "wsrep-new-cluster"  # who begins by order has this, from galera_new_cluster
FIRST = RUN / "holdfast-first-member"  # removed before each start, so that no second one begins by it
RECOVERED = RUN / "wsrep-start-position"
PATIENCE = 1.5  # seconds for one answer
EVERY = 0.5  # seconds between two rounds
NEEDED = 64 << 20  # bytes that a start itself writes at most, and some more


class Verdict(Enum):
    """What this member does now."""

    JOIN = "join"
    BEGIN = "begin"
    WAIT = "wait"


@dataclass(frozen=True)
class Word:
    """What a member that does not run says of itself: all members as it knows them, and its data.

    `start` is another text at each start of it.
    """

    start: str
    members: tuple
    history: str
    position: int


def decide(own, words, before, serving):
    """(verdict, why) for the member `own`. `words`: by name, of itself and of all that were heard in this
    round; `before` in the round that ended before this one began. `serving`: those seen in service.
    """
    if serving:
        return Verdict.JOIN, f"{serving[0]} is in service"
    mine = words[own]
    if silent := [name for name in mine.members if name not in words]:
        return Verdict.WAIT, f"not heard yet: {', '.join(silent)}"
    if any(word.members != mine.members for word in words.values()):
        return Verdict.WAIT, "the members do not agree on who they are: bring all hosts to one cloud file"
    told = "; ".join(f"{name} at {words[name].history}:{words[name].position}" for name in mine.members)
    if len({word.history for word in words.values()}) > 1:
        return Verdict.WAIT, f"the members hold data of different histories, a person must choose: {told}"
    if any(word.position < 0 for word in words.values()):
        return Verdict.WAIT, f"a member does not know how far its data goes: {told}"
    # The first of equals in the cloud file's order, as everybody else counts too.
    first = max(mine.members, key=lambda name: words[name].position)
    verdict = Verdict.BEGIN if first == own and words == before else Verdict.WAIT
    return verdict, f"{first} begins, the furthest of all: {told}"


def without_asking(by_hand, group_file, history):
    """Why this start needs no other member's word; "" where it does."""
    if by_hand:
        return "told to begin"
    if group_file:
        return "its last group is on disk: the server restores it with its members"
    return "" if history.strip("0-") else "it holds no data"


def recovered(text):
    """(history, position) from what the unit recovered for this start; ("", -1) where that is nothing."""
    found = re.search(r"wsrep_start_position=([0-9a-f-]+):(-?\d+)", text)
    return (found[1], int(found[2])) if found else ("", -1)


class Speaker:
    """Tells this member's word over TLS to the other members, and to nobody else."""

    def __init__(self, address, port, tls, word, others):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._context.load_verify_locations(tls / "ca.pem")
        self._context.load_cert_chain(tls / "cert.pem", tls / "key.pem")
        self._text = json.dumps(asdict(word)).encode()
        self._others = {ipaddress.ip_address(other) for other in others}
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.create_server((address, port), family=family)

    def start(self):
        """Answers from now on, beside whatever else is done."""
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            plain, _ = self._socket.accept()
            threading.Thread(target=self._answer, args=(plain,), daemon=True).start()

    def _answer(self, plain):
        plain.settimeout(PATIENCE)
        try:
            with self._context.wrap_socket(plain, server_side=True) as link:
                names = link.getpeercert().get("subjectAltName", ())
                if self._others & {ipaddress.ip_address(n) for kind, n in names if kind == "IP Address"}:
                    link.sendall(self._text)
        except OSError:
            plain.close()


class Ear:
    """Asks the other members."""

    def __init__(self, port, service, tls):
        self._context = ssl.create_default_context(cafile=tls / "ca.pem")
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.load_cert_chain(tls / "cert.pem", tls / "key.pem")
        self._port, self._service = port, service

    def word(self, address):
        """The word of the member there; None where it says none."""
        try:
            with (
                socket.create_connection((address, self._port), PATIENCE) as plain,
                self._context.wrap_socket(plain, server_hostname=address) as link,
            ):
                told = json.loads(b"".join(iter(lambda: link.recv(4096), b"")))
            return Word(told["start"], tuple(told["members"]), told["history"], int(told["position"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def serves(self, address):
        """Whether the member there is in service: a server greets clients only once it was in a group."""
        try:
            with socket.create_connection((address, self._service), PATIENCE) as link:
                return bool(link.recv(1))
        except OSError:
            return False


def wait_for_a_verdict(own, members, mine, ear):
    """Rounds until there is one other than to wait; says in the log why it waits, each time that changes."""
    others = {name: address for name, address in members.items() if name != own}
    said, before = "", {}
    with ThreadPoolExecutor(2 * len(others)) as at_once:
        while True:
            serving = at_once.map(ear.serves, others.values())
            heard = at_once.map(ear.word, others.values())
            words = {name: word for name, word in zip(others, heard, strict=True) if word is not None}
            words[own] = mine
            serves = [name for name, yes in zip(others, serving, strict=True) if yes]
            verdict, why = decide(own, words, before, serves)
            if (line := f"{verdict.value}: {why}") != said:
                say(line)
                said = line
            if verdict is not Verdict.WAIT:
                return verdict
            before = words
            time.sleep(EVERY)


def wait_for_room(left, wanted, addresses, serves):
    """Rounds while there is no room to start, or less than `wanted` and every other member serves without."""
    said = False
    while (now := left()) < NEEDED or (now < wanted and addresses and all(map(serves, addresses))):
        if not said:
            say(f"waits: {now >> 20} MiB are left for its data, fewer than {wanted >> 20}: make room")
        said = True
        time.sleep(EVERY)


def room(folder):
    """Bytes that the server may still write there."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def say(text):
    """A line of the unit's log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def begin(data):
    """Has the server, started next, form a group of its own. Its own guard says no after a loss of all."""
    state = data / "grastate.dat"
    text = state.read_text()
    state.write_text(re.sub(r"(?m)^safe_to_bootstrap: 0", "safe_to_bootstrap: 1", text))
    FIRST.write_text("_WSREP_NEW_CLUSTER=--wsrep-new-cluster\n")


def main(options):
    """Returns when the server may start."""
    members = dict(each.split("=") for each in options.members)
    others = [address for name, address in members.items() if name != options.own]
    ear = Ear(options.port, options.service, options.tls)
    if options.room:
        wait_for_room(lambda: room(options.data), options.room, others, ear.serves)
        return
    history, position = recovered(RECOVERED.read_text() if RECOVERED.exists() else "")
    if why := without_asking(BY_HAND.exists(), (options.data / "gvwstate.dat").exists(), history):
        say(f"starts at once: {why}")
        return
    mine = Word(secrets.token_hex(8), tuple(members), history, position)
    Speaker(members[options.own], options.port, options.tls, mine, others).start()
    if wait_for_a_verdict(options.own, members, mine, ear) is Verdict.BEGIN:
        begin(options.data)


def arguments(words):
    """What the unit says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("members", nargs="+")
    parser.add_argument("--own", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--service", type=int, required=True)
    parser.add_argument("--tls", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--room", type=int)
    return parser.parse_args(words)


if __name__ == "__main__":
    main(arguments(sys.argv[1:]))
