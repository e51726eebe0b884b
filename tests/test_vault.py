"""Secrets are made once, kept from everybody else, and never shown."""

import json
import multiprocessing
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from clouds import WORDS

from holdfast.components import enabled
from holdfast.front.starter import starter
from holdfast.model.cloudfile.reader import parse
from holdfast.model.keyring import new_key, numbers, rotated
from holdfast.model.secret import Secret
from holdfast.strongbox import VaultError, write_private
from holdfast.vault import FILE, open_secrets, rotate, secret_names

CLOUD = parse(starter(3), WORDS)
NAMES = ("admin", "database.one", "bus.one", "key.fernet")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(folder: Path) -> str:
    with pytest.raises(VaultError) as caught:
        open_secrets(folder, NAMES, {})
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
    first = open_secrets(folder, NAMES, {})
    before = (folder / FILE).stat()
    again = open_secrets(folder, NAMES, {})
    assert first == again and (folder / FILE).stat().st_mtime_ns == before.st_mtime_ns
    assert set(first) == {"admin", "database.one", "bus.one", "key.fernet.0", "key.fernet.1"}
    assert len({s.reveal() for s in first.values()}) == 5
    assert all(len(first[n].reveal()) == 32 and first[n].reveal().isalnum() for n in NAMES[:3])
    assert set(open_secrets(folder, (*NAMES, "new"), {})) == {*first, "new"}


def test_only_the_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / ".holdfast/test"
    old = os.umask(0)
    try:
        open_secrets(folder, NAMES, {})
    finally:
        os.umask(old)
    assert mode(folder) == 0o700
    assert all(mode(path) == 0o600 for path in folder.iterdir())
    assert "*" in (folder.parent / ".gitignore").read_text().splitlines()


def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    open_secrets(tmp_path / "open", NAMES, {})
    assert mode(tmp_path / "open") == 0o700


def test_nothing_prints_a_secret(tmp_path: Path) -> None:
    secrets = open_secrets(tmp_path, NAMES, {})
    shown = f"{secrets} {secrets['admin']} {secrets['admin']!r}"
    assert all(s.reveal() not in shown for s in secrets.values()) and "***" in shown


@pytest.mark.parametrize("wide", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_can_use_is_refused(tmp_path: Path, wide: int) -> None:
    open_secrets(tmp_path, NAMES, {})
    (tmp_path / FILE).chmod(wide)
    said = refusal(tmp_path)
    assert f"{wide:o}" in said and f"chmod 600 {tmp_path / FILE}" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")
def test_a_file_or_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    open_secrets(tmp_path, NAMES, {})
    os.chown(tmp_path / FILE, 12345, 12345)
    assert "12345" in refusal(tmp_path)
    os.chown(tmp_path / FILE, 0, 0)
    os.chown(tmp_path, 12345, 12345)
    assert "12345" in refusal(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("{}")
    folder = tmp_path / "vault"
    folder.mkdir()
    (folder / FILE).symlink_to(tmp_path / "elsewhere")
    assert str(folder / FILE) in refusal(folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"admin": 3}',
        '{"admin": ""}',
        '{"admin": "two\\nlines"}',
        '{"admin": "\\ud800"}',
        '{"key.fernet.x": "key"}',
        "\udcff",
    ],
)
def test_a_damaged_file_is_kept_and_refused(tmp_path: Path, text: str) -> None:
    raw = text.encode(errors="surrogateescape")
    (tmp_path / FILE).write_bytes(raw)
    (tmp_path / FILE).chmod(0o600)
    said = refusal(tmp_path)
    assert "damaged" in said and "backup" in said
    assert (tmp_path / FILE).read_bytes() == raw


@pytest.mark.parametrize("kind", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: Callable[[Path], None]) -> None:
    kind(tmp_path / FILE)
    assert str(tmp_path / FILE) in refusal(tmp_path)
    assert (tmp_path / FILE).exists()


def test_a_crash_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_secrets(tmp_path, NAMES, {})

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultError, match="No space left"):
        open_secrets(tmp_path, (*NAMES, "new"), {})
    monkeypatch.undo()
    assert open_secrets(tmp_path, NAMES, {}) == before
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
    made = open_secrets(folder, NAMES, {})
    results.put({n: s.reveal() for n, s in made.items()})  # type: ignore[attr-defined]


def test_two_processes_make_the_same_secrets(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    start, results = context.Event(), context.Queue()
    runs = [context.Process(target=_open, args=(tmp_path / "v", start, results)) for _ in range(6)]
    for run in runs:
        run.start()
    start.set()
    made = [results.get(timeout=120) for _ in runs]
    for run in runs:
        run.join()
    assert all(each == made[0] for each in made)


def test_an_own_secret_is_taken_and_not_kept(tmp_path: Path) -> None:
    own = {"admin": Secret("correct-horse")}
    assert open_secrets(tmp_path, NAMES, own)["admin"].reveal() == "correct-horse"
    assert "admin" not in json.loads((tmp_path / FILE).read_text()), "it is the operator's to keep"


def test_a_password_that_was_changed_in_the_cloud_may_be_kept_here(tmp_path: Path) -> None:
    open_secrets(tmp_path, NAMES, {})
    kept = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps({**kept, "admin": "pass wörd!"}))
    assert open_secrets(tmp_path, NAMES, {})["admin"].reveal() == "pass wörd!"


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultError, match=r"No space left on device; .*make room"):
        open_secrets(tmp_path / ".holdfast/test", NAMES, {})
    assert not (tmp_path / ".holdfast/.gitignore").exists(), "an empty one would hide nothing from git"


def test_a_rotation_promotes_what_every_host_has(tmp_path: Path) -> None:
    before = open_secrets(tmp_path, NAMES, {})
    assert rotate(tmp_path, "fernet", NAMES) == (0, 1, 2)
    after = open_secrets(tmp_path, NAMES, {})
    assert after["key.fernet.2"] == before["key.fernet.0"]
    assert after["key.fernet.1"] == before["key.fernet.1"]
    assert after["key.fernet.0"] not in before.values()
    assert rotate(tmp_path, "fernet", NAMES) == (0, 2, 3)
    assert {n: s for n, s in after.items() if not n.startswith("key.")} == {
        n: s for n, s in open_secrets(tmp_path, NAMES, {}).items() if not n.startswith("key.")
    }


@pytest.mark.parametrize("name", ["nope", "key.fernet", "fernet.0", ""])
def test_a_rotation_of_keys_there_are_not_names_those_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(VaultError, match=r"the cloud has: fernet"):
        rotate(tmp_path / "v", name, NAMES)
    assert not (tmp_path / "v").exists()


def test_a_rotation_before_the_first_deployment_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="holdfast apply"):
        rotate(tmp_path / "v", "fernet", NAMES)
    assert not (tmp_path / "v").exists()


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
