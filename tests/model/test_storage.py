"""Where hosts keep the cloud's data: said by each whose role keeps any, in one way."""

from __future__ import annotations

import pytest
from broken_cloud import VALID, errors_of
from clouds import KNOWN

from holdfast.model.cloudfile.reader import parse
from holdfast.model.storage import Storage

KEEPS = VALID.replace("    zone: rack-1\n", "    zone: rack-1\n    storage: {GIVEN}\n").replace(
    "[controller]\n    zone", "[controller, storage]\n    zone"
)


def given(words: str) -> str:
    return KEEPS.replace("{GIVEN}", words)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("{device: /dev/disk/by-id/nvme-1}", Storage("/dev/disk/by-id/nvme-1")),
        ("{file_gib: 8}", Storage(file_gib=8)),
    ],
)
def test_a_device_or_a_file_is_taken(words: str, expected: Storage) -> None:
    assert parse(given(words), KNOWN).host("alpha").storage == expected


def test_a_host_that_keeps_data_says_where() -> None:
    text = KEEPS.replace("    storage: {GIVEN}\n", "")
    assert [what for _, _, what in errors_of(text)] == ["the host has no `storage`"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("{device: /dev/sdb, file_gib: 8}", "the storage is given twice"),
        ("{}", "the storage is given in no way"),
    ],
)
def test_it_is_given_in_one_way(words: str, what: str) -> None:
    assert what in [each for _, _, each in errors_of(given(words))]


def test_what_is_no_path_of_a_device_is_refused() -> None:
    assert errors_of(given("{device: /etc/passwd}"))
