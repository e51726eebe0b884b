"""What is asked about work done once: whether users, rights and registrations are still there."""

from __future__ import annotations

from typing import Any


def provisioned(users: dict[str, list[str]], local: str) -> dict[str, Any]:
    """Asks the server over its local socket for the users, their rights and schemas; names what is amiss.

    `users` maps each to its schemas, `local` comes over the socket alone and may stop the server. A node
    outside the primary component cannot tell.
    """
    import subprocess

    asked = [
        "SELECT 'node', variable_value FROM information_schema.global_status "
        "WHERE variable_name = 'wsrep_cluster_status'",
        "SELECT 'schema', schema_name FROM information_schema.schemata",
        *(f"SHOW GRANTS FOR '{user}'@'%'" for user in users),
        f"SHOW GRANTS FOR '{local}'@'localhost'",
    ]
    # --force: who is not there has no grants to show, which is an error, and the next is asked all the same.
    argv = ("mariadb", "--batch", "--skip-column-names", "--force", "--connect-timeout=3")
    text = ";\n".join(asked)
    done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=8, check=False)
    lines = done.stdout.splitlines()
    if "node\tPrimary" not in lines:
        return {"ok": None, "text": done.stderr.strip()[-200:] or "not in the primary component"}

    def faults(user: str, schemas: list[str]) -> list[str]:
        lacks = [f"no schema {schema}" for schema in schemas if f"schema\t{schema}" not in lines]
        grants = [line for line in lines if line.startswith("GRANT ") and f" TO `{user}`@`%`" in line]
        if not grants:
            return [f"no user {user}", *lacks]
        whole = [f"GRANT ALL PRIVILEGES ON `{schema}`.* TO `{user}`@`%`" for schema in schemas]
        rights = [s for s, grant in zip(schemas, whole, strict=True) if grant not in grants]
        secure = any(" REQUIRE SSL" in grant for grant in grants)
        lacks += [f"{user} lacks rights on {schema}" for schema in rights]
        return lacks if secure else [*lacks, f"user {user} may come without TLS"]

    amiss = [fault for user, schemas in users.items() for fault in faults(user, schemas)]
    stops = any(line.startswith(f"GRANT SHUTDOWN ON *.* TO `{local}`@`localhost`") for line in lines)
    amiss += [] if stops else [f"no user {local} who may stop the server"]
    return {"ok": not amiss, "text": "; ".join(amiss) or f"{len(users)} users with their rights"}


def nobody_left(users: list[str], record: str) -> dict[str, Any]:
    """Asks the server's `record` of all that were made for those who are not among `users` any more."""
    import subprocess

    asked = (
        "SELECT 'node', variable_value FROM information_schema.global_status "
        f"WHERE variable_name = 'wsrep_cluster_status';\nSELECT 'recorded', name FROM {record}"
    )
    argv = ("mariadb", "--batch", "--skip-column-names", "--connect-timeout=3")
    done = subprocess.run(argv, input=asked, capture_output=True, text=True, timeout=8, check=False)
    lines = done.stdout.splitlines()
    if done.returncode or "node\tPrimary" not in lines:
        return {"ok": None, "text": done.stderr.strip()[-200:] or "not in the primary component"}
    recorded = [line.split("\t")[1] for line in lines if line.startswith("recorded\t")]
    left = [f"user {user} has left the cloud file" for user in sorted(recorded) if user not in users]
    return {"ok": not left, "text": "; ".join(left) or "nobody has left"}


def bus_as_defined(program: str, definitions: str) -> dict[str, Any]:
    """Has the program on this host compare the running bus with its definitions; names what is amiss."""
    import json
    import subprocess
    from pathlib import Path

    if not (Path(program).exists() and Path(definitions).exists()):
        return {"ok": None, "text": "nothing was defined here yet"}
    argv = ("/usr/bin/python3", "-I", program, "check", definitions)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=28, check=False)
    if done.returncode:
        return {"ok": None, "text": f"the bus does not answer: {done.stderr.strip()[-200:]}"}
    amiss = json.loads(done.stdout)
    return {"ok": not amiss, "text": "; ".join(amiss) or "users, virtual hosts and rights as defined"}


def store_in_use(port: int, user: str, password_file: str, flag: str) -> dict[str, Any]:
    """Asks the node's own management interface whether the store behind the feature flag is in use."""
    import base64
    import json
    import urllib.request
    from pathlib import Path

    if not Path(password_file).exists():
        return {"ok": None, "text": "nothing was started here yet"}
    token = base64.b64encode(f"{user}:{Path(password_file).read_text().strip()}".encode()).decode()
    url, headers = f"http://127.0.0.1:{port}/api/feature-flags", {"Authorization": f"Basic {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=2) as reply:
        states = {each["name"]: each["state"] for each in json.load(reply)}
    state = states.get(flag, "unknown here")
    known = {"enabled": True, "disabled": False}
    return {"ok": known.get(state), "text": f"{flag} is {state}"}


def registered(
    argv: list[str],
    region: str,
    endpoints: list[list[str]],
    assignments: list[list[str]],
    roles: list[str],
) -> dict[str, Any]:
    """Has a program on this host tell what is registered; names what is missing.

    An endpoint is [type, interface, region, URL], an assignment [user, role, project or "the system" or
    "the domain <name>"]; `roles` are there, whoever has them.
    """
    import json
    import subprocess

    done = subprocess.run(argv, capture_output=True, text=True, timeout=14, check=False, cwd="/")
    if done.returncode:
        return {"ok": None, "text": f"cannot be told here: {done.stderr.strip()[-200:]}"}
    found = json.loads(done.stdout)
    amiss = [] if [region] in found["regions"] else [f"no region {region}"]
    amiss += [f"no {e[1]} endpoint of {e[0]} at {e[3]}" for e in endpoints if e not in found["endpoints"]]
    amiss += [f"no role {role}" for role in roles if [role] not in found["roles"]]
    amiss += [f"{a[0]} is not {a[1]} of {a[2]}" for a in assignments if a not in found["assignments"]]
    return {
        "ok": not amiss,
        "text": "; ".join(amiss) or f"{len(endpoints)} endpoints, {len(assignments)} roles",
    }
