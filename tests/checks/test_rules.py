"""The contract of every rule: it passes its good example, fails its bad one, and never passes on nothing."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast import checks
from holdfast.checks import Design, Rule, all_rules, apply_rule, check_design
from holdfast.checks.sample import NOW, changed, design, nothing, with_hosts, with_text
from holdfast.components import catalogue
from holdfast.model.cloud import Timers
from holdfast.model.finding import Finding, Verdict, worst
from holdfast.model.pair import Pair
from holdfast.model.secret import Secret

RULES = {rule.name: rule for rule in all_rules()}
FOLDER = Path(checks.__file__).parent


def of(name: str, subject: Design) -> tuple[Finding, ...]:
    return apply_rule(RULES[name], subject)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_contract(rule: Rule) -> None:
    good, bad, empty = (apply_rule(rule, each) for each in (rule.good(), rule.bad(), nothing()))
    assert {f.verdict for f in good} == {Verdict.PASS}, good
    assert Verdict.FAIL in {f.verdict for f in bad}, bad
    assert {f.verdict for f in empty} == {Verdict.UNKNOWN}, empty
    for finding in (*good, *bad, *empty):
        assert finding.rule == rule.name
        assert finding.subject and finding.detail
        assert finding.remedy or finding.verdict is Verdict.PASS
    assert re.fullmatch(r"R\d+", rule.requirement)
    assert rule.summary
    module = FOLDER / f"{rule.name.replace('-', '_')}.py"
    assert module.read_text().startswith('"""'), "a rule is in the file of its name, which says why it is"


def test_rules_are_found_and_named_once() -> None:
    assert len(RULES) == len(all_rules()) >= 11


def test_a_rule_that_crashes_or_says_nothing_is_unknown() -> None:
    def crash(_of: Design) -> tuple[Finding, ...]:
        raise KeyError("no such timer")

    rule = next(iter(RULES.values()))
    (crashed,) = apply_rule(replace(rule, check=crash), design())
    assert crashed.verdict is Verdict.UNKNOWN and "no such timer" in crashed.detail
    (silent,) = apply_rule(replace(rule, check=lambda _of: ()), design())
    assert silent.verdict is Verdict.UNKNOWN


def test_check_design_asks_every_rule() -> None:
    site = design().site
    assert {f.rule for f in check_design(site, NOW)} == set(RULES)


def test_one_host_is_told_honestly() -> None:
    findings = of("quorum-odd", design(1))
    assert findings and all(
        f.verdict is Verdict.FAIL and f.detail == "not highly available yet: one host; grow to three"
        for f in findings
    )
    assert worst(of("survives-any-host", design(1))) is Verdict.FAIL


@pytest.mark.parametrize("hosts", [3, 5, 7])
def test_odd_clouds_survive(hosts: int) -> None:
    for name in ("quorum-odd", "role-held-twice", "survives-any-host"):
        assert worst(of(name, design(hosts))) is Verdict.PASS


def test_a_role_that_nobody_holds() -> None:
    bare = with_hosts(design(), lambda h: replace(h, roles=h.roles - {"cache"}))
    failed = [f for f in of("role-held-twice", bare) if f.verdict is Verdict.FAIL]
    assert [f.subject for f in failed] == ["cache"]


def test_each_role_lost_with_a_host_is_named() -> None:
    alone = with_hosts(design(), lambda h: replace(h, roles=h.roles - ({"api"} if h.name != "c2" else set())))
    verdicts = {f.subject: f for f in of("survives-any-host", alone)}
    assert [n for n, f in verdicts.items() if f.verdict is Verdict.FAIL] == ["c2"]
    assert "role api" in verdicts["c2"].detail


def test_zones() -> None:
    assert worst(of("zones-spread-quorum", design(zones=()))) is Verdict.UNKNOWN
    assert worst(of("zones-spread-quorum", design(zones=("a", "b", "")))) is Verdict.UNKNOWN
    assert worst(of("zones-spread-quorum", design(5, zones=("a", "b", "c")))) is Verdict.PASS
    grave = of("zones-spread-quorum", design(3, zones=("a",)))
    assert all(f.verdict is Verdict.FAIL and "zone a" in f.detail for f in grave)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stick-table type", "# stick-table type"),
        (" nopurge peers endpoints", " nopurge"),
        ("stick on int(1)", "stick on src"),
        ("on-marked-down shutdown-sessions", ""),
        ("balance first", "balance roundrobin  # balance first"),
    ],
)
def test_several_writers_are_seen(old: str, new: str) -> None:
    assert worst(of("one-writer", with_text(design(), old, new))) is Verdict.FAIL


