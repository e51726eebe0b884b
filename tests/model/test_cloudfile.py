# ruff: noqa: E501 (the table of cases is read by columns)
"""Every error of a cloud file is found at once, at its exact place, in words that hold a cure."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from broken_cloud import VALID, errors_of
from clouds import KNOWN, WORDS

from holdfast.components import catalogue
from holdfast.model.cloud import Promise, SecretFrom, SecretSource, Timers
from holdfast.model.cloudfile.errors import CloudFileErrors
from holdfast.model.cloudfile.reader import LARGEST, parse, read


def changed(old: str, new: str) -> str:
    assert VALID.count(old) == 1, f"{old!r} stands {VALID.count(old)} times"
    return VALID.replace(old, new)


def test_a_valid_file_becomes_a_cloud() -> None:
    cloud = parse(VALID, KNOWN)
    assert (cloud.name, cloud.release, cloud.region, cloud.timers) == (
        "three",
        "2026.2",
        "RegionOne",
        Timers.TUNED,
    )
    assert cloud.address == "198.18.0.10"
    assert (
        cloud.host("alpha").roles == WORDS.expanded(("controller",)) and cloud.host("alpha").zone == "rack-1"
    )
    charlie = {"endpoint", "api", "database", "messaging", "coordination", "cache"}
    assert cloud.host("charlie").roles == charlie
    assert (cloud.host("charlie").ssh_user, cloud.host("charlie").ssh_port) == ("debian", 2222)
    assert cloud.promises == (
        Promise("power-address", "address", 0.4),
        Promise("power-address", "identity", 1.0),
    )
    assert cloud.secrets == {
        "admin": SecretSource(SecretFrom.ENV, ("ADMIN_PASSWORD",)),
        "database.keystone": SecretSource(SecretFrom.COMMAND, ("pass", "show", "db")),
    }


def test_numbers_and_words_stay_as_written() -> None:
    """YAML alone would make 2026.10 the number 2026.1, and `no` a truth value."""
    cloud = parse(
        changed('"2026.2"', "2026.10").replace("zone: rack-1", "zone: no"),
        replace(WORDS, series=("2026.10",)),
    )
    assert cloud.release == "2026.10" and cloud.hosts[0].zone == "no"


def test_a_key_with_nothing_after_it_is_not_given() -> None:
    text = VALID[: VALID.index("  power-address")] + "  # power-address: {address: 1}\nsecrets:\n"
    assert parse(text, WORDS).promises == ()


CASES = {
    "unknown key": ("release:", "relaese:", [(1, 1, "'release' is missing in the cloud file"), (2, 1, "unknown key 'relaese'")]),
    "unknown key in a host": ("    zone: rack-1", "    rack: 1", [(11, 5, "unknown key 'rack'")]),
    "no jump host": ("port: 2222", "jump: 'ops@'", [(18, 31, "'jump' cannot be 'ops@'")]),
    "unknown key in ssh": ("user: debian", "usr: debian", [(18, 11, "unknown key 'usr'")]),
    "key missing in a host": ("  - name: bravo\n    address", "  - address", [(12, 5, "'name' is missing in an entry of 'hosts'")]),
    "key missing in the network": ("  cidr: 198.18.0.0/24\n", "", [(3, 1, "'cidr' is missing in 'network'")]),
    "key twice": ("  - name: bravo", "  - name: bravo\n    name: delta", [(13, 5, "the key 'name' is given twice")]),
    "top key twice": ("services:", "name: again\nservices:", [(19, 1, "the key 'name' is given twice")]),
    "value is a list": ("name: three", "name: [three]", [(1, 1, "'name' cannot be a list")]),
    "an item is empty": ("services: [keystone]", "services:\n  - keystone\n  -", [(21, 4, "'services' cannot be empty")]),
    "value is empty": ("cidr: 198.18.0.0/24", "cidr:", [(5, 3, "'cidr' cannot be empty")]),
    "name no label": ("name: three", "name: Three_", [(1, 7, "'name' cannot be 'Three_'")]),
    "name a number": ("name: bravo", "name: 12", [(12, 11, "'name' cannot be '12'")]),
    "name twice": ("name: bravo", "name: alpha", [(12, 11, "the name 'alpha' is taken")]),
    "name of the cloud": ("name: bravo", "name: three", [(12, 11, "the name 'three' is taken")]),
    "name localhost": ("name: bravo", "name: localhost", [(12, 11, "the name 'localhost' is taken")]),
    "address twice": ("198.18.0.12", "198.18.0.11", [(13, 14, "the address 198.18.0.11 is given twice")]),
    "address is the virtual one": ("198.18.0.12", "198.18.0.10", [(13, 14, "the address 198.18.0.10 is given twice")]),
    "address outside": ("198.18.0.12", "198.18.1.12", [(13, 14, "198.18.1.12 is outside the network")]),
    "address of the network": ("198.18.0.12", "198.18.0.0", [(13, 14, "198.18.0.0 is the network's own address")]),
    "broadcast address": ("198.18.0.12", "198.18.0.255", [(13, 14, "198.18.0.255 is the broadcast address")]),
    "address no address": ("198.18.0.12", "198.18.0.1200", [(13, 14, "'address' cannot be '198.18.0.1200'")]),
    "address IPv6": ("198.18.0.12", "fd00::12", [(13, 14, "fd00::12 is outside the network")]),
    "virtual address outside": ("virtual_address: 198.18.0.10", "virtual_address: 10.0.0.1", [(6, 20, "10.0.0.1 is outside the network")]),
    "network with host bits": ("0.0/24", "0.5/24", [(5, 9, "198.18.0.5/24 is not the start of a network")]),
    "network with a netmask": ("198.18.0.0/24", "198.18.0.0/255.255.255.0", [(5, 9, "'198.18.0.0/255.255.255.0' is not a network")]),
    "network with a wildcard": ("198.18.0.0/24", "198.18.0.0/0.0.0.255", [(5, 9, "'198.18.0.0/0.0.0.255' is not a network")]),
    "network no network": ("198.18.0.0/24", "the lab", [(5, 9, "'the lab' is not a network")]),
    "network of the other family": ("198.18.0.0/24", "fd00::/64", [
        (6, 20, "198.18.0.10 is outside the network"), (9, 14, "198.18.0.11 is outside the network"),
        (13, 14, "198.18.0.12 is outside the network"), (16, 14, "198.18.0.13 is outside the network"),
    ]),
    "address of one link": ("198.18.0.12", "fe80::12%eth0", [(13, 14, "fe80::12%eth0 is for one link only")]),
    "no network at all": ("network:", "networks_:", [(1, 1, "'network' is missing in the cloud file"), (3, 1, "unknown key 'networks_'")]),
    "network loopback": ("198.18.0.0/24", "127.0.0.0/8", [
        (5, 9, "127.0.0.0/8 cannot hold hosts"),
    ]),
    "network too small": ("198.18.0.0/24", "198.18.0.10/31", [(5, 9, "198.18.0.10/31 is too small")]),
    "role unknown": ("[endpoint, api,", "[endpont, api,", [(17, 13, "unknown role 'endpont'")]),
    "no roles": ("roles: [endpoint, api, database, messaging, coordination, cache]", "roles: []", [(17, 5, "'roles' cannot be an empty list")]),
    "even quorum": ("database, messaging, coordination, cache]", "coordination, cache]", [(7, 1, "2 hosts hold the role database and messaging: an even number")]),
    "even quorum of one role": ("messaging, coordination, cache]", "coordination, cache]", [(7, 1, "2 hosts hold the role messaging: an even number")]),
    "service unknown": ("[keystone]", "[keyston]", [(19, 12, "unknown service 'keyston'")]),
    "service twice": ("[keystone]", "[keystone, keystone]", [(19, 22, "the service 'keystone' is given twice")]),
    "no services": ("[keystone]", "[]", [(19, 1, "'services' cannot be an empty list")]),
    "promise of an unknown fault": ("  power-address", "  power-adress", [(21, 3, "unknown fault 'power-adress'")]),
    "promise of an unknown kind": ("address: 0.4", "adress: 0.4", [(21, 19, "unknown class of operation 'adress'")]),
    "promise negative": ("0.4", "-0.4", [(21, 28, "'address' cannot be '-0.4'")]),
    "promise zero": ("0.4", "0", [(21, 28, "'address' cannot be '0'")]),
    "promise NaN": ("0.4", "nan", [(21, 28, "'address' cannot be 'nan'")]),
    "promise YAML's NaN": ("0.4", ".nan", [(21, 28, "'address' cannot be '.nan'")]),
    "promise without end": ("0.4", "inf", [(21, 28, "'address' cannot be 'inf'")]),
    "promise no number": ("0.4", "soon", [(21, 28, "'address' cannot be 'soon'")]),
    "release unknown": ('"2026.2"', '"2026.3"', [(2, 10, "unknown release '2026.3'")]),
    "secret unknown": ("  admin:", "  admn:", [(23, 3, "unknown secret 'admn'")]),
    "secret without source": ("{env: ADMIN_PASSWORD}", "{}", [(23, 3, "the secret 'admin' has no source")]),
    "secret of no variable": ("{env: ADMIN_PASSWORD}", "{env: }", [(23, 3, "the secret 'admin' has no source")]),
    "secret of no command": ("{command: [pass, show, db]}", "{command: null}", [(24, 3, "the secret 'database.keystone' has no source")]),
    "secret with two": ("{env: A", "{command: [x], env: A", [(23, 3, "the secret 'admin' has two sources")]),
    "secret in the file": ("{env: ADMIN_PASSWORD}", "hunter2", [(23, 10, "'admin' cannot be this value")]),
    "timers unknown": ("services:", "timers: quick\nservices:", [(19, 9, "'timers' cannot be 'quick'")]),
    "firewall unknown": ("services:", "firewall: maybe\nservices:", [(19, 11, "'firewall' cannot be 'maybe'")]),
    "card on no name": ("ssh:", "cards: {A_b: {}}\n    ssh:", [
        (18, 13, "'A_b' cannot be a name in 'cards'"), (18, 13, "unknown network 'A_b'"),
    ]),
    "time server no name": ("services:", "time_servers: [a b]\nservices:", [(19, 16, "'time_servers' cannot be 'a b'")]),
    "port too high": ("2222", "70000", [(18, 31, "'port' cannot be '70000'")]),
    "user with an option": ("user: debian", "user: -oProxyCommand=x", [(18, 17, "'user' cannot be '-oProxyCommand=x'")]),
    "certificate half given": ("services:", "tls: {certificate: a.pem}\nservices:", [
        (19, 1, "'ca' is missing in 'tls'"), (19, 1, "'key' is missing in 'tls'"),
    ]),
    "a tag": ("name: three", "name: !!python/name:os.system three", [(1, 7, "a tag (!) stands here")]),
    "an anchor": ("name: three", "name: &a three", [(1, 7, "an anchor (&a) stands here")]),
    "an alias": ("name: three", "name: *a", [(1, 7, "an alias (*) stands here")]),
    "a second document": ("services:", "---\nservices:", [(19, 1, "a second document begins here")]),
    "a key that is a list": ("name: three", "[a]: three", [(1, 1, "a list or mapping is used as a key")]),
    "a tab": ("  cidr", "\tcidr", [(5, 1, "a tab is used to indent")]),
    "an open bracket": ("[keystone]", "[keystone", [(20, 9, "this cannot be read as YAML")]),
    "an open quote": ('"2026.2"', '"2026.2', [(25, 1, "this cannot be read as YAML")]),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES)
def test_each_error_is_at_its_place(old: str, new: str, expected: list[tuple[int, int, str]]) -> None:
    found = errors_of(changed(old, new))
    assert found == expected


def test_all_errors_at_once_in_line_order() -> None:
    text = VALID.replace("name: three", "name: Three").replace("198.18.0.12", "198.18.0.11")
    text = text.replace("[keystone]", "[nobody]").replace("0.4", "-1").replace("zone:", "zoen:")
    assert [line for line, _, _ in errors_of(text)] == [1, 11, 13, 19, 21]


def test_a_role_that_nobody_holds_is_told_with_who_needs_it() -> None:
    text = VALID.replace("[controller]", "[endpoint, cache, database]").replace(
        " api, database, messaging,", " database,"
    )
    with pytest.raises(CloudFileErrors) as caught:
        parse(text, KNOWN)
    api, bus = caught.value.errors
    assert (api.line, api.column, api.what) == (19, 12, "no host holds the role 'api'")
    assert api.why == "keystone runs on the hosts of that role"
    assert (bus.line, bus.what) == (19, "no host holds the role 'messaging'")
    by_role = {c.role: c.name for c in catalogue()}
    assert bus.why == f"keystone needs {by_role['messaging']}, which runs on the hosts of that role"


def test_an_unknown_word_comes_with_the_likely_one() -> None:
    cures = {
        "relaese: 1\n" + VALID: "did you mean 'release'?",
        changed("[keystone]", "[keystoen]"): "did you mean 'keystone'?",
        changed("  power-address", "  power-adress"): "did you mean 'power-address'?",
        changed("[endpoint, api", "[endpiont, api"): "did you mean 'endpoint'?",
        changed("0.0/24", "0.5/24"): "did you mean '198.18.0.0/24'?",
        changed("0.0/24", "0.0/255.255.255.0"): "did you mean '198.18.0.0/24'?",
        changed("services:", "firewall: non\nservices:"): "did you mean 'none'?",
    }
    for text, cure in cures.items():
        with pytest.raises(CloudFileErrors) as caught:
            parse(text, KNOWN)
        assert cure in [e.cure for e in caught.value.errors]


def test_a_secret_in_the_file_is_not_repeated() -> None:
    for value in (
        "hunter2-hunter2",
        "{env: hunter2-hunter2}",
        "[hunter2-hunter2]",
        "{command: hunter2-hunter2}",
    ):
        with pytest.raises(CloudFileErrors) as caught:
            parse(changed("{env: ADMIN_PASSWORD}", value), WORDS)
        assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["- a\n- b\n", "7", "just words"])
def test_a_file_that_is_no_mapping(text: str) -> None:
    assert errors_of(text) == [(1, 1, "this is not a mapping")]


@pytest.mark.parametrize("text", ["", "\n \n", "# only words\n", "---\n...\n"])
def test_a_file_with_nothing_in_it(text: str) -> None:
    (error,) = errors_of(text)
    assert error[:2] == (1, 1)


def complaint(path: Path) -> str:
    with pytest.raises(CloudFileErrors) as caught:
        read(path, KNOWN)
    (error,) = caught.value.errors
    assert caught.value.source == str(path) and str(path) in str(caught.value)
    assert error.why and error.cure
    return f"{error.line}:{error.column} {error.what}"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "cloud.yaml"
    assert complaint(path) == "1:1 the file cannot be read"
    assert complaint(tmp_path) == "1:1 this is a folder"
    path.write_bytes(b"")
    assert complaint(path) == "1:1 the file is empty"
    path.write_bytes(b"name: x\nrelease: \xff\n")
    assert complaint(path) == "2:10 this is not text"
    assert complaint(Path("/dev/zero")) == "1:1 this is not a regular file"
    os.mkfifo(tmp_path / "pipe")
    assert complaint(tmp_path / "pipe") == "1:1 this is not a regular file"
    assert complaint(Path("a\0b")) == "1:1 the file cannot be read"


def test_ten_megabytes_of_noise_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(os.urandom(10 * LARGEST))
    started = time.monotonic()
    assert complaint(path) == "1:1 the file is too large (10.0 MiB)"
    assert time.monotonic() - started < 1


def test_paths_are_found_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cloud.yaml"
    path.write_text(VALID + "tls: {certificate: own/a.pem, key: /k.pem, ca: ~/ca.pem}\nssh_key: key\n")
    cloud = read(path, WORDS)
    assert cloud.certificate is not None
    assert cloud.certificate.certificate == str(tmp_path / "own/a.pem")
    assert cloud.certificate.key == "/k.pem"
    assert cloud.certificate.ca == str(Path.home() / "ca.pem")
    assert cloud.ssh_key == str(tmp_path / "key")


def many(count: int) -> str:
    """A valid file but for its number of controllers."""
    hosts = "".join(
        f"  - name: h{i}\n    address: 10.0.{i // 250}.{i % 250 + 1}\n    roles: [controller]\n"
        for i in range(count)
    )
    head = VALID[: VALID.index("  - name: alpha")]
    head = head.replace("198.18.0.0/24", "10.0.0.0/16").replace("198.18.0.10", "10.0.255.1")
    return head + hosts + "services: [keystone]\n"


def test_more_hosts_than_a_part_bears_are_refused_with_the_cure() -> None:
    part = next(part for part in catalogue() if part.most and part.role == "endpoint")
    most = part.most or 0
    assert len(parse(many(most), KNOWN).hosts) == most
    with pytest.raises(CloudFileErrors) as caught:
        parse(many(most + 2), KNOWN)
    (error,) = caught.value.errors
    assert (error.line, error.column) == (8 + 3 * most + 2, 5)
    assert error.what == f"{most + 2} hosts hold the role 'endpoint'"
    assert error.why == f"{part.name} bears {most} at most"
    assert f"to {most} hosts or fewer" in error.cure
