"""The mirror comes from this machine's own apt sources, whatever form they have."""

from pathlib import Path

import pytest

from holdfast.lab.command import LabError
from holdfast.lab.mirror import Source, debian_sources, parse_sources, read_sources

DEB822 = """\
Types: deb deb-src
# a comment inside
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main
  contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.invalid/debian-security
Suites: bookworm-security
Components: main

Types: deb
Enabled: no
URIs: http://mirror.invalid/off
Suites: bookworm
Components: main

Types: deb-src
URIs: http://mirror.invalid/sources
Suites: bookworm
Components: main
"""

ONE_LINE = """\
# deb http://mirror.invalid/commented bookworm main
deb [arch=amd64 signed-by=/x.gpg] https://mirror.invalid/debian/ bookworm main contrib # why
deb-src https://mirror.invalid/debian/ bookworm main
deb http://mirror.invalid/debian-security bookworm-security main
deb https://other.invalid/node nodistro main
"""


def test_deb822_gives_each_enabled_binary_source() -> None:
    assert parse_sources(DEB822, deb822=True) == (
        Source("http://mirror.invalid/debian", "bookworm", ("main", "contrib")),
        Source("http://mirror.invalid/debian", "bookworm-updates", ("main", "contrib")),
        Source("http://mirror.invalid/debian-security", "bookworm-security", ("main",)),
    )


def test_one_line_form_skips_comments_sources_and_reads_past_options() -> None:
    assert parse_sources(ONE_LINE, deb822=False)[:2] == (
        Source("https://mirror.invalid/debian/", "bookworm", ("main", "contrib")),
        Source("http://mirror.invalid/debian-security", "bookworm-security", ("main",)),
    )


@pytest.mark.parametrize(("text", "deb822"), [(DEB822, True), (ONE_LINE, False)])
def test_the_wanted_suite_comes_first_with_only_main(text: str, deb822: bool) -> None:
    turned = debian_sources(parse_sources(text, deb822=deb822), "trixie")
    assert turned[0].suite == "trixie"
    assert turned[0].uri.rstrip("/").endswith("mirror.invalid/debian")
    assert {source.suite for source in turned} <= {"trixie", "trixie-updates", "trixie-security"}
    assert {source.components for source in turned} == {("main",)}


def test_no_debian_source_is_refused_in_words() -> None:
    foreign = (Source("http://mirror.invalid/ubuntu", "noble", ("main",)),)
    with pytest.raises(LabError, match=r"no Debian archive .* add a `deb` source"):
        debian_sources(foreign, "trixie")


def test_a_mirror_list_is_replaced_by_its_first_address(tmp_path: Path) -> None:
    (tmp_path / "list").write_text(
        "# mirrors\nhttp://first.invalid/debian priority:1\nhttp://second.invalid\n"
    )
    (tmp_path / "sources.list").write_text(f"deb mirror+file:{tmp_path}/list bookworm main\n")
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/ignored.save").write_text("deb http://ignored.invalid bookworm main\n")
    assert read_sources(tmp_path) == (Source("http://first.invalid/debian", "bookworm", ("main",)),)
