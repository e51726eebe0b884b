"""What left the cloud file leaves the hosts: the balancers first, then one host after another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from clouds import site_of, sites
from world import World

from holdfast.components.host.cards import NETWORK_FILES, network_files
from holdfast.model.catalogue import Site
from holdfast.model.observed import Answer
from holdfast.model.plan import Change, Keep, Plan, Remove, Unit

THREE = sites()["three"]


def without_identity() -> World:
    """The service that was wanted is not wanted any more; its database and cache are, for themselves."""
    services = tuple(c.service for c in THREE.catalogue if c.service != "keystone")
    smaller = site_of(replace(THREE.cloud, services=services))
    return World(smaller, dict(World(THREE).deployed().hosts))


def with_answer(world: World, question: str, text: str) -> World:
    """Every host says no to it."""
    for name, seen in world.hosts.items():
        world.hosts[name] = replace(seen, answers={question: Answer(False, text)})
    return world


def before(plan: Plan, earlier: str, later: str) -> bool:
    needs = {s.id: s.needs for s in plan.steps}
    found, pending = set(), [later]
    while pending:
        new = needs[pending.pop()] - found
        found |= new
        pending += new
    return earlier in found


def test_a_service_leaves_every_host_and_then_there_is_nothing_to_do() -> None:
    leaving = without_identity()
    plan = leaving.plan()
    steps = [s for s in plan.steps if s.id.startswith("keystone/leave@")]
    assert [s.host for s in steps] == ["alpha", "bravo", "charlie"]
    for step in steps:
        assert step.actions[0] == Unit("keystone.service", Change.STOP)
        paths = {a.path for a in step.actions if isinstance(a, Remove)}
        assert {"/etc/keystone/keystone.conf", "/etc/systemd/system/keystone.service"} <= paths
    leaving.done(*plan.steps)
    assert leaving.plan().empty


def test_the_balancers_forget_it_before_any_backend_stops() -> None:
    plan = without_identity().plan()
    for balancer in ("alpha", "bravo", "charlie"):
        touched = [s for s in plan.steps if s.host == balancer and s.component == "haproxy"]
        removed = [a.path for s in touched for a in s.actions if isinstance(a, Remove)]
        assert removed == ["/etc/haproxy/holdfast/50-identity.cfg"]
        reload = next(s.id for s in touched if any(isinstance(a, Unit) for a in s.actions))
        assert all(before(plan, reload, f"keystone/leave@{host}") for host in ("alpha", "bravo", "charlie"))


def test_hosts_are_left_one_after_another() -> None:
    plan = without_identity().plan()
    assert before(plan, "keystone/leave@alpha", "keystone/leave@bravo")
    assert before(plan, "keystone/leave@bravo", "keystone/leave@charlie")


def test_a_service_that_comes_back_has_all_that_is_done_once_done_again() -> None:
    wanted = World(THREE)
    fresh = {step.id for step in wanted.plan().steps if "/schema" in step.id or "/bootstrap" in step.id}
    nothing = World(site_of(replace(THREE.cloud, services=("memcached",))), dict(wanted.deployed().hosts))
    nothing.done(*nothing.plan().steps)
    again = {step.id for step in World(THREE, dict(nothing.hosts)).plan().steps}
    assert fresh and fresh <= again


def test_what_needs_another_leaves_before_it() -> None:
    alone = site_of(replace(THREE.cloud, services=("mariadb",)))
    plan = World(alone, dict(World(THREE).deployed().hosts)).plan()
    for giver in ("rabbitmq", "memcached"):
        assert before(plan, "keystone/leave@charlie", f"{giver}/leave@alpha"), giver


def held_by(role: str, *names: str) -> Site:
    """Five hosts, of which these have the role."""
    cloud = sites()["five"].cloud
    hosts = (replace(h, roles=h.roles | {role} if h.name in names else h.roles - {role}) for h in cloud.hosts)
    return site_of(replace(cloud, hosts=tuple(hosts)))


def with_fewer(role: str) -> World:
    """Five hosts had a role, and the last two of them lose it."""
    fewer = held_by(role, "alpha", "bravo", "charlie")
    return World(fewer, dict(World(sites()["five"]).deployed().hosts))


@pytest.mark.parametrize(
    ("role", "component"), [("database", "mariadb"), ("messaging", "rabbitmq"), ("endpoint", "haproxy")]
)
def test_a_member_leaves_while_all_that_stay_do_their_work(role: str, component: str) -> None:
    plan = with_fewer(role).plan()
    left = [s for s in plan.steps if s.id.startswith(f"{component}/leave@")]
    assert [s.host for s in left] == ["delta", "echo"]
    for step in left:
        assert step.guards and {guard.group for guard in step.guards} == {component}
        assert {host for guard in step.guards for host in guard.hosts} == {"alpha", "bravo", "charlie"}


def test_no_member_of_a_quorum_leaves_while_one_that_stays_is_missing() -> None:
    plan = with_fewer("database").without("bravo")
    assert [s.id for s in plan.steps if "/leave@" in s.id] == []
    waiting = {w.step: w.why for w in plan.waiting if "/leave@" in w.step}
    assert waiting.keys() == {"mariadb/leave@delta", "mariadb/leave@echo"}
    assert set(waiting.values()) == {"only 2 of the 3 that stay in mariadb can be reached"}


def test_a_member_that_left_is_forgotten_before_the_next_one_goes() -> None:
    plan = with_fewer("messaging").plan()
    assert before(plan, "rabbitmq/forget-delta@alpha", "rabbitmq/leave@echo")


def test_one_that_must_wait_lets_nobody_go_early() -> None:
    world = World(held_by("messaging", "alpha"), dict(World(sites()["five"]).deployed().hosts))
    plan = world.plan(charlie="it was not chosen")
    assert before(plan, "rabbitmq/leave@bravo", "rabbitmq/leave@delta")


def test_a_new_member_has_joined_before_an_old_one_leaves() -> None:
    earlier = World(held_by("messaging", "bravo", "charlie", "echo")).deployed()
    plan = World(held_by("messaging", "alpha", "bravo", "charlie"), dict(earlier.hosts)).plan()
    assert before(plan, "rabbitmq/start-rabbitmq-server@alpha", "rabbitmq/leave@echo")


def test_a_role_that_leaves_a_host_takes_its_processes_along_and_keeps_the_data() -> None:
    plan = with_fewer("messaging").plan()
    left = {s.host: s for s in plan.steps if s.id.startswith("rabbitmq/leave@")}
    assert left.keys() == {"delta", "echo"}
    kept = [a for a in left["delta"].actions if isinstance(a, Keep)]
    assert kept == [Keep("/var/lib/rabbitmq", "rabbitmq-var-lib-rabbitmq")]
    forget = next(s for s in plan.steps if s.id == "rabbitmq/forget-delta@alpha")
    assert before(plan, "rabbitmq/leave@delta", forget.id)
    assert any("forget_cluster_node" in getattr(a, "argv", ()) for a in forget.actions)


def test_what_is_kept_aside_is_moved_before_its_last_file_goes() -> None:
    """The record of a component ends with its last file: a run cut off before comes back to it."""
    plan = without_identity().plan()
    for step in (s for s in plan.steps if "/leave@" in s.id):
        kinds = [type(a) for a in step.actions]
        assert Keep not in kinds or kinds.index(Keep) < kinds.index(Remove)


def leavers(world: World) -> World:
    return with_answer(world, "database-leavers", "user keystone has left the cloud file")


def test_a_user_of_the_database_is_dropped_when_its_service_has_left_every_host() -> None:
    plan = leavers(without_identity()).plan()
    (drop,) = (s for s in plan.steps if s.id.startswith("mariadb/farewell@"))
    assert "user keystone has left the cloud file" in drop.why
    assert all(before(plan, f"keystone/leave@{host}", drop.id) for host in ("alpha", "bravo", "charlie"))
    assert plan.steps.index(drop) > max(i for i, s in enumerate(plan.steps) if "keystone/leave@" in s.id)


def test_it_is_not_dropped_while_its_service_may_run_on_a_host_that_was_not_chosen() -> None:
    plan = leavers(without_identity()).plan(charlie="it was not chosen")
    assert not any("mariadb/farewell" in step.id for step in plan.steps)
    (waits,) = (w for w in plan.waiting if w.step.startswith("mariadb/farewell@"))
    assert "charlie" in waits.why and "not chosen" in waits.why


def test_a_first_deployment_drops_nobody() -> None:
    assert not any("farewell" in step.id for step in World(THREE).plan().steps)


def test_a_card_that_left_the_cloud_file_leaves_its_host() -> None:
    """What Holdfast placed for it, and no more: the other cards' files stay."""
    networks = sites()["networks"]
    alpha = networks.cloud.host("alpha")
    cards = tuple(card for card in alpha.cards if card.network.name != "outer")
    hosts = tuple(replace(h, cards=cards) if h.name == "alpha" else h for h in networks.cloud.hosts)
    fewer = site_of(replace(networks.cloud, hosts=hosts))
    deployed = dict(World(networks).deployed().hosts)
    world = World(fewer, deployed)
    left = {f.path for f in network_files(alpha)} - {f.path for f in network_files(fewer.cloud.host("alpha"))}
    steps = [s for s in world.plan().steps if s.host == "alpha"]
    removed = {a.path for s in steps for a in s.actions if isinstance(a, Remove)}
    assert left and removed == left
    assert any(a.name == "systemd-networkd.service" for s in steps for a in s.actions if isinstance(a, Unit))
    world.done(*world.plan().steps)
    assert world.plan().empty


def test_a_card_file_that_somebody_else_placed_stays() -> None:
    networks = sites()["networks"]
    charlie = networks.cloud.host("charlie")
    assert not any(card.manage for card in charlie.cards)
    world = World(networks).deployed()
    seen = world.hosts["charlie"]
    theirs = {f"{NETWORK_FILES}eth9.network": "theirs", "/etc/systemd/network/10-eth0.network": "theirs"}
    world.hosts["charlie"] = replace(seen, files={**seen.files, **theirs})
    assert world.plan().empty
