"""Every live probe passes what is well and fails a planted violation."""

from dataclasses import replace

import pytest
from clouds import site_of
from three_hosts import NOW, certificate, change, make_site, well

from holdfast.model.finding import Verdict, worst
from holdfast.model.observed import Answer, Observed
from holdfast.model.pair import Pair
from holdfast.model.secret import Secret
from holdfast.probes import View, client_urls, judge, look, probes

SITE = make_site()
PAGES = {url: Answer(True, f"{url}: 200", {"status": 200}, 0.004) for url in client_urls(SITE)}


def view(observed: dict[str, Observed | None] | None = None, **changes: object) -> View:
    return replace(View(SITE, well(SITE) if observed is None else observed, NOW, PAGES), **changes)


def verdict(name: str, seen: View) -> Verdict:
    return worst(probes()[name](seen))


def test_all_is_well() -> None:
    findings = judge(view())
    assert {f.rule for f in findings} == set(probes())
    assert [f for f in findings if f.verdict is not Verdict.PASS] == []


@pytest.mark.parametrize(
    "name", ["processes", "membership", "landmarks", "one_writer", "address_answers", "clocks"]
)
def test_nothing_answered_is_unknown(name: str) -> None:
    nobody = view({"c1": None, "c2": None, "c3": None}, pages={})
    assert verdict(name, nobody) is Verdict.UNKNOWN


def test_a_cloud_that_publishes_nothing_and_has_no_members_lacks_nothing() -> None:
    small = site_of(replace(SITE.cloud, services=("memcached",)))
    seen = View(small, {host.name: None for host in small.cloud.hosts}, NOW)
    assert verdict("address_answers", seen) is verdict("membership", seen) is Verdict.PASS


def test_every_finding_that_is_not_a_pass_says_what_to_do() -> None:
    bad = view({"c1": None, "c2": None, "c3": None}, pages={u: Answer(False, "refused") for u in PAGES})
    assert [f for f in judge(bad) if f.verdict is not Verdict.PASS and not f.remedy] == []


def test_a_process_that_says_no_fails_with_the_meaning_of_a_yes() -> None:
    sick = change(well(SITE), "c2", "identity", Answer(False, "healthcheck answered 503"))
    (finding,) = [f for f in probes()["processes"](view(sick)) if f.verdict is Verdict.FAIL]
    assert finding.subject == "keystone on c2"
    assert "503" in finding.detail and "reads its database" in finding.detail


def test_a_question_that_could_not_be_asked_is_unknown() -> None:
    sick = change(well(SITE), "c2", "identity", Answer(None, "time ran out"))
    assert verdict("processes", view(sick)) is Verdict.UNKNOWN


def test_members_that_disagree_fail() -> None:
    split = change(well(SITE), "c1", "bus", Answer(True, "", {"members": ["c1"], "size": 1}))
    (finding,) = [f for f in probes()["membership"](view(split)) if f.verdict is Verdict.FAIL]
    assert "do not agree" in finding.detail


def test_members_that_agree_on_too_few_fail() -> None:
    scene = well(SITE)
    for host in ("c1", "c2", "c3"):
        scene = change(scene, host, "database", Answer(True, "", {"members": ["c1", "c2"], "size": 2}))
    assert verdict("membership", view(scene)) is Verdict.FAIL


def test_a_silent_member_is_unknown() -> None:
    assert verdict("membership", view({**well(SITE), "c1": None})) is Verdict.UNKNOWN


def test_two_holders_fail_and_so_does_none() -> None:
    two = change(well(SITE), "c1", "address", Answer(True, "", {"holds": True}))
    none = change(well(SITE), "c2", "address", Answer(True, "", {"holds": False}))
    assert verdict("landmarks", view(two)) is Verdict.FAIL
    assert verdict("landmarks", view(none)) is Verdict.FAIL


def balancer(active: str | None, *held: str) -> Answer:
    return Answer(True, "", {"active": {"database": active}, "held": {"database": list(held)}})


