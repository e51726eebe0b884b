"""What the operator brings is looked at before it is used: every fault at once, each with its place."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clouds import WORDS

from holdfast.front.starter import starter
from holdfast.model.certificate import issue, make_authority
from holdfast.model.cloud import Cloud, OperatorCertificate, SecretFrom, SecretSource
from holdfast.model.cloudfile.reader import parse
from holdfast.strongbox import Fault, VaultError
from holdfast.unlock import LARGEST, own_pair, own_secrets

CLOUD = parse(starter(3), WORDS)
NAMES = ("admin", "database.one", "bus.one")
NOW = datetime.now(UTC).replace(microsecond=0)
THEIRS = make_authority("theirs", NOW)
GOOD = issue(THEIRS, ("cloud.example", CLOUD.address), NOW)


def from_env(name: str, variable: str = "MINE") -> Cloud:
    return replace(CLOUD, secrets={name: SecretSource(SecretFrom.ENV, (variable,))})


def from_command(name: str, *argv: str) -> Cloud:
    return replace(CLOUD, secrets={name: SecretSource(SecretFrom.COMMAND, argv)})


def refusal(cloud: Cloud, **environment: str) -> str:
    with pytest.raises(VaultError) as caught:
        own_secrets(cloud, NAMES, environment)
    (fault,) = caught.value.faults
    assert "; " in fault.text, "an error holds a cure"
    assert fault.key == ("secrets", "admin")
    return fault.text


def test_an_own_secret_from_a_variable() -> None:
    found = own_secrets(from_env("admin"), NAMES, {"MINE": "correct-horse"})
    assert {name: secret.reveal() for name, secret in found.items()} == {"admin": "correct-horse"}


def test_an_own_secret_from_a_command_is_its_first_line() -> None:
    cloud = from_command("admin", "printf", "correct-horse\nlogin: me\n")
    assert own_secrets(cloud, NAMES)["admin"].reveal() == "correct-horse"


def test_an_own_secret_that_nothing_uses_is_not_asked_for() -> None:
    assert own_secrets(from_env("unused"), NAMES, {}) == {}


@pytest.mark.parametrize(
    ("cloud", "why"),
    [
        (from_env("admin"), "the variable MINE, which is not set"),
        (from_command("admin", "no-such-program", "x"), "`no-such-program x`, which cannot be started"),
        (from_command("admin", "/"), "Permission denied"),
        (from_command("admin", "a\0b"), "cannot be a command"),
        (from_command("admin", "false"), "ended with 1"),
        (from_command("admin", "true"), "printed nothing"),
        (from_command("admin", "echo"), "printed nothing"),
        (from_command("admin", "yes", "correct-horse"), "printed more than 1 MiB"),
        (from_command("admin", "cat", "/dev/zero"), "printed more than 1 MiB"),
    ],
)
def test_own_secrets_that_cannot_be_had(cloud: Cloud, why: str) -> None:
    said = refusal(cloud)
    assert why in said and "'admin'" in said


@pytest.mark.parametrize("script", ["exec sleep 5", "exec >&-; exec sleep 5", "sleep 5 & echo x"])
def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr("holdfast.unlock.COMMAND_PATIENCE", 0.2)
    assert "did not end within 0.2 s" in refusal(from_command("admin", "sh", "-c", script))


def test_a_command_that_prints_without_end_takes_no_memory() -> None:
    program = (
        "import resource, test_unlock as t\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))\n"
        "print(t.refusal(t.from_command('admin', 'sh', '-c', 'yes; true')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    assert "printed more than" in done.stdout


@pytest.mark.parametrize(
    "value", ["", "short", "with space", "p@ss:w/rd%1", "line1line\nline2", "käsekuchen"]
)
def test_own_secrets_that_would_break_a_file_are_refused_unseen(value: str) -> None:
    said = refusal(from_env("admin"), MINE=value)
    assert "MINE" in said and (not value or value not in said)


def test_a_command_never_shows_what_it_printed() -> None:
    said = refusal(from_command("admin", "sh", "-c", "cat /etc/hostname; echo s3cret >&2; exit 3"))
    assert "ended with 3" in said and Path("/etc/hostname").read_text().strip() not in said
    assert "s3cret\n" not in said


def test_every_secret_that_fails_is_told() -> None:
    sources = {
        "admin": SecretSource(SecretFrom.ENV, ("MINE",)),
        "database.one": SecretSource(SecretFrom.ENV, ("SHORT",)),
        "bus.one": SecretSource(SecretFrom.COMMAND, ("false",)),
    }
    with pytest.raises(VaultError) as caught:
        own_secrets(replace(CLOUD, secrets=sources), NAMES, {"SHORT": "x"})
    assert [f.key for f in caught.value.faults] == [("secrets", name) for name in NAMES]
    assert str(caught.value).splitlines() == [f.text for f in caught.value.faults]


@pytest.fixture
def files(tmp_path: Path) -> OperatorCertificate:
    """A certificate, key and authority that serve."""
    texts = {"c.pem": GOOD.certificate, "k.pem": GOOD.key.reveal(), "ca.pem": THEIRS.certificate}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "k.pem").chmod(0o600)
    return OperatorCertificate(*(str(tmp_path / name) for name in texts))


def faults(files: OperatorCertificate) -> tuple[Fault, ...]:
    with pytest.raises(VaultError) as caught:
        own_pair(files, CLOUD.address, NOW)
    assert all("; " in fault.text for fault in caught.value.faults), "an error holds a cure"
    return caught.value.faults


def test_the_operators_own_serves_the_address(files: OperatorCertificate) -> None:
    assert own_pair(files, CLOUD.address, NOW) == (GOOD, THEIRS.certificate)


def test_every_file_that_cannot_be_used_is_told(files: OperatorCertificate, tmp_path: Path) -> None:
    Path(files.certificate).unlink()
    os.mkfifo(tmp_path / "pipe")
    found = faults(replace(files, key=str(tmp_path / "pipe"), ca=str(tmp_path)))
    assert [f.key for f in found] == [("tls", "certificate"), ("tls", "key"), ("tls", "ca")]
    assert [("No such file" in f.text, "not a regular file" in f.text) for f in found] == [
        (True, False),
        (False, True),
        (False, True),
    ]


def test_a_device_without_end_is_not_read(files: OperatorCertificate) -> None:
    (found,) = faults(replace(files, certificate="/dev/zero"))
    assert "/dev/zero" in found.text and "not a regular file" in found.text


def test_a_file_that_is_too_large_is_not_read(files: OperatorCertificate) -> None:
    os.truncate(files.ca, LARGEST + 1)
    assert "more than 1 MiB" in faults(files)[0].text


@pytest.mark.parametrize("mode", [0o602, 0o620, 0o666, 0o777])
def test_a_key_that_others_can_change_is_refused_with_its_cure(files: OperatorCertificate, mode: int) -> None:
    Path(files.key).chmod(mode)
    (found,) = faults(files)
    assert f"{mode:o}" in found.text and f"chmod 600 {files.key}" in found.text
    assert found.key == ("tls", "key")


def test_a_leaf_is_no_authority(files: OperatorCertificate) -> None:
    (found,) = faults(replace(files, ca=files.certificate))
    assert "which may not sign others" in found.text and found.key == ("tls",)


def test_a_leaf_beside_an_authority_is_told_too(files: OperatorCertificate) -> None:
    Path(files.ca).write_text(THEIRS.certificate + GOOD.certificate)
    assert "which may not sign others" in faults(files)[0].text


def test_what_the_parser_cannot_name_is_a_fault_too(
    files: OperatorCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def strange(*_: object) -> tuple[str, ...]:
        raise RuntimeError("a part of X.509 that nobody has seen")

    monkeypatch.setattr("holdfast.unlock.operator_errors", strange)
    assert "cannot be read (RuntimeError)" in faults(files)[0].text
