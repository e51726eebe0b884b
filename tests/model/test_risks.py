"""A design that runs a risk is refused with its reason, unless the cloud file accepts it by its name."""

from __future__ import annotations

from broken_cloud import VALID, errors_of
from clouds import KNOWN

from holdfast.model.cloudfile.reader import parse

IMAGES = VALID.replace("services: [keystone]", "services: [keystone, glance]")
ACCEPTED = f"{IMAGES}accept: [images-on-one-host]\n"
SPLIT = "[endpoint, api, database, messaging, coordination, cache]"


def on_one(text: str) -> str:
    """The same with images on one of the three hosts alone."""
    first, *rest = text.split("[controller]")
    return SPLIT.join([first + "[controller]" + rest[0], *rest[1:]])


def test_files_of_one_host_are_refused_with_the_word_that_accepts_them() -> None:
    ((line, _, what),) = errors_of(on_one(IMAGES))
    assert IMAGES.splitlines()[line - 1].startswith("services:")
    assert what == "images would be kept in files of one host"


def test_they_may_be_accepted_in_words() -> None:
    cloud = parse(on_one(ACCEPTED), KNOWN)
    assert cloud.accepted == ("images-on-one-host",)


def test_accepted_or_not_each_host_with_files_of_its_own_is_one_too_many() -> None:
    ((_, _, what),) = errors_of(ACCEPTED)
    assert what == "2 hosts hold the role 'image'"


def test_a_word_that_accepts_nothing_is_an_error() -> None:
    ((line, _, what),) = errors_of(f"{VALID}accept: [images-on-one-hosts]\n")
    assert (line, what) == (VALID.count("\n") + 1, "unknown risk 'images-on-one-hosts'")


def test_what_nobody_runs_may_be_accepted_beforehand() -> None:
    assert parse(f"{VALID}accept: [images-on-one-host]\n", KNOWN).accepted
