"""The block store: keys in its form, copies that share no fate, nothing ever made over anything."""

from __future__ import annotations

import base64
import struct
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from clouds import clouds, site_of
from shipped import shipped

from holdfast.components.ceph.keys import key, keyring
from holdfast.components.ceph.settings import apart, copies, enough
from holdfast.model.catalogue import Site

sys.modules.setdefault("rados", ModuleType("rados"))
DISK, STORE = shipped("ceph_osd"), shipped("ceph_store")
UUID = "11111111-2222-3333-4444-555555555555"


def site(hosts: int = 3, zones: int = 3) -> Site:
    whole = clouds()["whole"]
    zoned = (replace(h, zone=f"zone{n % zones}") for n, h in enumerate(whole.hosts[:hosts]))
    return site_of(replace(whole, hosts=tuple(zoned)))


def test_a_key_has_the_form_that_the_store_reads() -> None:
    raw = base64.b64decode(key(site(), "client.x").reveal())
    assert struct.unpack("<HIIH", raw[:12]) == (1, 0, 0, 16)
    assert len(raw) == 28


def test_each_has_a_key_of_its_own_and_always_the_same() -> None:
    assert key(site(), "client.x") == key(site(), "client.x") != key(site(), "client.y")
    assert site().secret("block-store").reveal() not in keyring(site(), {"client.x": {"mon": "allow r"}})


@pytest.mark.parametrize(
    ("hosts", "zones", "expected"), [(1, 1, (1, 1, "host")), (3, 3, (3, 2, "zone")), (3, 2, (3, 2, "host"))]
)
def test_copies_share_no_fate(hosts: int, zones: int, expected: tuple[int, int, str]) -> None:
    placed = site(hosts, zones).offering("block-store")
    assert (copies(placed), enough(placed), apart(placed)) == expected


def test_a_file_is_no_device_and_the_own_label_is_known(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(b"")
    assert DISK.what_is_on(path, UUID) == "it is no block device"
    assert DISK.ours(b"bluestore block device\n" + UUID.encode() + b"\n", UUID)
    assert not DISK.ours(b"bluestore block device\n" + UUID[::-1].encode(), UUID)


class Store:
    """A store with one pool, as it answers."""

    def __init__(self, **pool: Any) -> None:
        made = {"pool_name": "volumes", "crush_rule": 1, "size": 3, "min_size": 2, **pool}
        rules = [{"rule_name": "apart-by-host", "rule_id": 1}]
        self._answers = {"osd pool ls": [made], "osd crush rule dump": rules}

    def ask(self, prefix: str, inbuf: bytes = b"", **arguments: Any) -> Any:
        return self._answers[prefix]


WANTED = {"rule": "apart-by-host", "size": 3, "min_size": 2, "pools": ["volumes"]}


def test_pools_as_wanted_are_left_alone() -> None:
    assert list(STORE.pools_amiss(Store(), WANTED)) == []


def test_a_pool_that_is_missing_or_keeps_fewer_copies_is_told() -> None:
    assert list(STORE.pools_amiss(Store(size=2), WANTED)) == ["pool volumes: size is 2"]
    assert list(STORE.pools_amiss(Store(), {**WANTED, "pools": ["volumes", "vms"]})) == [
        "pool vms is missing"
    ]


def test_a_keyring_is_read_as_it_was_written() -> None:
    users = STORE.wanted_users(keyring(site(), {"client.x": {"mon": "profile rbd", "osd": "allow *"}}))
    assert users["client.x"]["caps"] == {"mon": "profile rbd", "osd": "allow *"}
    assert users["client.x"]["key"] == key(site(), "client.x").reveal()
