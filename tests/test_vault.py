"""Secrets are made once, kept from everybody else, and never shown."""

import json
import multiprocessing
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from clouds import WORDS

from holdfast.components import enabled
from holdfast.front.starter import starter
from holdfast.model.cloud import Cloud, SecretFrom, SecretSource
from holdfast.model.cloudfile.reader import parse
from holdfast.model.keyring import new_key, numbers, rotated
from holdfast.vault import FILE, VaultError, open_secrets, rotate, secret_names, write_private

CLOUD = parse(starter(3), WORDS)
NAMES = ("admin", "database.one", "bus.one", "key.fernet")


def from_env(name: str, variable: str = "MINE") -> Cloud:
    return replace(CLOUD, secrets={name: SecretSource(SecretFrom.ENV, (variable,))})


def from_command(name: str, *argv: str) -> Cloud:
    return replace(CLOUD, secrets={name: SecretSource(SecretFrom.COMMAND, argv)})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(cloud: Cloud, folder: Path, **environment: str) -> str:
    with pytest.raises(VaultError) as caught:
        open_secrets(cloud, folder, NAMES, environment)
    assert "; " in str(caught.value), "an error holds a cure"
    return str(caught.value)


def test_names_come_from_the_catalogue() -> None:
    wanted = enabled(CLOUD.services)
    names = secret_names(wanted)
    assert len(names) == len(set(names))
    assert {d.secret for c in wanted for d in c.databases} <= set(names)
    assert {b.secret for c in wanted for b in c.buses} <= set(names)
    assert {n for c in wanted for n in c.secrets} <= set(names)


def test_secrets_are_made_once_and_stay(tmp_path: Path) -> None:
    folder = tmp_path / ".holdfast/test"
    first = open_secrets(CLOUD, folder, NAMES)
    before = (folder / FILE).stat()
    again = open_secrets(CLOUD, folder, NAMES)
    assert first == again and (folder / FILE).stat().st_mtime_ns == before.st_mtime_ns
    assert set(first) == {"admin", "database.one", "bus.one", "key.fernet.0", "key.fernet.1"}
    assert len({s.reveal() for s in first.values()}) == 5
    assert all(len(first[n].reveal()) == 32 and first[n].reveal().isalnum() for n in NAMES[:3])
    assert set(open_secrets(CLOUD, folder, (*NAMES, "new"))) == {*first, "new"}


def test_only_the_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / ".holdfast/test"
    old = os.umask(0)
    try:
        open_secrets(CLOUD, folder, NAMES)
    finally:
        os.umask(old)
    assert mode(folder) == 0o700
    assert all(mode(path) == 0o600 for path in folder.iterdir())
    assert "*" in (folder.parent / ".gitignore").read_text().splitlines()


def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    open_secrets(CLOUD, tmp_path / "open", NAMES)
    assert mode(tmp_path / "open") == 0o700


def test_nothing_prints_a_secret(tmp_path: Path) -> None:
    secrets = open_secrets(CLOUD, tmp_path, NAMES)
    shown = f"{secrets} {secrets['admin']} {secrets['admin']!r}"
    assert all(s.reveal() not in shown for s in secrets.values()) and "***" in shown


@pytest.mark.parametrize("wide", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_can_use_is_refused(tmp_path: Path, wide: int) -> None:
    open_secrets(CLOUD, tmp_path, NAMES)
    (tmp_path / FILE).chmod(wide)
    said = refusal(CLOUD, tmp_path)
    assert f"{wide:o}" in said and f"chmod 600 {tmp_path / FILE}" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")
def test_a_file_or_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    open_secrets(CLOUD, tmp_path, NAMES)
    os.chown(tmp_path / FILE, 12345, 12345)
    assert "12345" in refusal(CLOUD, tmp_path)
    os.chown(tmp_path / FILE, 0, 0)
    os.chown(tmp_path, 12345, 12345)
    assert "12345" in refusal(CLOUD, tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("{}")
    folder = tmp_path / "vault"
    folder.mkdir()
    (folder / FILE).symlink_to(tmp_path / "elsewhere")
    assert str(folder / FILE) in refusal(CLOUD, folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"admin": 3}', '{"admin": ""}', "\udcff"])
def test_a_damaged_file_is_kept_and_refused(tmp_path: Path, text: str) -> None:
    raw = text.encode(errors="surrogateescape")
    (tmp_path / FILE).write_bytes(raw)
    (tmp_path / FILE).chmod(0o600)
    said = refusal(CLOUD, tmp_path)
    assert "damaged" in said and "backup" in said
    assert (tmp_path / FILE).read_bytes() == raw


def test_a_crash_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_secrets(CLOUD, tmp_path, NAMES)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultError, match="No space left"):
        open_secrets(CLOUD, tmp_path, (*NAMES, "new"))
    monkeypatch.undo()
    assert open_secrets(CLOUD, tmp_path, NAMES) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [FILE, "secrets.lock"]


def test_a_file_is_synced_before_it_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    fsync, rename = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("fsync"), fsync(handle))[1])
    monkeypatch.setattr(Path, "replace", lambda one, to: (order.append("rename"), rename(one, to))[1])
    write_private(tmp_path / "file", "text")
    assert order == ["fsync", "rename", "fsync"]


