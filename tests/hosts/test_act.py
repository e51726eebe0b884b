"""Actions through the real program, on a folder of this machine."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import holdfast.hosts.act as acting
from holdfast.hosts.act import act
from holdfast.hosts.agent import disk
from holdfast.hosts.agent.deeds import scrub
from holdfast.hosts.fake import ScriptedHost
from holdfast.hosts.observe import Inquiry, observe
from holdfast.hosts.program import ARGV
from holdfast.hosts.transport import Result
from holdfast.model.plan import Action, Change, Forget, Package, PutFile, Run, Step, Unit, Unpack

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes owners: needs root")
pytestmark = needs_root


def step(*actions: Action) -> Step:
    return Step("s", "folder", actions, "a test")


def journal(folder) -> list[dict[str, object]]:
    return [
        json.loads(line) for line in (folder.root / "var/lib/holdfast/journal.jsonl").read_text().splitlines()
    ]


async def test_put_file_is_what_observation_expects(folder) -> None:
    wanted = PutFile("/etc/new/sub/conf", "secret ü\n", owner="nobody", group="nogroup", mode=0o640)
    assert (await act(folder.transport, "r", step(wanted))).ok
    seen = await observe(folder.transport, Inquiry(files=(wanted.path,)))
    assert seen.files[wanted.path] == wanted.digest
    assert seen.files[wanted.path] != replace(wanted, content="secret u\n").digest
    parent = folder.root / "etc/new"
    assert parent.stat().st_mode & 0o777 == 0o755
    assert [p.name for p in (parent / "sub").iterdir()] == ["conf"]
    assert "secret" not in (folder.root / "var/lib/holdfast/journal.jsonl").read_text()
    assert (folder.root / "var/lib/holdfast/journal.jsonl").stat().st_mode & 0o777 == 0o600
    assert [entry["kind"] for entry in journal(folder)] == ["begun", "done"]


async def test_the_first_failure_ends_the_step_and_says_what_and_why(folder) -> None:
    result = await act(
        folder.transport,
        "r",
        step(PutFile("/a", "1"), PutFile("/b", "2", owner="nobody-at-all"), PutFile("/c", "3")),
    )
    assert result.done == 1
    assert result.error.startswith("write /b: no such user or group on this host:")
    assert "nobody-at-all" in result.error
    assert (folder.root / "a").exists()
    assert not (folder.root / "c").exists()
    assert [entry["kind"] for entry in journal(folder)] == ["begun", "failed"]


async def test_a_write_that_fails_leaves_the_old_file(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder.root / "f"
    path.write_text("old")

    def chunks():
        yield b"half"
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        disk.write(path, chunks())
    assert path.read_text() == "old"
    assert [p.name for p in folder.root.iterdir()] == ["f"]


async def test_run_has_user_environment_input_and_mark(folder) -> None:
    check = 'test "$(cat)" = input && test "$PASSWORD" = s3cret-word && test "$(id -un)" = nobody'
    run = Run(
        ("sh", "-c", check),
        stdin="input",
        user="nobody",
        env=(("PASSWORD", "s3cret-word"),),
        mark="part/once",
        digest="d1",
    )
    assert await act(folder.transport, "r", step(run)) == acting.ActResult(1)
    seen = await observe(folder.transport, Inquiry(marks=("part/once",)))
    assert seen.marks == {"part/once": "d1"}


async def test_a_failed_run_leaves_no_mark_and_tells_no_secret(folder) -> None:
    run = Run(
        ("sh", "-c", "cat >&2; echo $PASSWORD >&2; exit 3"),
        stdin="CREATE USER x IDENTIFIED BY 'pa55-w0rd-long'",
        env=(("PASSWORD", "s3cret-word"),),
        mark="m",
        digest="d",
    )
    result = await act(folder.transport, "r", step(run))
    assert "ended with 3" in result.error
    assert "CREATE USER x" in result.error  # the words that help are still there
    assert "pa55-w0rd-long" not in result.error
    assert "s3cret-word" not in result.error
    assert not (folder.root / "var/lib/holdfast/marks/m").exists()


def test_scrub_is_needed() -> None:
    action = {"env": [["A", "value-of-a"]], "stdin": ""}
    assert scrub("bad: value-of-a", action) == "bad: ***"
    assert scrub("bad: value-of-a", {"env": [], "stdin": ""}) == "bad: value-of-a"


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (Run(("no-such-tool",)), "no-such-tool is not on this host"),
        (Run(("sleep", "9"), timeout=0.2), "within 0.2 s"),
    ],
)
async def test_a_run_that_cannot_end(folder, run: Run, why: str) -> None:
    assert why in (await act(folder.transport, "r", step(run))).error


SHOW = (
    'case "$*" in *NeedDaemonReload*) echo no;; *LoadState*) echo loaded;; *ActiveState*) echo active;; esac'
)


@pytest.mark.parametrize(
    ("change", "verb"), [("start", "start"), ("restart", "restart"), ("reload", "reload-or-restart")]
)
async def test_a_unit_is_enabled_changed_and_recorded(folder, change: str, verb: str) -> None:
    folder.tool("systemctl", SHOW)
    assert (await act(folder.transport, "r", step(Unit("w.service", Change(change), "u:c")))).ok
    asked = [call for call in folder.calls if "show" not in call]
    assert asked == [
        "systemctl enable --quiet -- w.service",
        "systemctl reset-failed -- w.service",
        f"systemctl {verb} -- w.service",
    ]
    assert (folder.root / "var/lib/holdfast/units/w.service").read_text() == "u:c"


async def test_a_new_unit_file_is_read_before_the_start(folder) -> None:
    folder.tool("systemctl", SHOW.replace("echo no", "echo yes"))
    assert (await act(folder.transport, "r", step(Unit("w.service", Change.START)))).ok
    assert "systemctl daemon-reload" in folder.calls


async def test_stop_disables_and_forgets_the_record(folder) -> None:
    folder.tool("systemctl", SHOW)
    await act(
        folder.transport, "r", step(Unit("w.service", Change.START, "d"), Unit("w.service", Change.STOP))
    )
    assert not (folder.root / "var/lib/holdfast/units/w.service").exists()
    asked = [call for call in folder.calls if "show" not in call]
    assert asked[-2:] == ["systemctl stop -- w.service", "systemctl disable --quiet -- w.service"]


async def test_a_unit_that_is_not_there_is_stopped_unless_it_runs_without_its_file(folder) -> None:
    gone = SHOW.replace("echo loaded", "echo not-found")
    folder.tool("systemctl", f"{gone.replace('echo active', 'echo inactive')}; test $1 != stop")
    assert (await act(folder.transport, "r", step(Unit("w.service", Change.STOP)))).ok
    assert not any(call.startswith(("systemctl stop", "systemctl disable")) for call in folder.calls)
    folder.tool("systemctl", gone)
    assert (await act(folder.transport, "r", step(Unit("w.service", Change.STOP)))).ok
    assert folder.calls[-1] == "systemctl stop -- w.service"


async def test_a_unit_that_cannot_be_stopped_stays_on_record(folder) -> None:
    folder.tool("systemctl", f'{SHOW}; case "$1" in stop) echo "Job failed" >&2; exit 1;; esac')
    folder.tool("journalctl", "echo the reason")
    started, stopped = Unit("w.service", Change.START, "d"), Unit("w.service", Change.STOP)
    result = await act(folder.transport, "r", step(started, stopped))
    assert (result.done, "Job failed" in result.error, "the reason" in result.error) == (1, True, True)
    assert (folder.root / "var/lib/holdfast/units/w.service").exists()
    assert not any("disable" in call for call in folder.calls)


async def test_work_that_was_done_can_be_forgotten(folder) -> None:
    once = Run(("true",), mark="part/once", digest="d1")
    kept = Run(("true",), mark="kept", digest="d1")
    forget = Forget(mark="part/once")
    assert (await act(folder.transport, "r", step(once, kept, forget, forget))).ok
    seen = await observe(folder.transport, Inquiry(marks=("part/once", "kept")))
    assert seen.marks == {"part/once": "", "kept": "d1"}


async def test_what_a_unit_runs_with_is_forgotten_for_good(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.tool("systemctl", SHOW)
    started = step(Unit("w@1.service", Change.START, "d"))
    assert (await act(folder.transport, "r", started)).ok
    forget = step(Forget("w@1.service"), Forget("never.service"))
    assert await act(folder.transport, "r", forget) == acting.ActResult(2)
    seen = await observe(folder.transport, Inquiry(units=("w@1.service",)))
    assert seen.units["w@1.service"].applied == ""
    synced: list[Path] = []
    monkeypatch.setattr(disk, "sync_folder", synced.append)
    (folder.root / "record").write_text("")
    disk.erase(folder.root / "record")
    disk.erase(folder.root / "record")
    assert synced == [folder.root]


async def test_a_unit_that_fails_brings_its_last_lines_and_no_record(folder) -> None:
    folder.tool("systemctl", f'{SHOW}; case "$1" in start) echo "Job failed" >&2; exit 1;; esac')
    folder.tool("journalctl", "echo first; echo the reason")
    result = await act(folder.transport, "r", step(Unit("w.service", Change.START, "d")))
    assert "Job failed" in result.error
    assert "the reason" in result.error
    assert not (folder.root / "var/lib/holdfast/units/w.service").exists()


async def test_a_unit_that_hangs_ends_at_its_time(folder) -> None:
    folder.tool("systemctl", f'{SHOW}; case "$1" in start) exec sleep 20;; esac')
    folder.tool("journalctl", "echo waiting for a friend")
    result = await act(folder.transport, "r", step(Unit("w.service", Change.START, "d", timeout=0.3)))
    assert "within 0.3 s" in result.error
    assert "waiting for a friend" in result.error


WANTS = "etc/systemd/system/multi-user.target.wants"
INSTALLS = f"""
test "$DEBIAN_FRONTEND" = noninteractive || exit 9
"$HOLDFAST_ROOT/usr/sbin/policy-rc.d"; test $? = 101 || exit 8
ln -s /lib/new.service "$HOLDFAST_ROOT/{WANTS}/new.service"
ln -s /lib/rotate.timer "$HOLDFAST_ROOT/{WANTS}/rotate.timer"
"""


def with_packages(folder, script: str = INSTALLS) -> None:
    (folder.root / WANTS).mkdir(parents=True)
    (folder.root / WANTS / "old.service").symlink_to("/lib/old.service")
    folder.tool("dpkg")
    folder.tool("systemctl")
    folder.tool("apt-get", script)


async def test_packages_start_nothing_and_what_they_enabled_is_disabled(folder) -> None:
    with_packages(folder)
    assert (await act(folder.transport, "r", step(Package(("one", "two"))))).ok
    assert any(call.startswith("apt-get install -q -y --no-install-recommends") for call in folder.calls)
    assert any(call.endswith("-- one two") for call in folder.calls)
    assert folder.calls[-1] == "systemctl disable --quiet -- new.service"
    assert not (folder.root / "usr/sbin/policy-rc.d").exists()


async def test_an_operators_own_policy_comes_back(folder) -> None:
    with_packages(folder)
    policy = folder.root / "usr/sbin/policy-rc.d"
    policy.parent.mkdir(parents=True)
    policy.write_text("theirs")
    assert (await act(folder.transport, "r", step(Package(("one",))))).ok
    assert policy.read_text() == "theirs"


async def test_a_failed_installation_says_why_and_leaves_no_policy(folder) -> None:
    with_packages(folder, "echo 'E: Unable to locate package one' >&2; exit 100")
    result = await act(folder.transport, "r", step(Package(("one",))))
    assert "Unable to locate package one" in result.error
    assert not (folder.root / "usr/sbin/policy-rc.d").exists()


async def test_an_installation_cut_by_power_loss_is_settled_by_the_next_step(folder) -> None:
    with_packages(folder, f"{INSTALLS}\nkill -9 $PPID")
    folder_result = await asyncio.gather(
        act(folder.transport, "r", step(Package(("one",)))), return_exceptions=True
    )
    assert isinstance(folder_result[0], Exception)
    assert (folder.root / "usr/sbin/policy-rc.d").exists()
    assert (await act(folder.transport, "r2", step(PutFile("/x", "")))).ok
    assert not (folder.root / "usr/sbin/policy-rc.d").exists()
    assert folder.calls[-1] == "systemctl disable --quiet -- new.service"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    content = tmp_path / "content"
    content.mkdir()
    (content / "program").write_text("v1")
    path = tmp_path / "release.tar.zst"
    subprocess.run(["tar", "--zstd", "-cf", path, "-C", content, "."], check=True)
    return path


async def test_unpack_is_whole_and_sent_once(folder, archive: Path) -> None:
    partial = folder.root / "opt/releases/1.partial"
    partial.mkdir(parents=True)
    (partial / "left-over").write_text("of an interrupted run")
    action = Unpack(str(archive), "/opt/releases/1")
    assert await act(folder.transport, "r", step(action)) == acting.ActResult(1)
    assert [p.name for p in (folder.root / "opt/releases/1").iterdir()] == ["program"]
    assert not partial.exists()
    assert list((folder.root / "var/lib/holdfast/incoming").iterdir()) == []


async def test_an_archive_that_is_there_is_not_sent_again(archive: Path) -> None:
    sent: list[bool] = []

    def script(argv: tuple[str, ...], _stdin: bytes) -> Result:
        return Result(0, '{"done": 1}', "") if argv == ARGV else Result(0 if sent else 1, "", "")

    host = ScriptedHost("h", script)
    await act(host, "r", step(Unpack(str(archive), "/p")))
    assert [data == archive.read_bytes() for data in host.files.values()] == [True]
    host.files.clear()
    sent.append(True)
    await act(host, "r", step(Unpack(str(archive), "/p")))
    assert host.files == {}


async def test_a_broken_archive_is_told_and_nothing_is_there(folder, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.zst"
    broken.write_bytes(b"noise")
    result = await act(folder.transport, "r", step(Unpack(str(broken), "/opt/r")))
    assert "tar ended with" in result.error
    assert not (folder.root / "opt/r").exists()
    missing = await act(folder.transport, "r", step(Unpack(str(tmp_path / "none"), "/opt/r")))
    assert "No such file" in missing.error


async def test_two_steps_never_work_on_a_host_at_once(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "PATIENCE", 0.1)
    state = folder.root / "var/lib/holdfast"
    state.mkdir(parents=True)
    with (state / "act.flock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        result = await act(folder.transport, "r", step(PutFile("/x", "")))
    assert "still works on this host" in result.error
    assert not (folder.root / "x").exists()
    assert (await act(folder.transport, "r", step(PutFile("/x", "")))).ok


async def test_put_checks_what_came(folder) -> None:
    await folder.transport.put("/big", b"\x00\n" * 700_000, mode=0o600)
    assert (folder.root / "big").read_bytes() == b"\x00\n" * 700_000
    assert (folder.root / "big").stat().st_mode & 0o777 == 0o600
    with pytest.raises(OSError, match="was not written"):
        await folder.transport.put("/x", b"", owner="nobody-at-all:root")
