"""The image's name follows from what makes it; its steps are sound shell; a disk knows its purpose."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.lab import LabError, image_path, recipe
from holdfast.lab.disk import Birth, Disk
from holdfast.lab.image import remove_partial
from holdfast.lab.volume import Shelf, Volume


def test_the_name_follows_the_packages_and_not_their_order() -> None:
    assert image_path(["a", "b"]) == image_path(["b", "a", "a"])
    assert image_path(["a", "b"]) != image_path(["a"]) != image_path([])
    assert len(image_path(["a"]).name) == 16


@pytest.mark.parametrize(
    "script",
    [
        recipe.base_script("http://mirror.invalid/debian", "a,b"),
        recipe.packages_script("/b'ase", "deb x y main", 'A "b";', ["one", "two"], "/ca"),
    ],
)
def test_the_steps_are_sound_shell(script: str) -> None:
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0


def test_a_partial_image_is_removed_and_a_whole_one_stays(tmp_path: Path) -> None:
    (tmp_path / "0123.partial/etc").mkdir(parents=True)
    (tmp_path / "4567").mkdir()
    remove_partial(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["4567"]


@pytest.fixture
def birth(tmp_path: Path) -> Birth:
    image = tmp_path / "image"
    for folder in ("etc/ssh", "root"):
        (image / folder).mkdir(parents=True)
    (image / "root").chmod(0o700)
    return Birth(str(image), "c1", "198.18.0.11", "ssh-ed25519 AAAA lab")


def test_a_disk_has_the_hosts_identity_and_keeps_it(tmp_path: Path, birth: Birth) -> None:
    disk = Disk(tmp_path / "disk")
    disk.make(birth, ())
    assert (disk.upper / "etc/hosts").read_text().endswith("198.18.0.11 c1\n")
    assert (disk.upper / "root").stat().st_mode & 0o777 == 0o700
    assert (disk.upper / "root/.ssh/authorized_keys").stat().st_mode & 0o777 == 0o600
    machine_id, host_key = (disk.upper / "etc/machine-id").read_text(), disk.host_key
    disk.make(replace(birth, authorized_key="ssh-ed25519 BBBB lab"), ())
    assert "BBBB" in (disk.upper / "root/.ssh/authorized_keys").read_text()
    assert ((disk.upper / "etc/machine-id").read_text(), disk.host_key) == (machine_id, host_key)


def test_a_half_made_disk_is_made_anew(tmp_path: Path, birth: Birth) -> None:
    disk = Disk(tmp_path / "disk")
    (disk.upper / "etc").mkdir(parents=True)
    (disk.upper / "etc/half").touch()
    disk.make(birth, ())
    assert disk.birth == birth
    assert not (disk.upper / "etc/half").exists()


@pytest.mark.parametrize("change", [{"address": "198.18.0.12"}, {"image": "/elsewhere"}])
def test_a_disk_made_for_something_else_is_refused(
    tmp_path: Path, birth: Birth, change: dict[str, str]
) -> None:
    disk = Disk(tmp_path / "disk")
    disk.make(birth, ())
    with pytest.raises(LabError, match="down --wipe"):
        disk.make(replace(birth, **change), ())


def test_a_disk_made_without_one_for_its_data_is_refused(tmp_path: Path, birth: Birth) -> None:
    disk = Disk(tmp_path / "disk")
    disk.make(birth, ())
    with pytest.raises(LabError, match=r"made without a disk for /var/lib/rows: .*down --wipe"):
        disk.make(birth, (Volume("/var/lib/rows", 64),))


def test_a_volume_is_known_by_its_folder(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for name in ("%2Fvar%2Flib%2Frows", "%2Fsrv%2Fhalf-made"):
        (tmp_path / name).mkdir()
    (tmp_path / "%2Fvar%2Flib%2Frows/disk").touch()
    assert shelf.folders() == ("/var/lib/rows",)
    assert shelf.binds() == (f"{tmp_path}/%2Fvar%2Flib%2Frows/mount:/var/lib/rows",)


@pytest.mark.parametrize("size", [0, 63, 4097])
def test_a_volume_is_neither_tiny_nor_large(size: int) -> None:
    with pytest.raises(LabError, match="64 to 4096 MiB"):
        Volume("/var/lib/rows", size)
