"""Commands over hosts that cannot be reached, a machine that holds no lab, and an interrupted run."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest
from command import FOREGROUND, Place

# The hosts' addresses are this machine's, at a port where nobody listens: refused at once.
CLOSED = """
from dataclasses import replace
from holdfast.front.project import Project
from holdfast.hosts.ssh import SshTransport
def transports(self):
    here = {{h.name: replace(h, address="127.0.0.2", ssh_port={port}) for h in self.cloud.hosts}}
    return {{n: SshTransport(h, self.login) for n, h in here.items()}}
Project.transports = transports
"""

NO_LAB = """
import holdfast.lab.preflight as preflight
preflight.problems = lambda: ("the lab needs root: use sudo", "debootstrap is missing: tools/setup-host.sh")
"""

# Hosts that take every command and never answer.
SILENT = """
import asyncio
from holdfast.front.project import Project
class Silent:
    def __init__(self, host): self.host = host
    async def run(self, argv, *, stdin=b"", timeout=60):
        print("asked", flush=True)
        await asyncio.sleep(1000)
    async def close(self): pass
Project.transports = lambda self: {h.name: Silent(h.name) for h in self.cloud.hosts}
"""


@pytest.fixture
def refusing(place: Place) -> Iterator[str]:
    """Python that points every host at a closed port; the operator's key exists."""
    folder = place.home / ".ssh"
    folder.mkdir(mode=0o700)
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(folder / "id_ed25519")
    (folder / "known_hosts").touch()
    with socket.socket() as silent:
        silent.bind(("127.0.0.2", 0))
        yield CLOSED.format(port=silent.getsockname()[1])


@pytest.mark.parametrize("words", [["plan"], ["plan", "--json"], ["apply"], ["apply", "--json"]])
def test_unreachable_hosts_are_named_with_their_cure(place: Place, refusing: str, words: list[str]) -> None:
    done = place.run(*words, before=refusing)
    assert done.returncode == 3, done.stderr
    for host in ("alpha", "bravo", "charlie"):
        (line,) = (line for line in done.stderr.splitlines() if line.startswith(f"{host}:"))
        assert "sshd" in line, "the cure"
    assert "Traceback" not in done.stderr
    if "--json" in words:
        told = json.loads(done.stdout)
        assert told["error"] == {"what": done.stderr.split("details:")[0].strip(), "exit": 3}
        assert (told["cloud"], told["verdict"]) == ("three-controllers", "FAIL")


def test_the_jump_host_of_the_cloud_file_is_the_way_to_the_hosts_behind_it(place: Place) -> None:
    folder = place.home / ".ssh"
    folder.mkdir(mode=0o700)
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(folder / "id_ed25519")
    (folder / "known_hosts").touch()
    file = place.folder / "cloud.yaml"
    with socket.socket() as silent:
        silent.bind(("127.0.0.2", 0))
        jump = f"ops@127.0.0.2:{silent.getsockname()[1]}"
        behind = f'roles: [controller]\n    ssh: {{jump: "{jump}"}}'
        file.write_text(file.read_text().replace("roles: [controller]", behind))
        done = place.run("plan")
    assert done.returncode == 3, done.stderr
    assert done.stderr.count(f"by the jump host, {jump} refused the connection") == 3


def test_plan_keeps_nothing(place: Place, refusing: str) -> None:
    place.run("plan", before=refusing)
    assert not (place.folder / ".holdfast").exists()


def test_a_missing_key_is_named(place: Place) -> None:
    done = place.run("plan")
    assert done.returncode == 3
    assert "id_ed25519" in done.stderr and "alpha" in done.stderr


@pytest.mark.parametrize("command", ["status", "verify"])
def test_what_is_not_there_is_found_wanting(place: Place, refusing: str, command: str) -> None:
    if command == "verify":
        refusing += (
            "import holdfast.probes.verify as e\nasync def none(site, run): return ()\ne.verify = none\n"
        )
    done = place.run(command, "--json", before=refusing)
    assert done.returncode == (3 if command == "status" else 1), "nobody answered: nothing could be looked at"
    findings = json.loads(done.stdout)["findings"]
    if command == "status":
        assert {f["subject"] for f in findings if f["rule"] == "reach"} == {"alpha", "bravo", "charlie"}
        assert all(f["remedy"] for f in findings if f["rule"] == "reach")
        assert not any(f["verdict"] == "PASS" and f["rule"] not in ("certificates",) for f in findings)


