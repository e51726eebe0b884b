"""Bad input beside the cloud file: every fault at once, in plain words, and nothing written or touched."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest
from command import Place

from holdfast.model.certificate import issue, make_authority

STATE = ".holdfast/three-controllers"
COMMANDS = [["plan"], ["apply"], ["drill"], ["verify"]]
SILENT_HOSTS = """
import asyncio
from holdfast.front.project import Project
class Silent:
    def __init__(self, host): self.host = host
    async def run(self, argv, *, stdin=b"", timeout=60):
        import os
        os.write(2, b"touched\\n")
        await asyncio.sleep(1000)
    async def close(self): pass
Project.transports = lambda self: {h.name: Silent(h.name) for h in self.site.cloud.hosts}
"""
FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
"""No file takes a byte, pipes do: the nearest to a full disk that needs no root."""


def add(place: Place, text: str) -> int:
    """Appends to the cloud file; the number of its first new line."""
    path = place.folder / "cloud.yaml"
    before = path.read_text()
    path.write_text(before + text)
    return before.count("\n") + 1


def refused(place: Place, *words: str, before: str = SILENT_HOSTS) -> list[str]:
    """The lines of a refusal that touched and wrote nothing."""
    was = place.everything()
    done = place.run(*words, before=before)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr and "touched" not in done.stderr
    assert place.everything() == was
    return [line for line in done.stderr.splitlines() if not line.startswith("details: ")]


FAULTS = """secrets:
  admin: {env: NOT_SET}
  database.keystone:
    command: [yes, correct-horse]
tls:
  certificate: /dev/zero
  key: key.pem
  ca: none.pem
