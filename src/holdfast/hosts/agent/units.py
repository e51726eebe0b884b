"""Changes of systemd units."""

from __future__ import annotations

import subprocess

VERBS = {"start": "start", "restart": "restart", "reload": "reload-or-restart"}


def change(name: str, verb: str, timeout: float) -> str:
    """Enables and starts, restarts or reloads a unit; "" or why not, with its last journal lines."""
    if _needs_daemon_reload(name):
        reread()
    if done := _systemctl("enable", "--quiet", "--", name):
        return done
    # A unit that failed too often would refuse to start until its limit's interval is over.
    _systemctl("reset-failed", "--", name)
    error = _within(timeout, VERBS[verb], name)
    if not error and _show(name, "ActiveState") == "failed":
        error = "it failed right after its start"
    return f"{error}; its last lines: {_last_lines(name)}" if error else ""


def stop(name: str, timeout: float) -> str:
    """Stops a unit, and keeps it from starting with the machine; "" or why not, with its last journal lines.

    A unit whose file is gone may run all the same; one that is not there in any way is stopped.
    """
    if _needs_daemon_reload(name):
        reread()
    is_there = _show(name, "LoadState") != "not-found"
    if not is_there and _show(name, "ActiveState") in ("", "inactive", "failed"):
        return ""
    if error := _within(timeout, "stop", name):
        return f"{error}; its last lines: {_last_lines(name)}"
    return _systemctl("disable", "--quiet", "--", name) if is_there else ""


def reread() -> str:
    """Has systemd read its unit files again; "" or why not."""
    return _systemctl("daemon-reload")


def _within(timeout: float, verb: str, name: str) -> str:
    try:
        return _systemctl(verb, "--", name, timeout=timeout)
    except subprocess.TimeoutExpired:
        return f"systemctl {verb} did not end within {timeout:g} s"


def _needs_daemon_reload(name: str) -> bool:
    return _show(name, "NeedDaemonReload") != "no" or _show(name, "LoadState") != "loaded"


def _show(name: str, key: str) -> str:
    done = subprocess.run(
        ["systemctl", "show", f"--property={key}", "--value", "--", name],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return done.stdout.strip()


def _systemctl(*argv: str, timeout: float = 60) -> str:
    done = subprocess.run(["systemctl", *argv], capture_output=True, text=True, timeout=timeout, check=False)
    return f"systemctl {argv[0]}: {done.stderr.strip()[-300:]}" if done.returncode else ""


def _last_lines(name: str) -> str:
    done = subprocess.run(
        ["journalctl", "--unit", name, "--lines=20", "--no-pager", "--output=cat"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return " / ".join(done.stdout.strip().splitlines()[-20:])[-2000:] or "none"
