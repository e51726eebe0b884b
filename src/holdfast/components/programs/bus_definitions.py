"""Compares the bus with its definitions, or makes it as they say: users, virtual hosts, rights.

Usage: bus_definitions.py check|apply FILE. Asks and changes the running cluster through rabbitmqctl, which
needs no password: root and the cookie are enough. Says what is amiss as JSON, [] where nothing is. What
carries the tag OURS and is in the file no more has left: it is deleted. What others made is left alone.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

OURS = "holdfast"
RIGHTS = ("configure", "write", "read")


def amiss(wanted, found):
    """What the bus lacks or has otherwise, each in words for people."""
    words = []
    users = {user["name"]: user for user in found["users"]}
    for user in wanted["users"]:
        there = users.get(user["name"])
        if there is None:
            words.append(f"no user {user['name']}")
        elif there.get("password_hash") != user["password_hash"]:
            words.append(f"user {user['name']} has another password")
        elif tags(there) != tags(user):
            words.append(f"user {user['name']} has other tags")
    hosts = {host["name"]: host for host in found["vhosts"]}
    for host in wanted["vhosts"]:
        if host["name"] not in hosts:
            words.append(f"no virtual host {host['name']}")
        elif OURS not in tags(hosts[host["name"]]):
            words.append(f"virtual host {host['name']} is not marked as ours")
    held = {(right["user"], right["vhost"]): right for right in found["permissions"]}
    for right in wanted["permissions"]:
        there = held.get((right["user"], right["vhost"]), {})
        if any(there.get(name) != right[name] for name in RIGHTS):
            words.append(f"{right['user']} lacks rights on {right['vhost']}")
    return words + [f"{kind[:-1]} {name} has left the cloud file" for kind, name in left(wanted, found)]


def left(wanted, found):
    """What we made and nobody wants any more: ("users" or "vhosts", name), users first."""
    gone = []
    for kind in ("users", "vhosts"):
        names = {each["name"] for each in wanted[kind]}
        gone += [(kind, e["name"]) for e in found[kind] if OURS in tags(e) and e["name"] not in names]
    return gone


def tags(thing):
    """A user's tags, or a virtual host's, which are in its metadata."""
    own = thing.get("tags") or thing.get("metadata", {}).get("tags") or ()
    return set(own.split(",") if isinstance(own, str) else own)


def control(*words):
    """What rabbitmqctl answers. Raises CalledProcessError."""
    argv = ("rabbitmqctl", "--quiet", "--timeout", "30", *words)
    # Where no node has run since the boot it would start the port mapper, and that would outlive the question
    # as a stranger on the bus's port.
    env = {**os.environ, "ERL_AFLAGS": "-start_epmd false"}
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    return done.stdout


def bus():
    """All that the bus has now."""
    text = control("export_definitions", "-", "--format=json")
    return json.loads(text[text.index("{") :])


def main(task, path):
    """Compares, and where it is asked for makes it so. Exit code 1 where something stays amiss."""
    wanted = json.loads(Path(path).read_text())
    found = bus()
    words = amiss(wanted, found)
    if task == "apply" and words:
        control("import_definitions", path)
        for kind, name in left(wanted, found):
            control("delete_user" if kind == "users" else "delete_vhost", name)
        words = amiss(wanted, bus())
    sys.stdout.write(f"{json.dumps(words)}\n")
    return 1 if task == "apply" and words else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