ssh_key: broken
"""


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_fault_comes_at_once_with_its_line(place: Place, words: list[str]) -> None:
    first = add(place, FAULTS)
    (place.folder / "key.pem").touch()
    (place.folder / "key.pem").chmod(0o666)
    (place.folder / "broken").write_text("no key")
    (place.folder / STATE / "secrets.json").mkdir(parents=True)
    lines = refused(place, *words)
    wanted = {
        1: "the variable NOT_SET, which is not set",
        2: "which printed more than 1 MiB",
        5: "/dev/zero cannot be used: it is not a regular file",
        6: "others can change it (its mode is 666)",
        7: "none.pem cannot be used: No such file",
        8: "cannot be read as a private key",
    }
    for offset, why in wanted.items():
        assert any(re.search(rf"cloud.yaml: line {first + offset}, column \d+: .*{re.escape(why)}", line)
                   for line in lines), (why, lines)  # fmt: skip
    assert any("secrets.json is damaged" in line for line in lines)
    assert len(lines) == len(wanted) + 1, "and each of them once"


def test_a_certificate_that_cannot_serve_has_its_line(place: Place) -> None:
    now = datetime.now(UTC)
    authority = make_authority("theirs", now)
    pair = issue(authority, ("198.19.77.99",), now)
    for name, text in (("c.pem", pair.certificate), ("k.pem", pair.key.reveal())):
        (place.folder / name).write_text(text)
    line = add(place, "tls: {certificate: c.pem, key: k.pem, ca: c.pem}\n")
    for words in (["check"], ["plan"]):
        faults = refused(place, *words)
        assert [f"line {line}, " in fault for fault in faults] == [True] * 2
        assert sum("which may not sign others" in fault for fault in faults) == 1
        assert sum("not for the address 198.19.77.10" in fault for fault in faults) == 1


@pytest.mark.parametrize("name", ["secrets.json", "certificates.json"])
@pytest.mark.parametrize("kind", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
@pytest.mark.parametrize("words", [["plan"], ["status"], ["apply"]], ids=" ".join)
def test_what_is_no_file_is_refused(
    place: Place, name: str, kind: Callable[[Path], None], words: list[str]
) -> None:
    (place.folder / STATE).mkdir(parents=True)
    kind(place.folder / STATE / name)
    (line,) = refused(place, *words)
    assert name in line and "damaged" in line


@pytest.mark.parametrize("name", ["secrets.json", "certificates.json"])
def test_a_file_nested_without_end_is_refused(place: Place, name: str) -> None:
    (place.folder / STATE).mkdir(parents=True)
    (place.folder / STATE / name).write_text("[" * 1_000_000)
    (place.folder / STATE / name).chmod(0o600)
    (line,) = refused(place, "plan")
    assert name in line and "damaged" in line


def test_status_asks_for_no_secret_of_the_operators(place: Place) -> None:
    add(place, "secrets: {admin: {env: NOT_SET}, database.keystone: {command: [touch, asked]}}\n")
    (place.home / ".ssh").mkdir()
    (place.home / ".ssh/known_hosts").touch()
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(place.home / ".ssh/id_ed25519")
    nowhere = (
        "from holdfast.hosts.ssh import SshTransport\n"
        "from holdfast.hosts.transport import Unreachable\n"
        "async def run(self, *_, **__): raise Unreachable(self.host, 'gone', 'find it')\n"
        "SshTransport.run = run\n"
    )
    done = place.run("status", before=nowhere)
    assert done.returncode == 3, done.stderr
    assert "gone" in done.stdout and done.stderr == ""
    assert not (place.folder / "asked").exists()
    assert not (place.folder / ".holdfast").exists()


NEEDLESS = [["check"], ["drill", "--list"], ["drill", "--heal"], ["keys", "rotate"], ["lab", "list"], ["new"]]


@pytest.mark.parametrize("words", NEEDLESS, ids=" ".join)
def test_what_needs_no_secret_asks_for_none(place: Place, words: list[str]) -> None:
    add(place, "secrets: {admin: {env: NOT_SET}}\n")
    assert "NOT_SET" not in place.run(*words).stderr


def test_healing_needs_no_room(place: Place) -> None:
    done = place.run("drill", "--heal", before=FULL_DISK)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1:] == ["healed: nothing was open"]


def test_a_locked_key_without_an_agent_names_ssh_add(place: Place) -> None:
    line = add(place, "ssh_key: own\n")
    begin, end = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n", "-----END ENCRYPTED PRIVATE KEY-----\n"
    (place.folder / "own").write_text(f"{begin}AAAA\n{end}")
    (fault,) = refused(place, "plan")
    assert f"line {line}, column 1" in fault and f"ssh-add {place.folder / 'own'}" in fault


@pytest.mark.parametrize("name", ["nope", "", "key.fernet", "../fernet"])
def test_keys_there_are_not_are_not_rotated(place: Place, name: str) -> None:
    (line,) = refused(place, "keys", "rotate", name)
    assert "credential, fernet" in line


def test_keys_before_the_first_deployment_are_not_rotated(place: Place) -> None:
    (line,) = refused(place, "keys", "rotate")
    assert "holdfast apply" in line


@pytest.mark.parametrize("out", ["new.yaml", "none/new.yaml", "cloud.yaml", "/dev/full", "/"])
def test_new_writes_nothing_where_it_cannot_write_all(place: Place, out: str) -> None:
    (line,) = refused(place, "new", "--out", out, before=FULL_DISK)
    assert out in line and "nothing was written" in line


@pytest.mark.parametrize("words", [["apply"], ["drill", "--yes"], ["keys", "rotate"]], ids=" ".join)
def test_a_full_disk_is_one_plain_error_before_anything_is_touched(place: Place, words: list[str]) -> None:
    done = place.run(*words, before=FULL_DISK + SILENT_HOSTS)
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "touched" not in done.stderr


@pytest.mark.parametrize("words", [["apply"], ["drill", "--yes"]], ids=" ".join)
@pytest.mark.parametrize("name", ["journal.jsonl", "logs"])
def test_a_full_disk_after_the_first_deployment(place: Place, words: list[str], name: str) -> None:
    place.run("apply", before=SILENT_HOSTS.replace("await asyncio.sleep(1000)", "raise KeyboardInterrupt"))
    assert (place.folder / STATE / "certificates.json").exists()
    done = place.run(*words, before=FULL_DISK + SILENT_HOSTS)
    assert done.returncode == 2, done.stderr
    (line,) = (line for line in done.stderr.splitlines() if not line.startswith("details: "))
    assert "journal.jsonl cannot be written" in line and "make room" in line


@pytest.mark.parametrize("words", [["apply"], ["drill", "--yes"]], ids=" ".join)
def test_a_folder_that_cannot_be_made_is_one_plain_error(place: Place, words: list[str]) -> None:
    (place.folder / ".holdfast").write_text("a file in its place")
    (line,) = refused(place, *words)
    assert ".holdfast" in line and "Not a directory" in line


@pytest.mark.parametrize("words", [["apply"], ["drill", "--yes"]], ids=" ".join)
def test_a_journal_that_cannot_be_written_is_one_plain_error(place: Place, words: list[str]) -> None:
    (place.folder / STATE / "journal.jsonl").mkdir(parents=True)
    done = place.run(*words, before=SILENT_HOSTS)
    assert done.returncode == 2, done.stderr
    (line,) = (line for line in done.stderr.splitlines() if not line.startswith("details: "))
    assert "journal.jsonl cannot be written: Is a directory" in line
