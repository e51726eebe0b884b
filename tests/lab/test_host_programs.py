"""What runs on hosts, on a real machine: a unit's life under systemd, a lock that outlives a power cut."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from machines import one_network, reachable
from plots import plot
from waiting import wait_until

from holdfast.hosts.act import ActResult, act
from holdfast.hosts.lock import held
from holdfast.hosts.login import Login
from holdfast.hosts.observe import Inquiry, observe
from holdfast.hosts.ssh import SshTransport
from holdfast.lab import Lab
from holdfast.model.cloud import Host
from holdfast.model.observed import Belongings, UnitState
from holdfast.model.plan import Action, Change, Claim, Forget, Keep, PutFile, Remove, Run, Step, Unit

pytestmark = pytest.mark.lab

NAME, FILE = "hold.service", "/etc/systemd/system/hold.service"
TEXT = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
START, STOP = Unit(NAME, Change.START, "d1"), Unit(NAME, Change.STOP)
INQUIRY = Inquiry((FILE,), units=(NAME,), marks=("hold.once",), inventory=True)


@pytest.fixture(scope="module")
def lab(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with plot() as ground:
        spec = one_network(ground.cloud, ground.cidr(), c1=ground.address(11), locked=ground.address(12))
        made = Lab(spec, tmp_path_factory.mktemp("lab-state"))
        made.up(image, print)
        yield made


def reached(lab: Lab, name: str) -> SshTransport:
    known = Host(name, address_of(lab, name), frozenset())
    return SshTransport(known, Login(lab.known_hosts, lab.ssh_key))


def address_of(lab: Lab, name: str) -> str:
    return next(seen.address for seen in lab.list() if seen.name == name)


@pytest.fixture
async def host(lab: Lab) -> AsyncIterator[SshTransport]:
    """The host that never saw a lock."""
    transport = reached(lab, "c1")
    yield transport
    await transport.close()


@pytest.fixture
async def locked(lab: Lab) -> AsyncIterator[SshTransport]:
    """A host of its own for locks: what has seen an epoch refuses for ever those that lost theirs."""
    transport = reached(lab, "locked")
    yield transport
    await transport.close()


async def done(host: SshTransport, *actions: Action, run_id: str = "r", epoch: int = 0) -> ActResult:
    return await act(host, run_id, Step("s", "c1", actions, "a test", component="hold"), epoch=epoch)


async def test_a_unit_arrives_and_leaves_without_a_trace(host: SshTransport) -> None:
    once = Run(("mkdir", "-p", "/var/lib/hold/rows"), mark="hold.once", digest="1")
    assert await done(host, PutFile(FILE, TEXT), once, START) == ActResult(3)
    seen = await observe(host, INQUIRY)
    assert seen.units[NAME] == UnitState("active", True, "d1")
    assert seen.inventory == {"hold": Belongings((FILE,), (NAME,), ("hold.once",))}

    assert await done(host, Forget(NAME)) == ActResult(1)
    assert (await observe(host, INQUIRY)).units[NAME] == UnitState("active", True, "")

    leaving = (STOP, Keep("/var/lib/hold", "hold"), Forget(mark="hold.once"), Remove(FILE))
    assert await done(host, *leaving) == ActResult(4)
    seen = await observe(host, INQUIRY)
    assert seen.units[NAME] == UnitState("inactive", False, "")
    assert (seen.files[FILE], seen.marks["hold.once"], seen.inventory) == ("", "", {})
    loaded = await host.run(("systemctl", "show", "--property=LoadState", "--value", NAME))
    assert loaded.out.strip() == "not-found"
    assert (await host.run(("sh", "-c", "ls -d /var/lib/holdfast/kept/*/hold/rows"))).code == 0
    assert await done(host, *leaving) == ActResult(4)  # and again, without harm


async def test_a_unit_that_runs_without_its_file_is_stopped(host: SshTransport) -> None:
    assert (await done(host, PutFile(FILE, TEXT), START, Remove(FILE), Claim(units=(NAME,)))).ok
    assert (await observe(host, INQUIRY)).units[NAME].active == "active"
    assert await done(host, STOP) == ActResult(1)
    assert (await observe(host, INQUIRY)).units[NAME] == UnitState("inactive", False, "")


async def test_data_with_a_filesystem_in_it_is_left_alone(host: SshTransport) -> None:
    mount = "mkdir -p /srv/hold/disk && mount -t tmpfs tmpfs /srv/hold/disk && touch /srv/hold/disk/row"
    assert (await host.run(("sh", "-c", mount))).code == 0
    for action in (
        Remove("/srv/hold", recursive=True),
        Keep("/srv/hold", "hold"),
        Keep("/srv/hold/disk", "d"),
    ):
        assert "a filesystem is mounted at /srv/hold/disk" in (await done(host, action)).error
    assert (await host.run(("test", "-e", "/srv/hold/disk/row"))).code == 0


async def test_the_epoch_outlives_a_power_cut(lab: Lab, locked: SshTransport) -> None:
    async with held({"locked": locked}, "alice", "her machine sleeps", "old", renew_every=1e6) as old:
        assert (await done(locked, Run(("true",)), run_id="old", epoch=old.epoch)).ok
        await asyncio.to_thread(lab.power, "locked", "cycle")
        await locked.close()
        await asyncio.to_thread(wait_until, lambda: reachable(address_of(lab, "locked")))
        async with held({"locked": locked}, "bob", "the lease is of an earlier start", "new") as new:
            assert new.epoch == old.epoch + 1
        late = await done(locked, Run(("touch", "/late")), run_id="old", epoch=old.epoch)
    assert "given to bob since: this run lost it" in late.error
    assert (await locked.run(("test", "-e", "/late"))).code == 1
