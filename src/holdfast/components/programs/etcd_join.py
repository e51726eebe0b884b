"""Before each start of a coordination member: it goes on, comes into its cluster, or is the first of all.

A member without data asks the others to take it in, and takes out what it was before it lost its data. It
makes a cluster of its own only where a plan left word that it is the first: two would share nothing.
"""

from __future__ import annotations

import argparse
import json
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PAUSE_S, ANSWER_S = 1.0, 5.0
Json = dict[str, Any]


def cluster_of(members: Iterable[Json], name: str, peer: str) -> str:
    """The static list that a member starts with; one that was added and never ran has no name but the own."""
    known = {url: each.get("name", "") for each in members for url in each["peerURLs"]}
    return ",".join(f"{name if url == peer else other}={url}" for url, other in sorted(known.items()))


def stale(members: Iterable[Json], name: str, peer: str) -> list[str]:
    """The ids of what this member was before it lost its data: they ran."""
    return [m["ID"] for m in members if m.get("name") and (m["name"] == name or peer in m["peerURLs"])]


def added(members: Iterable[Json], peer: str) -> bool:
    """Whether the others wait for it."""
    return any(not m.get("name") and peer in m["peerURLs"] for m in members)


class Cluster:
    """The cluster as one of its members, at `url`, gives it to others."""

    def __init__(self, url: str, tls: Path) -> None:
        self._url = url
        self._context = ssl.create_default_context(cafile=tls / "ca.pem")
        self._context.load_cert_chain(tls / "cert.pem", tls / "key.pem")

    def ask(self, path: str, **body: Any) -> Json:
        """One call. Raises OSError."""
        request = urllib.request.Request(f"{self._url}/v3/cluster/member/{path}", json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=ANSWER_S, context=self._context) as reply:
            answer: Json = json.load(reply)
            return answer

    def members(self) -> list[Json]:
        """All of them, as this one knows them. Raises OSError."""
        # Of two members of which one was added and has not come yet, there is no majority to ask.
        found: list[Json] = self.ask("list", linearizable=False)["members"]
        return found


def join(cluster: Cluster, name: str, peer: str) -> str:
    """Has the member taken in, by a majority; the list to start with. Raises OSError where there is none."""
    members = cluster.members()
    for each in stale(members, name, peer):
        cluster.ask("remove", ID=each)
    if not added(members, peer):
        members = cluster.ask("add", peerURLs=[peer])["members"]
    return cluster_of(members, name, peer)


def forget(cluster: Cluster, name: str) -> None:
    """Takes a member out that will not come back. Raises OSError."""
    for each in (m["ID"] for m in cluster.members() if m.get("name") == name):
        cluster.ask("remove", ID=each)


def arguments() -> argparse.Namespace:
    """What the unit, or a plan, says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", help="the member's")
    parser.add_argument("others", nargs="*", help="URLs at which members serve clients")
    parser.add_argument("--tls", type=Path, required=True, help="the folder of the host's pair")
    parser.add_argument("--forget", action="store_true", help="take the named member out, and nothing else")
    parser.add_argument("--peer", default="", help="the own URL for members")
    parser.add_argument("--data", type=Path, help="the folder of its data")
    parser.add_argument("--first", type=Path, help="the file that says that it is the first of all")
    parser.add_argument("--out", type=Path, help="the file with what the server is told")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds")
    return parser.parse_args()


def tried(told: argparse.Namespace) -> str:
    """The first answer of any of the others; "" where nobody took it in."""
    for url in told.others:
        try:
            cluster = Cluster(url, told.tls)
            if told.forget:
                forget(cluster, told.name)
                return told.name
            return join(cluster, told.name, told.peer)
        except urllib.error.HTTPError as error:
            sys.stderr.write(f"{url}: {error.read(300).decode(errors='replace')}\n")
        except OSError as error:
            sys.stderr.write(f"{url}: {error}\n")
    return ""


def main() -> int:
    """1 where a member that needs the others finds none of them in time."""
    told, end = arguments(), time.monotonic()
    if not told.forget:
        told.out.write_text("")
        if told.data.is_dir():
            return 0
        if told.first.exists():
            told.out.write_text(
                f"ETCD_INITIAL_CLUSTER_STATE=new\nETCD_INITIAL_CLUSTER={told.name}={told.peer}\n"
            )
            return 0
    end += told.patience
    while not (found := tried(told)):
        if time.monotonic() > end:
            return 1
        time.sleep(PAUSE_S)
    if not told.forget:
        told.out.write_text(f"ETCD_INITIAL_CLUSTER_STATE=existing\nETCD_INITIAL_CLUSTER={found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
