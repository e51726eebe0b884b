"""A plan in short: counted by host and kind, with what restarts cost, legible at 80 columns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from clouds import sites
from world import World

from holdfast.checks.budget import budgets
from holdfast.front.outline import cost_words, counted, named, outline
from holdfast.front.summary import Cost, Kind, Others, Summary, Takeaway, kind_of, summarise
from holdfast.model.catalogue import Site
from holdfast.model.plan import Change, Claim, Forget, Keep, PutFile, Remove, Run, Step, Unit
from holdfast.plan.compile import compile_plan

OWN = {"keystone": {"keystone.conf": {"database": {"connection": "mysql://s3cret@there"}}}}


def restarted(name: str) -> tuple[Site, Summary]:
    """A deployed cloud whose timers change from tuned to stock, with its plan in short."""
    stock = sites()["stock"]
    site = replace(sites()[name], cloud=replace(sites()[name].cloud, timers=stock.cloud.timers, config=OWN))
    hosts = World(sites()[name]).deployed().hosts
    return site, summarise(site, World(site, dict(hosts)).plan())


def test_steps_are_counted_by_host_and_kind() -> None:
    site = sites()["three"]
    plan = World(site).plan()
    short = summarise(site, plan)
    assert short.steps == len(plan.steps) == sum(sum(each.kinds.values()) for each in short.hosts)
    assert [each.host for each in short.hosts] == [host.name for host in site.cloud.hosts]
    assert short.takeaways == (), "a first start takes nothing away"


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (PutFile("/etc/x", ""), Kind.CONFIGURE),
        (Claim(("/etc/x",)), Kind.CONFIGURE),
        (Run(("true",)), Kind.RUN),
        (Unit("x.service", Change.RELOAD), Kind.RELOAD),
        (Unit("x.service", Change.STOP), Kind.STOP),
        (Remove("/etc/x"), Kind.REMOVE),
        (Keep("/var/lib/x", "x"), Kind.REMOVE),
        (Forget("x.service"), Kind.REMOVE),
    ],
)
def test_the_kind_of_a_step_is_its_gravest_action(action: object, kind: Kind) -> None:
    assert kind_of(Step("a/b@c", "c", (Run(("true",)), action), "why")) is kind  # type: ignore[arg-type]


def test_a_restart_costs_what_the_budget_says_of_its_kill() -> None:
    site, short = restarted("three")
    by_unit = {taken.unit: taken for taken in short.takeaways}
    worst = max((b for b in budgets(site) if b.fault == "kill-mariadb"), key=lambda b: b.worst)
    assert by_unit["mariadb.service"].costs[0] == Cost(worst.kind, worst.typical, worst.worst, worst.promised)
    assert by_unit["mariadb.service"].others is Others.TAKE_OVER
    assert by_unit["keystone.service"].others is Others.SERVE
    assert set(by_unit["keystone.service"].hosts) == {"alpha", "bravo", "charlie"}


def test_what_ends_by_itself_is_not_taken_away() -> None:
    site, short = restarted("three")
    fleeting = {p.unit for here in site.places for p in here.processes if not p.lasting}
    assert fleeting and not fleeting & {taken.unit for taken in short.takeaways}


def test_one_host_alone_is_missed() -> None:
    _, short = restarted("one")
    assert short.takeaways
    assert {taken.others for taken in short.takeaways} == {Others.NONE}
    assert "nobody else does its work until it is back" in cost_words(short.takeaways[0])


def test_others_serve() -> None:
    assert cost_words(Takeaway("x.service", Change.RESTART, ("a",), Others.SERVE, ())) == (
        "nothing: others serve"
    )


@pytest.mark.parametrize("name", ["one", "three", "five", "split"])
def test_it_is_legible_at_80_columns(name: str) -> None:
    site, short = restarted(name)
    seen = {host: each for host, each in World(site).deployed().seen().items() if host != "bravo"}
    reason = "it cannot be reached: the connection was refused; see that its sshd runs and that it is on"
    hurt = summarise(site, compile_plan(site, seen, {"bravo": reason})) if len(seen) > 1 else short
    for lines in (list(outline(short)), list(outline(hurt)), list(outline(replace(short, steps=0)))):
        assert [
            line for line in lines if len(line) > 80 or line != line.rstrip() or not line.isprintable()
        ] == []


def test_who_waits_and_why_is_told() -> None:
    site = sites()["three"]
    seen = {host: each for host, each in World(site).deployed().seen().items() if host != "bravo"}
    short = summarise(site, compile_plan(site, seen, {"bravo": "its disk is gone"}))
    text = " ".join(" ".join(outline(short)).split())
    assert "waiting: bravo: " in text and "its disk is gone" in text


def test_own_options_are_named_without_their_values() -> None:
    _, short = restarted("three")
    text = "\n".join(outline(short))
    assert "keystone.conf: [database] connection" in text and "s3cret" not in text


def test_many_hosts_are_counted() -> None:
    names = [f"host-{n}" for n in range(1000)]
    assert named(names) == "host-0, host-1, host-2, host-3, host-4, host-5 and 994 others"
    assert named(names[:7]).endswith("host-6")
    assert counted(1, "step") == "1 step"
