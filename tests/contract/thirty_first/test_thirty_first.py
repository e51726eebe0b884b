"""A service that nobody here has heard of is designed, deployed, published, proven, shown and told.

What it is made of stands in `catalogue/lantern/` beside this file, and nothing else knows of it.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clouds import fragments_of, place, site_of
from lighthouse import FOLDER, TEXT, lit
from played import make, turn_back
from three_hosts import NOW
from world import World

from holdfast.checks import Design, check_design
from holdfast.checks.budget import budgets, predict
from holdfast.components.firewall.openings import openings
from holdfast.drill.happenings import happenings
from holdfast.drill.runner import run_drill
from holdfast.front.drills import known_faults
from holdfast.front.failover_page import failover_markdown
from holdfast.front.project import open_project, vocabulary
from holdfast.front.reference import reference_markdown
from holdfast.front.render import print_findings
from holdfast.front.starter import starter
from holdfast.front.tables import print_faults
from holdfast.hosts.logs import Logs, this_machine
from holdfast.model.catalogue import Site
from holdfast.model.cloud import Cloud, Promise
from holdfast.model.cloudfile.errors import CloudFileErrors
from holdfast.model.cloudfile.reader import parse
from holdfast.model.component import Component
from holdfast.model.diary import Happening
from holdfast.model.finding import Verdict
from holdfast.model.observed import Answer
from holdfast.model.plan import Change, Keep, Plan, Remove, Run, Unit
from holdfast.probes import client_urls, look


def part(site: Site, name: str) -> Component:
    return next(c for c in site.catalogue if c.name == name)


def complaints(text: str) -> str:
    with pytest.raises(CloudFileErrors) as caught:
        parse(text, vocabulary())
    return str(caught.value)


class TestTheCloudFile:
    def test_its_name_and_its_role_are_known(self, cloud: Cloud, site: Site) -> None:
        assert cloud.services == ("keystone", "lantern")
        assert [h.name for h in cloud.with_role("shore")] == ["s1", "s2"]
        placed = {p.name: [h.name for h in p.hosts] for p in site.placed}
        assert placed["lantern-keeper"] == ["s1", "s2"]
        assert placed["lantern-api"] == ["c1", "c2", "c3"]

    def test_what_is_not_there_is_refused_as_with_any_other(self) -> None:
        assert "shore" in complaints(TEXT.replace("roles: [shore]", "roles: [controller]"))
        assert "did you mean 'lantern'?" in complaints(TEXT.replace("lantern]", "lanterns]"))
        assert "cannot be set here" in complaints(TEXT.replace("colour: green", "flash: '9'"))

    def test_options_of_the_operator_are_in_the_files_of_both_parts(self, site: Site) -> None:
        for name in ("lantern-api", "lantern-keeper"):
            here = place(site, part(site, name))
            (text,) = (f.content for f in here.files if f.path == f"/etc/{name}/lantern.conf")
            assert "colour = green" in text and "colour = white" not in text
            assert re.search(r"(?m)^connection = mysql\+pymysql://lantern:\S+/lantern\?", text)
            assert re.search(r"(?m)^connection = mysql\+pymysql://lantern:\S+/lantern_archive\?", text)

    def test_what_its_clients_do_can_be_promised(self) -> None:
        made = parse(f"{TEXT}promises: {{kill-lantern-api: {{light.get: 0.9}}}}\n", vocabulary())
        assert made.promises == (Promise("kill-lantern-api", "light.get", 0.9),)
        assert "light.nonsense" in complaints(f"{TEXT}promises: {{power-lamp: {{light.nonsense: 1}}}}\n")

    def test_a_starter_offers_it(self) -> None:
        assert "  # - lantern  # lamps: lists them, and says which burns\n" in starter(3)
        assert parse(starter(3), vocabulary()).services == ("keystone",)


class TestThePlan:
    def position(self, plan: Plan, name: str) -> list[int]:
        found = [n for n, step in enumerate(plan.steps) if step.id.startswith(name)]
        assert found, f"no step is called {name}"
        return found

    def test_after_what_it_needs_and_published_last(self, site: Site) -> None:
        plan = World(site).plan()
        order = (
            "mariadb/start-mariadb@",
            "mariadb/schemas@",
            "lantern-keeper/start-lantern-keeper@",
            "lantern-api/schemas@",
            "lantern-api/start-lantern-api@",
            "lantern-api/publish@",
        )
        for before, after in itertools.pairwise(order):
            assert max(self.position(plan, before)) < min(self.position(plan, after)), (before, after)
        assert self.hosts(plan, "lantern-keeper/start") == {"s1", "s2"}
        assert self.hosts(plan, "lantern-api/start") == self.hosts(plan, "lantern-api/publish")
        assert self.hosts(plan, "lantern-api/schemas") == {"c1"}
        assert World(site).deployed().plan().empty

    def hosts(self, plan: Plan, name: str) -> set[str]:
        return {plan.steps[n].host for n in self.position(plan, name)}

    def test_its_schemas_and_its_rights_are_made(self, site: Site) -> None:
        scripts = [a.stdin for s in World(site).plan().steps for a in s.actions if isinstance(a, Run)]
        (script,) = (text for text in scripts if "`lantern`" in text)
        assert "GRANT ALL PRIVILEGES ON `lantern_archive`.* TO 'lantern'@'%'" in script
        bus = place(site, site.offering("bus").component)
        (text,) = (f.content for f in bus.files if '"configure": "^lamp"' in f.content)
        assert '"write": "^(lamp|reply)"' in text

    def test_another_option_restarts_one_member_after_the_other_guarded(self, site: Site) -> None:
        world = World(site).deployed()
        world.lose_file("c2", "/etc/lantern-api/lantern.conf")
        world.lose_file("c3", "/etc/lantern-api/lantern.conf")
        steps = [s for s in world.plan().steps if any(isinstance(a, Unit) for a in s.actions)]
        assert [s.id for s in steps] == [
            "lantern-api/restart-lantern-api@c2",
            "lantern-api/restart-lantern-api@c3",
        ]
        assert steps[0].id in steps[1].needs
        assert all(guard.question == "light" for step in steps for guard in step.guards)
        assert all(step.guards for step in steps)
        assert all(a.change is Change.RESTART for s in steps for a in s.actions if isinstance(a, Unit))


class TestLeaving:
    def test_without_it_in_the_file_it_leaves_every_host(self, site: Site) -> None:
        bare = site_of(replace(site.cloud, services=("keystone",)))
        world = World(bare, dict(World(site).deployed().hosts))
        plan = world.plan()
        left = {step.id: step for step in plan.steps if "/leave@" in step.id}
        assert set(left) == {
            *(f"lantern-api/leave@{host}" for host in ("c1", "c2", "c3")),
            *(f"lantern-keeper/leave@{host}" for host in ("s1", "s2")),
        }
        balancers = [s for s in plan.steps if s.component == "haproxy"]
        taken = [a.path for s in balancers for a in s.actions if isinstance(a, Remove)]
        assert taken == ["/etc/haproxy/holdfast/50-light.cfg"] * 3
        assert left["lantern-api/leave@c1"].needs >= {s.id for s in balancers}
        gone = left["lantern-keeper/leave@s1"].actions
        assert gone[:2] == (
            Unit("lantern-keeper.service", Change.STOP),
            Keep("/var/lib/lantern", "lantern-keeper-var-lib-lantern"),
        )
        assert {a.path for a in gone if isinstance(a, Remove)} == {
            "/etc/lantern-keeper/lantern.conf",
            "/etc/systemd/system/lantern-keeper.service",
        }
        world.done(*plan.steps)
        assert world.plan().empty

    def test_a_member_that_leaves_is_forgotten_by_its_peers(self, site: Site) -> None:
        hosts = tuple(
            replace(h, roles=h.roles - {"shore"}) if h.name == "s2" else h for h in site.cloud.hosts
        )
        fewer = replace(site, cloud=replace(site.cloud, hosts=hosts))
        steps = World(fewer, dict(World(site).deployed().hosts)).plan().steps
        (forget,) = (s for s in steps if s.id == "lantern-keeper/forget-s2@s1")
        assert forget.actions == (Run(("lantern-manage", "keeper", "forget", "s2")),)
        assert forget.needs >= {"lantern-keeper/leave@s2"}


def test_a_balanced_api_with_a_database_costs_less_than_eighty_lines(site: Site) -> None:
    """What it shares with others is in `openstack/`: the next fifteen pay for what is their own."""
    api = part(site, "lantern-api")
    assert api.frontends and api.databases
    assert len((FOLDER / "lantern/api.py").read_text().splitlines()) < 80


def test_the_balancer_publishes_it(site: Site) -> None:
    (text,) = (
        file.content
        for file in fragments_of(place(site, site.offering("balancer").component))
        if "light" in file.path
    )
    assert "bind 198.18.0.100:8899 ssl" in text
    assert "server c1 198.18.0.11:8899 check ssl verify required" in text and "s1" not in text
    assert "verifyhost c1" in text
    assert "uri /healthcheck" in text
    assert "https://198.18.0.100:8899/healthcheck" in client_urls(site)


def test_the_firewall_opens_its_port_to_the_right_peers_only(site: Site) -> None:
    (one,) = (o for o in openings(site, site.cloud.host("c1")) if o.port == 8899 and not o.virtual)
    balancers = {h.address for h in site.cloud.with_role("endpoint")}
    assert one.sources == balancers | set(site.cloud.addresses)
    assert not one.operators and not one.everybody
    (published,) = (o for o in openings(site, site.cloud.host("c1")) if o.port == 8899 and o.virtual)
    assert published.everybody
    assert not [o for o in openings(site, site.cloud.host("s1")) if o.port == 8899]
    (cache,) = (o for o in openings(site, site.cloud.host("c1")) if o.port == 11211)
    assert {"198.18.0.21", "198.18.0.22"} <= cache.sources, "its keepers use the cache"


class TestTheCheck:
    def test_every_rule_passes(self, design: Design) -> None:
        wrong = [f for f in check_design(design.site, design.now) if f.verdict is not Verdict.PASS]
        theirs = {f"{p.fault} {p.kind}" for c in design.site.catalogue for p in c.promises}
        own = [f for f in wrong if f.subject not in theirs or "light" in f.subject]
        assert own == []

    def test_its_faults_are_budgeted_by_its_mechanisms_and_those_on_its_path(self, site: Site) -> None:
        found = {b.fault: {leg.hop for leg in b.legs} for b in budgets(site) if b.kind == "light"}
        assert {"kill-lantern-api", "freeze-lantern-api", "refuse-lantern-api"} <= found.keys()
        assert found["kill-lantern-keeper"] == found["power-lamp"] == {"lantern-keeper"}
        assert "mariadb" in found["kill-mariadb"] and "memcached" in found["freeze-memcached"]
        assert {"keepalived", "haproxy"} <= found["kill-haproxy"]
        texts = {leg.text for b in budgets(site) if b.fault == "kill-lantern-keeper" for leg in b.legs}
        assert texts == {"the other keepers miss three flashes", "the next keeper lights its lamp"}
        assert predict(site, "kill-lantern-keeper", "light.get") == pytest.approx((1.05, 1.4))


def test_drills_name_its_strikes(tmp_path: Path, capsys: pytest.CaptureFixture[str], cloud: Cloud) -> None:
    path = tmp_path / "cloud.yaml"
    path.write_text(TEXT)
    print_faults(known_faults(open_project(path, keep=False)))
    told = capsys.readouterr().out
    strikes = [f"{family}-lantern-{one}" for family in ("kill", "freeze") for one in ("api", "keeper")]
    for name in (*strikes, "refuse-lantern-api", "power-lamp"):
        assert re.search(rf"(?m)^{name}\s", told), name
    assert "refuse-lantern-keeper" not in told


async def test_its_workload_runs_in_a_drill(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_back(monkeypatch)
    told = {"predict": lambda fault, kind: predict(site, fault, kind)}
    drill, world, _ = make(tmp_path, site, lit, **told)
    (result,) = await run_drill(["power-lamp"], 1, drill)
    assert [f for f in result.findings if f.verdict is not Verdict.PASS] == []
    assert world.deeds == ["on s1", "off s1", "on s1", "forget"]
    (light,) = (m for m in result.measures if m.kind == "light.get")
    assert light.promised == 3.0
    assert light.predicted is not None and light.predicted[1] < 3.0
    assert light.worst is not None and 0.09 < light.worst < 0.6


def test_what_its_log_tells_is_a_happening_of_a_drill(site: Site) -> None:
    line = "2026-11-21T12:00:00.500000+00:00 s2 lantern-keeper[7]: lit the lamp\n"
    logs = {"s2": Logs(line, {}, this_machine())}
    (told,) = happenings(site, logs, {}, datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp())
    assert told == Happening(0.5, "s2", "lantern-keeper", "lights the lamp")


class TestTheState:
    async def test_every_host_of_it_has_its_row(self, site: Site, capsys: pytest.CaptureFixture[str]) -> None:
        print_findings(await look(site, lit(site, ()), fetch=self.fetch, now=NOW), passed=True)
        told = capsys.readouterr().out
        for subject in ("lantern-api on c3", "lantern-keeper on s1", "the lamp's keeper"):
            assert subject in told
        assert "FAIL" not in told

    async def test_two_lamps_are_a_failure(self, site: Site) -> None:
        scene = {**lit(site, ()), "s2": lit(site, ("s1",))["s2"]}
        failed = [f for f in await look(site, scene, fetch=self.fetch, now=NOW) if f.verdict is Verdict.FAIL]
        assert [(f.subject, f.detail) for f in failed] == [("the lamp's keeper", "on s1, s2 at once")]

    async def fetch(self, url: str) -> Answer:
        return Answer(True, f"{url}: 200")


class TestTheDocuments:
    def test_the_cloud_files_reference(self) -> None:
        text = reference_markdown()
        assert "| `shore` | where lamps burn | lantern-keeper | no |" in text
        assert "| `lantern` | lamps: lists them, and says which burns | `lantern.conf` |" in text

    def test_the_failover_page(self) -> None:
        text = failover_markdown()
        assert "| `power-lamp` | light | 3 s |" in text
        assert "| `lantern.flash` | 5 s | 0.4 s |" in text