def _open(folder: Path, start: object, results: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    made = open_secrets(CLOUD, folder, NAMES)
    results.put({n: s.reveal() for n, s in made.items()})  # type: ignore[attr-defined]


def test_two_processes_make_the_same_secrets(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.Queue()
    runs = [context.Process(target=_open, args=(tmp_path / "v", start, results)) for _ in range(6)]
    for run in runs:
        run.start()
    start.set()
    made = [results.get(timeout=20) for _ in runs]
    for run in runs:
        run.join()
    assert all(each == made[0] for each in made)


def test_an_own_secret_from_a_variable(tmp_path: Path) -> None:
    secrets = open_secrets(from_env("admin"), tmp_path, NAMES, {"MINE": "correct-horse"})
    assert secrets["admin"].reveal() == "correct-horse"
    assert "admin" not in json.loads((tmp_path / FILE).read_text()), "it is the operator's to keep"


def test_an_own_secret_from_a_command_is_its_first_line(tmp_path: Path) -> None:
    cloud = from_command("admin", "printf", "correct-horse\nlogin: me\n")
    assert open_secrets(cloud, tmp_path, NAMES)["admin"].reveal() == "correct-horse"


def test_an_own_secret_that_nothing_uses_is_not_asked_for(tmp_path: Path) -> None:
    open_secrets(from_env("unused"), tmp_path, NAMES, {})


def test_own_secrets_that_cannot_be_had(tmp_path: Path) -> None:
    assert "the variable MINE, which is not set" in refusal(from_env("admin"), tmp_path)
    assert "'admin'" in refusal(from_env("admin"), tmp_path)
    assert "`no-such-program x`" in refusal(from_command("admin", "no-such-program", "x"), tmp_path)
    assert "ended with 1" in refusal(from_command("admin", "false"), tmp_path)
    assert "printed nothing" in refusal(from_command("admin", "true"), tmp_path)
    assert not (tmp_path / FILE).exists(), "nothing is made before all is known to be there"


@pytest.mark.parametrize(
    "value", ["", "short", "with space", "p@ss:w/rd%1", "line1line\nline2", "käsekuchen"]
)
def test_own_secrets_that_would_break_a_file_are_refused_unseen(tmp_path: Path, value: str) -> None:
    said = refusal(from_env("admin"), tmp_path, MINE=value)
    assert "MINE" in said and (not value or value not in said)


def test_a_command_never_shows_what_it_printed(tmp_path: Path) -> None:
    said = refusal(from_command("admin", "sh", "-c", "cat /etc/hostname; echo s3cret >&2; exit 3"), tmp_path)
    assert "ended with 3" in said and Path("/etc/hostname").read_text().strip() not in said
    assert "s3cret\n" not in said


def test_a_rotation_promotes_what_every_host_has(tmp_path: Path) -> None:
    before = open_secrets(CLOUD, tmp_path, NAMES)
    assert rotate(tmp_path, "key.fernet") == (0, 1, 2)
    after = open_secrets(CLOUD, tmp_path, NAMES)
    assert after["key.fernet.2"] == before["key.fernet.0"]
    assert after["key.fernet.1"] == before["key.fernet.1"]
    assert after["key.fernet.0"] not in before.values()
    assert rotate(tmp_path, "key.fernet") == (0, 2, 3)
    assert {n: s for n, s in after.items() if not n.startswith("key.")} == {
        n: s for n, s in open_secrets(CLOUD, tmp_path, NAMES).items() if not n.startswith("key.")
    }
    with pytest.raises(VaultError, match=r"key\.none"):
        rotate(tmp_path, "key.none")


def test_at_any_rotation_neighbours_understand_each_other() -> None:
    """A host one deployment behind validates what one ahead makes, and the other way round."""
    values = {"key.k.0": "a", "key.k.1": "b", "key.kk.1": "other"}
    for n in range(8):
        turned = rotated(values, "key.k", f"new{n}")
        keys = {k: v for k, v in turned.items() if k.startswith("key.k.")}
        old = {k: v for k, v in values.items() if k.startswith("key.k.")}
        assert keys[f"key.k.{max(numbers(turned, 'key.k'))}"] in old.values()
        assert old[f"key.k.{max(numbers(values, 'key.k'))}"] in keys.values()
        assert len(keys) == min(3, len(old) + 1) and turned["key.kk.1"] == "other"
        values = turned


def test_keys_are_what_fernet_reads() -> None:
    from cryptography.fernet import Fernet

    Fernet(new_key(bytes(range(32))))
    with pytest.raises(ValueError, match="32"):
        new_key(b"short")