@pytest.mark.parametrize(
    ("host", "said", "told"),
    [
        ("c1", balancer("c1"), "do not agree: c1 sends to c1; c2 sends to c3; c3 sends to c3"),
        ("c2", balancer("c3", "c1", "c3"), "c2 holds sessions to c1"),
    ],
)
def test_two_writers_fail(host: str, said: Answer, told: str) -> None:
    (finding,) = probes()["one_writer"](view(change(well(SITE), host, "balancer", said)))
    assert finding.verdict is Verdict.FAIL
    assert told in finding.detail


def test_no_writer_anywhere_fails_and_a_silent_balancer_does_not() -> None:
    scene = well(SITE)
    for host in ("c1", "c2", "c3"):
        scene = change(scene, host, "balancer", balancer(None))
    assert verdict("one_writer", view(scene)) is Verdict.FAIL
    assert verdict("one_writer", view({**well(SITE), "c1": None})) is Verdict.PASS


@pytest.mark.parametrize(
    "path", ["/etc/haproxy/holdfast/99-extra.cfg", "/etc/systemd/system/mariadb.service.d/x.conf"]
)
def test_a_strangers_file_that_a_service_will_read_fails(path: str) -> None:
    folder, _, name = path.rpartition("/")
    scene = well(SITE)
    seen = scene["c2"]
    assert seen is not None
    scene["c2"] = replace(seen, folders={folder: (name,)})
    ours = "00-global.cfg" if "haproxy" in path else "holdfast.conf"
    scene["c3"] = replace(seen, folders={folder: (ours,)})
    findings = {f.subject: f for f in probes()["foreign_files"](view(scene))}
    assert {name: f.verdict for name, f in findings.items() if name != "c2"} == dict.fromkeys(
        ("c1", "c3"), Verdict.PASS
    )
    assert path in findings["c2"].detail


def test_no_known_holder_and_a_silent_host_is_unknown() -> None:
    assert verdict("landmarks", view({**well(SITE), "c2": None})) is Verdict.UNKNOWN


def test_an_address_that_does_not_answer_a_client_fails() -> None:
    url = client_urls(SITE)[0]
    assert verdict("address_answers", view(pages={url: Answer(False, f"{url}: timed out")})) is Verdict.FAIL


def test_clocks_apart_fail_even_when_each_is_near_enough_to_this_machine() -> None:
    scene = well(SITE)
    for host, offset in (("c1", 0.09), ("c2", -0.09)):
        seen = scene[host]
        assert seen is not None
        scene[host] = replace(seen, clock_offset=offset)
    by_subject = {f.subject: f.verdict for f in probes()["clocks"](view(scene))}
    assert by_subject["c1"] is Verdict.PASS
    assert by_subject["all hosts"] is Verdict.FAIL


def test_a_certificate_near_its_end_fails_and_a_missing_one_is_unknown() -> None:
    short = Pair(certificate(3), Secret(""))
    assert verdict("certificates", view(site=make_site(address_pair=short))) is Verdict.FAIL
    assert verdict("certificates", view(site=make_site(host_pairs={}))) is Verdict.UNKNOWN
    over = Pair(certificate(-3), Secret(""))
    (finding,) = [
        f for f in probes()["certificates"](view(site=make_site(address_pair=over))) if "address" in f.subject
    ]
    assert "expired" in finding.detail


def test_a_probe_that_crashes_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_view: View) -> tuple[()]:
        raise ZeroDivisionError("planted")

    import holdfast.probes

    monkeypatch.setattr(holdfast.probes, "probes", lambda: {"broken": broken, "silent": lambda _view: ()})
    assert [f.verdict for f in judge(view())] == [Verdict.UNKNOWN, Verdict.UNKNOWN]


async def test_look_asks_as_a_client_does() -> None:
    asked: list[str] = []

    async def fetch(url: str) -> Answer:
        asked.append(url)
        return Answer(True, f"{url}: 200")

    findings = await look(SITE, well(SITE), fetch=fetch, now=NOW)
    assert worst(findings) is Verdict.PASS
    assert asked == ["http://198.18.0.100:8404/alive", "https://198.18.0.100:5000/healthcheck"]
