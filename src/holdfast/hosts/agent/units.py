"""Changes of systemd units."""

from __future__ import annotations

import subprocess

VERBS = {"start": "start", "restart": "restart", "reload": "reload-or-restart", "stop": "stop"}


def change(name: str, verb: str, timeout: float) -> str:
    """Enables and starts, restarts, reloads or stops a unit; "" or why not, with its last journal lines."""
    if _needs_daemon_reload(name):
        _systemctl("daemon-reload")
    if verb != "stop":
        if done := _systemctl("enable", "--quiet", "--", name):
            return done
        # A unit that failed too often would refuse to start until its limit's interval is over.
        _systemctl("reset-failed", "--", name)
    try:
        error = _systemctl(VERBS[verb], "--", name, timeout=timeout)
    except subprocess.TimeoutExpired:
        error = f"systemctl {verb} did not end within {timeout:g} s"
    if not error and verb != "stop" and _show(name, "ActiveState") == "failed":
        error = "it failed right after its start"
    return f"{error}; its last lines: {_last_lines(name)}" if error else ""


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