@pytest.mark.parametrize(
    ("rule", "old", "new", "said"),
    [
        ("durable-commits", "at_trx_commit = 1", "at_trx_commit = 2", "is another"),
        ("durable-commits", "innodb_flush", "# innodb_flush", "does not set"),
        ("quorum-queues", "default_queue_type = quorum", "default_queue_type = classic", "is another"),
        ("quorum-queues", "rabbit_quorum_queue = true", "rabbit_quorum_queue = false", "is another"),
        ("minority-pauses", "default_queue_type = quorum", "default_queue_type = classic", "is another"),
        ("minority-pauses", "wsrep_on = ON", "wsrep_on = OFF", "is another"),
        ("own-source-address", "&bind_address=", "&was_address=", "is another"),
        ("own-source-address", "bind_address=198.18.0.12", "bind_address=198.18.0.1", "on c2"),
    ],
)
def test_safeguards_are_read_in_the_files_themselves(rule: str, old: str, new: str, said: str) -> None:
    findings = of(rule, with_text(design(), old, new))
    assert any(f.verdict is Verdict.FAIL and said in f.detail for f in findings), findings


@pytest.mark.parametrize(
    "rule", ["durable-commits", "quorum-queues", "minority-pauses", "own-source-address"]
)
def test_who_declares_no_safeguard_has_none(rule: str) -> None:
    bare = changed(design(), lambda c: replace(c, safeguards=()))
    assert {f.verdict for f in of(rule, bare)} == {Verdict.FAIL}


def test_every_safeguard_is_looked_for() -> None:
    assert {each.rule for c in catalogue() for each in c.safeguards} <= set(RULES)


def test_an_address_that_begins_as_master() -> None:
    findings = of("no-preemption", with_text(design(), "state BACKUP", "state MASTER"))
    assert {f.verdict for f in findings} == {Verdict.FAIL}


def test_an_address_configured_in_another_way_is_unknown() -> None:
    findings = of("no-preemption", with_text(design(), "vrrp_instance", "primitive"))
    assert {f.verdict for f in findings} == {Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (" check ssl ", " ssl ", "not checked"),
        (" check port ", " check addr ", "ask port"),
        ("http-check send meth GET uri", "option httpchk GET", "does not ask for"),
        ("  server ", "  # server ", "no backend"),
        ("  bind 198.18.0.100:", "  bind *:", "does not publish"),
    ],
)
def test_checks_that_say_nothing_are_seen(old: str, new: str, said: str) -> None:
    findings = of("functional-check", with_text(design(), old, new))
    assert any(f.verdict is Verdict.FAIL and said in f.detail for f in findings), findings


def test_a_check_port_that_nobody_listens_on() -> None:
    deaf = changed(
        design(),
        lambda c: replace(c, processes=lambda _here: ()) if "database" in c.kinds else c,
    )
    assert any("nothing listens" in f.detail for f in of("functional-check", deaf))


def test_frontends_without_a_check_in_the_catalogue() -> None:
    bare = changed(
        design(),
        lambda c: replace(c, frontends=tuple(replace(f, check_path="", check_port=0) for f in c.frontends)),
    )
    findings = of("functional-check", bare)
    assert {f.verdict for f in findings} == {Verdict.FAIL}
    assert any("no check port" in f.detail for f in findings)


@pytest.mark.parametrize("timers", list(Timers))
def test_timers_are_in_order_as_delivered(timers: Timers) -> None:
    findings = of("unsafe-timers", design(timers=timers))
    assert {f.verdict for f in findings} == {Verdict.PASS}, findings
    declared = sum(len(c.timer_order) for c in catalogue())
    assert len(findings) == declared, "each declared chain is judged"


def test_declared_timers_exist() -> None:
    known = {t.name for c in catalogue() for t in c.timers}
    for component in catalogue():
        for chain in component.timer_order:
            assert len(chain) > 1 and known.issuperset(chain), component.name


def test_equal_timers_are_not_in_order() -> None:
    def level(component):  # type: ignore[no-untyped-def]
        return replace(component, timers=tuple(replace(t, tuned=1.0) for t in component.timers))

    assert {f.verdict for f in of("unsafe-timers", changed(design(), level))} == {Verdict.FAIL}


@pytest.mark.parametrize(("days", "verdict"), [(30, Verdict.PASS), (29, Verdict.FAIL), (-1, Verdict.FAIL)])
def test_certificates(days: int, verdict: Verdict) -> None:
    assert worst(of("certificates-life", design(days=days))) is verdict


def test_a_certificate_that_is_none() -> None:
    good = design()
    odd = replace(good, site=replace(good.site, address_pair=Pair("noise", Secret("")), host_pairs={}))
    unknown = [f.subject for f in of("certificates-life", odd) if f.verdict is Verdict.UNKNOWN]
    assert unknown == ["address 198.18.0.100", "host c1", "host c2", "host c3"]


@pytest.mark.parametrize(
    ("servers", "verdict"),
    [
        ((), Verdict.UNKNOWN),
        (("a", "b"), Verdict.UNKNOWN),
        (("a", "a", "a"), Verdict.UNKNOWN),
        (("a", "b", "c"), Verdict.PASS),
        (("a", "b", "c", "c2"), Verdict.FAIL),
    ],
)
def test_time_servers(servers: tuple[str, ...], verdict: Verdict) -> None:
    assert worst(of("time-sources", design(time_servers=servers))) is verdict