@pytest.mark.parametrize("words", [["lab", "up"], ["lab", "up", "--json"], ["demo"]])
def test_a_machine_without_a_lab_gets_one_clear_line(place: Place, words: list[str]) -> None:
    done = place.run(*words, before=NO_LAB)
    assert done.returncode == 3, done.stderr
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("this machine"))
    assert "root" in line and "debootstrap" in line
    assert "Traceback" not in done.stderr


def test_all_that_needs_no_root_works_without_a_lab(place: Place) -> None:
    assert place.run("check", before=NO_LAB).returncode in (0, 1)
    assert place.run("drill", "--list", before=NO_LAB).returncode == 0
    assert place.run("new", before=NO_LAB).returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ["lab", "down"],
        ["lab", "list"],
        ["lab", "power", "alpha", "off"],
        ["lab", "link", "alpha", "down"],
        ["lab", "network", "management", "down"],
        ["lab", "shell", "alpha"],
        ["lab", "clean"],
    ],
    ids=" ".join,
)
def test_without_root_the_lab_says_so_in_one_line(place: Place, words: list[str]) -> None:
    before = "import os\nos.geteuid = lambda: 1000\nos.execvp = lambda *_: None\n"
    done = place.run(*words, before=before)
    assert done.returncode == 3, (done.stdout, done.stderr)
    assert len(done.stderr.splitlines()) == 1
    assert "root" in done.stderr


def test_lab_words_that_mean_nothing_are_bad_input(place: Place) -> None:
    assert place.run("lab", "power", "alpha", "sideways").returncode == 2
    assert place.run("lab", "link", "alpha", "sideways").returncode == 2
    assert place.run("lab", "network", "management", "sideways").returncode == 2


@pytest.mark.parametrize(
    ("words", "there"),
    [
        (["lab", "power", "zulu", "off"], "alpha, bravo, charlie"),
        (["lab", "link", "zulu", "down"], "alpha, bravo, charlie"),
        (["lab", "shell", "zulu"], "alpha, bravo, charlie"),
        (["lab", "link", "alpha", "down", "--network", "zulu"], "its networks are control"),
        (["lab", "network", "zulu", "down"], "its networks are control"),
    ],
)
def test_a_name_the_lab_does_not_have_is_bad_input(place: Place, words: list[str], there: str) -> None:
    done = place.run(*words, before="import os\nos.geteuid = lambda: 0\n")
    assert done.returncode == 2, (done.stdout, done.stderr)
    (line,) = done.stderr.splitlines()
    assert "zulu" in line and there in line


@pytest.fixture
def started_in(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the suite may have been started: a shell's background ignores SIGINT, its foreground does not."""
    handlers = {"background": signal.SIG_IGN, "foreground": signal.default_int_handler}
    before = signal.signal(signal.SIGINT, handlers[request.param])
    yield request.param
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("command", ["apply", "plan", "status"])
@pytest.mark.parametrize("started_in", ["foreground", "background"], indirect=True)
def test_an_interrupted_command_ends_with_130(place: Place, command: str, started_in: str) -> None:
    process = place.start(command, before=f"{FOREGROUND}\n{SILENT}")
    assert said(process, signal.SIGINT) == (130, "interrupted; the same command resumes")


@pytest.mark.parametrize("command", ["apply", "plan", "status"])
@pytest.mark.parametrize("started_in", ["background"], indirect=True)
def test_in_the_background_a_command_is_ended_by_sigterm_alone(
    place: Place, command: str, started_in: str
) -> None:
    process = place.start(command, before=SILENT)
    ended = said(process, signal.SIGINT, signal.SIGTERM)
    assert ended == (143, "terminated; the same command resumes")


def said(process: subprocess.Popen[str], *signals: signal.Signals) -> tuple[int, str]:
    """The exit code and the last words of a command that got signals while it waited for its hosts."""
    assert process.stdout is not None
    assert process.stdout.readline() == "asked\n"
    for each in signals:
        process.send_signal(each)
    try:
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert "Traceback" not in err
    return process.returncode, err.splitlines()[-1]


def test_a_log_has_the_details(place: Place, refusing: str) -> None:
    done = place.run("apply", before=refusing)
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("details: "))
    assert Path(line.removeprefix("details: ")).exists()


def test_secrets_are_never_printed(place: Place, refusing: str) -> None:
    done = place.run("apply", before=refusing)
    kept = place.folder / ".holdfast/three-controllers/secrets.json"
    values = json.loads(kept.read_text()).values()
    everything = done.stdout + done.stderr
    everything += "".join(p.read_text() for p in (kept.parent / "logs").glob("*"))
    assert [v for v in values if v in everything] == []
    assert kept.stat().st_mode & 0o077 == 0
