"""A release archive of the cache is used as it was built, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast import artefact
from holdfast.artefact import build_release, known_series, release_of

SERIES = known_series()[-1]


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The series that were installed; packing writes a line for each."""
    done: list[str] = []

    def install(series: str, tree: Path) -> None:
        tree.mkdir()
        done.append(series)

    monkeypatch.setattr(artefact, "_install", install)
    monkeypatch.setattr(artefact, "_tar", lambda tree, archive: archive.write_text(f"build {len(done)}\n"))
    return done


def built(cache: Path) -> tuple[str, list[str]]:
    """The archive's text, and what was said of one that was there."""
    said: list[str] = []
    release = build_release(SERIES, cache, None, said.append)
    return Path(release.archive).read_text(), [text for text in said if "anew" in text]


def archive_in(cache: Path) -> Path:
    return Path(release_of(SERIES, cache).archive)


def test_a_whole_archive_is_built_once(tmp_path: Path, builds: list[str]) -> None:
    assert built(tmp_path) == built(tmp_path) == ("build 1\n", [])
    assert builds == [SERIES]
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == [
        archive_in(tmp_path).name,
        f"{archive_in(tmp_path).name}.sha256",
    ]


def flip(archive: Path) -> None:
    archive.write_bytes(b"X" + archive.read_bytes()[1:])


def cut(archive: Path) -> None:
    os.truncate(archive, 3)


def unproven(archive: Path) -> None:
    archive.with_name(f"{archive.name}.sha256").unlink()


def nonsense(archive: Path) -> None:
    archive.with_name(f"{archive.name}.sha256").write_bytes(b"\xff\xfe")


def pipe(archive: Path) -> None:
    archive.unlink()
    os.mkfifo(archive)


@pytest.mark.parametrize("damage", [flip, cut, unproven, nonsense, pipe])
def test_a_damaged_archive_is_built_anew_with_a_word(
    tmp_path: Path, builds: list[str], damage: Callable[[Path], None]
) -> None:
    built(tmp_path)
    damage(archive_in(tmp_path))
    text, said = built(tmp_path)
    assert text == "build 2\n"
    assert len(said) == 1 and str(archive_in(tmp_path)) in said[0]
    assert built(tmp_path) == ("build 2\n", [])


def test_a_crash_before_the_archive_is_in_place_leaves_nothing_to_trust(
    tmp_path: Path, builds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tmp_path)
    flip(archive_in(tmp_path))

    def crash(_one: Path, _to: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        built(tmp_path)
    monkeypatch.undo()
    names = {p.name for p in (tmp_path / "releases").iterdir()}
    assert names == {archive_in(tmp_path).name, f"{archive_in(tmp_path).name}.sha256"}
    assert artefact._damage(archive_in(tmp_path)) == "is damaged"
