"""Each lack of this machine gives one line with its cure."""

from dataclasses import replace

import pytest

from holdfast.lab.preflight import Facts, judge

GOOD = Facts(
    root=True, missing_tools=(), namespaces=True, links=True, overlay=True, cgroup2=True, free_bytes=2**40
)


def test_a_machine_with_all_has_no_problem() -> None:
    assert judge(GOOD) == ()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(GOOD, root=False, namespaces=False, overlay=False), "root"),
        (replace(GOOD, missing_tools=("debootstrap",)), "debootstrap is missing: run tools/setup-host.sh"),
        (
            replace(GOOD, missing_tools=("systemd-nspawn",)),
            "systemd-nspawn is missing: run tools/setup-host.sh",
        ),
        (replace(GOOD, namespaces=False, links=False), "--privileged"),
        (replace(GOOD, links=False), "load the modules"),
        (replace(GOOD, overlay=False), "overlay"),
        (replace(GOOD, cgroup2=False), "5.14"),
        (replace(GOOD, free_bytes=10**9), "free some space"),
    ],
)
def test_each_lack_is_one_line_with_its_cure(facts: Facts, words: str) -> None:
    (line,) = judge(facts)
    assert words in line
    assert "\n" not in line
