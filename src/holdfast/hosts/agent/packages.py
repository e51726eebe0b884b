"""Distribution packages, installed without starting or enabling what they bring."""

from __future__ import annotations

import json
import os
import subprocess

from holdfast.hosts.agent.disk import read, rooted, state, write

POLICY = "#!/bin/sh\n# Holdfast installs packages: nothing may start by itself meanwhile.\nexit 101\n"
POLICY_FILE = "/usr/sbin/policy-rc.d"
BEFORE = "enabled-before.json"
OPTIONS = (
    "-o",
    "Dpkg::Options::=--force-confdef",
    "-o",
    "Dpkg::Options::=--force-confold",
    "-o",
    "DPkg::Lock::Timeout=60",
)


def install(names: list[str]) -> str:
    """Installs packages; "" or why it failed, with the end of what the installer said."""
    # Written down first: should the power fail half-way, the next step on this host can still tell what was
    # enabled before, and takes the policy file away.
    kept = {"enabled": sorted(enabled()), "policy": read(rooted(POLICY_FILE))}
    write(state(BEFORE), [json.dumps(kept).encode()], mode=0o600)
    write(rooted(POLICY_FILE), [POLICY.encode()], mode=0o755)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
    try:
        install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *OPTIONS, "--", *names]
        error = _apt(["dpkg", "--configure", "-a"], env) or _apt(install, env)
        # Old lists name files that are gone from the archive; a host with fresh ones is not made to wait.
        return error and (_apt(["apt-get", "update", "-q"], env) or _apt(install, env))
    finally:
        settle()


def settle() -> None:
    """Ends an installation, an interrupted one too: no policy file, nothing newly enabled."""
    if not (before := read(state(BEFORE))):
        return
    kept = json.loads(before)
    policy = rooted(POLICY_FILE)
    if kept["policy"]:
        write(policy, [kept["policy"].encode()], mode=0o755)
    else:
        policy.unlink(missing_ok=True)
    if fresh := sorted(enabled() - set(kept["enabled"])):
        subprocess.run(
            ["systemctl", "disable", "--quiet", "--", *fresh], capture_output=True, timeout=60, check=False
        )
    state(BEFORE).unlink()


def enabled() -> set[str]:
    """Services and sockets that start at boot; timers do housekeeping (log rotation) and stay as they are."""
    found = rooted("/etc/systemd/system").glob("*.*/*")
    return {path.name for path in found if path.suffix in (".service", ".socket") and path.is_symlink()}


def _apt(argv: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(
        argv, capture_output=True, text=True, env=env, timeout=900, check=False, stdin=subprocess.DEVNULL
    )
    return f"{argv[0]} ended with {done.returncode}: {done.stderr.strip()[-600:]}" if done.returncode else ""
