"""No text, however strange or large, ends in anything but a cloud or its errors, and that soon."""

import time
from pathlib import Path

import pytest
from broken_cloud import VALID, errors_of
from clouds import KNOWN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.model.cloud import Cloud
from holdfast.model.cloudfile.errors import CloudFileErrors
from holdfast.model.cloudfile.reader import LARGEST, parse, read
from holdfast.model.cloudfile.tree import MOST

HUGE = {
    "brackets": "[" * 500_000,
    "dashes": "- " * 300_000,
    "one word": "a" * LARGEST,
    "one key again": "a: b\n" * 200_000,
    "many keys": "\n".join(f"k{i}: 1" for i in range(80_000)),
    "many services": "services: [" + "a," * 400_000 + "]",
    "many faults": "promises:\n" + "".join(f"  power{i}: {{a{i}: 1}}\n" for i in range(40_000)),
    "quotes": "'" * 500_000,
    "tags": "a: !x\n" * 100_000,
    "tabs": "\t- a: b\n" * 100_000,
    "blank lines in a quote": "'a\n" + "\n" * 900_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_large_nonsense_takes_no_more_than_seconds(text: str) -> None:
    started = time.process_time()
    errors_of(text)
    assert time.process_time() - started < 30


def test_a_billion_laughs_end_at_the_first() -> None:
    lines = ["a0: &a0 [lol]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 20)]
    assert (2, 10, "an alias (*) stands here") in errors_of("\n".join(lines))


def test_a_thousand_hosts_are_within_the_limits() -> None:
    hosts = "".join(
        f"  - name: host-{i}\n    address: 10.{i // 250}.{i % 250}.7\n    roles: [api]\n    zone: r{i % 9}\n"
        for i in range(1000)
    )
    text = VALID.replace("services:", hosts + "services:").replace("198.18.0.0/24", "0.0.0.0/0")
    text = text.replace("0.0.0.0/0", "10.0.0.0/8").replace("198.18.0.", "10.255.255.")
    assert len(parse(text, KNOWN).hosts) == 1003
    assert MOST > 4 * 9 * 1000 and len(text) < LARGEST / 4


def attempt(text: str) -> Cloud | None:
    try:
        return parse(text, KNOWN)
    except CloudFileErrors as found:
        assert found.errors
        lines = (
            text.count("\n")
            + text.count("\r")
            + text.count("\x85")
            + text.count("\u2028")
            + text.count("\u2029")
        )
        assert all(1 <= e.line <= lines + 2 and e.column >= 1 for e in found.errors)
        return None


QUIET = settings(deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    attempt(text)


@QUIET
@given(st.text(alphabet=list("[]{}&*!|>%@`'\"#:-?, \n\tab01\\x.")))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    attempt(text)


@QUIET
@given(st.binary())
def test_any_bytes_are_read_or_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "cloud.yaml"
    path.write_bytes(raw)
    with pytest.raises(CloudFileErrors):
        read(path, KNOWN)


WORDS = [
    "",
    "~",
    "[]",
    "{}",
    "-1",
    "nan",
    "1e999",
    "!!x",
    "*a",
    "&a",
    "'",
    "|",
    "\t",
    "\0",
    "\U0001f600",
    "é",
    "9" * 5000,
]


@QUIET
@given(st.data())
def test_a_mutated_file_is_read_or_refused(data: st.DataObject) -> None:
    text = VALID
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=4))) + text[end:]
    attempt(text)


@QUIET
@given(st.lists(st.sampled_from(VALID.splitlines(keepends=True)), max_size=40))
def test_shuffled_lines_are_read_or_refused(lines: list[str]) -> None:
    attempt("".join(lines))
