"""What is taken away: files and folders removed, data kept aside, and what is never touched."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from holdfast.hosts.act import ActResult, act
from holdfast.hosts.agent import removal
from holdfast.hosts.agent.removal import mounts_in, unfit
from holdfast.model.plan import Action, Keep, PutFile, Remove, Step

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="keeps data of root: needs root")


async def done(folder, *actions: Action) -> ActResult:
    return await act(folder.transport, "r", Step("s", "folder", actions, "a test"))


async def test_files_links_and_empty_folders_go_and_absent_ones_are_no_fault(folder) -> None:
    etc = folder.root / "etc/w"
    (etc / "empty").mkdir(parents=True)
    (etc / "file").write_text("x")
    (folder.root / "kept").mkdir()
    (folder.root / "kept/data").write_text("x")
    (etc / "link").symlink_to(folder.root / "kept")
    (etc / "dangling").symlink_to("/nowhere")
    names = ("file", "empty", "dangling", "never", "never/below", "file/below")
    assert await done(folder, *(Remove(f"/etc/w/{name}") for name in names)) == ActResult(6)
    assert (await done(folder, Remove("/etc/w/link", recursive=True))).ok
    assert (folder.root / "kept/data").exists()
    assert list(etc.iterdir()) == []


async def test_a_folder_with_something_in_it_goes_only_when_that_is_meant(folder) -> None:
    (folder.root / "opt/w/sub").mkdir(parents=True)
    (folder.root / "opt/w/sub/file").write_text("x")
    (folder.root / "opt/w/link").symlink_to(folder.root)
    refused = await done(folder, Remove("/opt/w"))
    assert refused == ActResult(0, "remove /opt/w: it is a folder with something in it")
    assert (await done(folder, Remove("/opt/w", recursive=True))).ok
    assert not (folder.root / "opt/w").exists()
    assert (folder.root / "var/lib/holdfast/journal.jsonl").exists()


@pytest.mark.parametrize(
    "path", ["/", "/etc", "/var/lib", "/var/lib/holdfast", "etc/w", "/etc/w/../../usr", "/etc/.."]
)
def test_what_too_much_hangs_on_is_never_taken_away(path: str) -> None:
    assert unfit(path)


@pytest.mark.parametrize(
    "path", ["/etc/w", "/var/lib/w", "/var/lib/holdfast/incoming/x", "/opt/w/releases/1"]
)
def test_what_a_service_has_can_be_taken_away(path: str) -> None:
    assert unfit(path) == ""


async def test_a_refusal_touches_nothing(folder) -> None:
    (folder.root / "etc").mkdir()
    for action in (Remove("/etc", recursive=True), Keep("/etc", "etc"), Keep("/var/lib/holdfast", "x")):
        assert "too much hangs on it" in (await done(folder, action)).error
    assert (folder.root / "etc").exists()


def test_what_is_mounted_inside_is_seen() -> None:
    table = (
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "30 22 8:2 / /var/lib/w rw - ext4 /dev/sdb1 rw\n"
        "31 22 8:3 / /srv/a\\040b/c rw - ext4 /dev/sdc1 rw\n"
    )
    assert mounts_in(table, "/var/lib/w") == mounts_in(table, "/var/lib") == ["/var/lib/w"]
    assert mounts_in(table, "/srv/a b") == ["/srv/a b/c"]
    assert mounts_in(table, "/var/lib/w2") == mounts_in(table, "/var/lib/w/sub") == []


def test_a_folder_with_a_filesystem_in_it_stays(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_ROOT", str(folder.root))
    (folder.root / "var/w").mkdir(parents=True)
    table = f"30 22 8:2 / {folder.root}/var/w/disk rw - ext4 /dev/sdb1 rw"
    monkeypatch.setattr(removal, "read", lambda _path: table)
    assert "a filesystem is mounted at" in removal.remove("/var/w", recursive=True)
    assert "a filesystem is mounted at" in removal.keep("/var/w", "w")
    assert (folder.root / "var/w").exists()


async def test_systemd_hears_of_a_unit_file_that_is_gone(folder) -> None:
    folder.tool("systemctl")
    unit = "/etc/systemd/system/w.service"
    assert (await done(folder, PutFile(unit, "[Service]"), Remove(unit), Remove("/etc/other/file"))).ok
    assert folder.calls == ["systemctl daemon-reload"]
    folder.tool("systemctl", "echo no >&2; exit 1")
    assert "systemctl daemon-reload: no" in (await done(folder, Remove(unit))).error


async def test_data_is_moved_aside_for_root_alone_and_the_journal_says_where(folder) -> None:
    data = folder.root / "var/lib/w"
    kept = folder.root / "var/lib/holdfast/kept"
    data.mkdir(parents=True, mode=0o750)
    os.chown(data, 7, 8)
    for text in ("first", "second"):
        (data / "rows").write_text(text)
        assert (await done(folder, Keep("/var/lib/w", "w"))).ok
        left = data.stat()
        # Its package stays, and made the folder once: without it the service could not come back.
        assert list(data.iterdir()) == []
        assert (left.st_mode & 0o777, left.st_uid, left.st_gid) == (0o750, 7, 8)
    assert (await done(folder, Keep("/var/lib/w", "w"))).ok
    assert sorted(path.read_text() for path in kept.glob("*/w/rows")) == ["first", "second"]
    assert {path.stat().st_mode & 0o777 for path in (kept, *kept.iterdir())} == {0o700}
    journal = (folder.root / "var/lib/holdfast/journal.jsonl").read_text().splitlines()
    told = [entry["to"] for entry in map(json.loads, journal) if entry["kind"] == "kept"]
    assert [Path(to, "rows").read_text() for to in told] == ["first", "second"]


def on_another_filesystem(monkeypatch: pytest.MonkeyPatch, source: Path) -> None:
    """From there nothing can be renamed away."""
    rename = Path.rename

    def elsewhere(self: Path, target: Path) -> Path:
        if self == source:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", elsewhere)


def test_data_on_another_filesystem_is_copied_whole(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_ROOT", str(folder.root))
    data, kept = folder.root / "srv/w", folder.root / "var/lib/holdfast/kept"
    data.mkdir(parents=True)
    (data / "rows").write_text("all")
    os.chown(data / "rows", 7, 8)
    interrupted = kept / "earlier/w.part"
    interrupted.mkdir(parents=True)
    on_another_filesystem(monkeypatch, data)
    assert removal.keep("/srv/w", "w") == ""
    (rows,) = kept.glob("*/w/rows")
    assert (rows.read_text(), rows.stat().st_uid, rows.stat().st_gid) == ("all", 7, 8)
    assert list(data.iterdir()) == [] and not interrupted.exists()


def test_data_that_cannot_be_copied_stays_where_it_is(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_ROOT", str(folder.root))
    monkeypatch.setenv("PATH", str(folder.root / "bin"))
    (folder.root / "bin").mkdir(exist_ok=True)
    copy = folder.root / "bin/cp"
    copy.write_text("#!/bin/sh\necho No space left on device >&2; exit 1\n")
    copy.chmod(0o755)
    data = folder.root / "srv/w"
    (data / "rows").mkdir(parents=True)
    on_another_filesystem(monkeypatch, data)
    assert (
        removal.keep("/srv/w", "w")
        == "it cannot be copied to /var/lib/holdfast/kept: No space left on device"
    )
    assert (data / "rows").exists()
    assert list((folder.root / "var/lib/holdfast/kept").iterdir()) == []
