"""No call is in clear behind the balancer: each backend shows its certificate, of the own authority."""

from __future__ import annotations

import re

import pytest
from clouds import files_of, fragments_of, sites

from holdfast.components.haproxy.text import AUTHORITY
from holdfast.model.catalogue import Site

TRUSTED = re.compile(rf"  server (\S+) \S+ check ssl verify required ca-file {AUTHORITY} verifyhost (\S+)")


def unproven(text: str) -> list[str]:
    """The backends of an HTTP frontend whose certificate or name nobody looks at."""
    if "mode http" not in text:
        return []
    servers = [line for line in text.splitlines() if line.startswith("  server ")]
    found = {line: TRUSTED.fullmatch(line) for line in servers}
    return [line for line, match in found.items() if match is None or match[1] != match[2]]


@pytest.fixture(params=sites().keys())
def site(request: pytest.FixtureRequest) -> Site:
    return sites()[request.param]


def test_the_balancer_looks_at_authority_and_name_of_each_backend(site: Site) -> None:
    texts = [file.content for here in site.places for file in fragments_of(here)]
    assert any("mode http" in text for text in texts)
    assert [line for text in texts for line in unproven(text)] == []


@pytest.mark.parametrize(
    "options",
    [
        "check",
        "check ssl verify none",
        f"check ssl verify required ca-file {AUTHORITY}",
        f"check ssl verify required ca-file {AUTHORITY} verifyhost b",
        "check ssl verify required ca-file /etc/holdfast/ca.pem verifyhost a",
    ],
)
def test_a_planted_backend_that_anybody_could_be_is_seen(options: str) -> None:
    assert unproven(f"  mode http\n  server a 198.18.0.11:1 {options}\n")


def test_each_backend_has_its_hosts_pair_and_starts_anew_with_another(site: Site) -> None:
    files = files_of(site)
    for here in site.places:
        for frontend in (f for f in here.component.frontends if f.http):
            pair = site.host_pairs[here.host.name]
            assert files[here.host.name, f"{frontend.pair}/cert.pem"].content == pair.certificate
            key = files[here.host.name, f"{frontend.pair}/key.pem"]
            assert key.content == pair.key.reveal() and key.secret and key.mode == 0o640
            assert any(
                frontend.pair.startswith(process.watches) for process in here.processes if process.watches
            )


def test_the_balancer_trusts_the_own_authority_alone_behind_it(site: Site) -> None:
    trusted = {file.content for (_, path), file in files_of(site).items() if path == AUTHORITY}
    assert trusted == {site.inside_ca}
