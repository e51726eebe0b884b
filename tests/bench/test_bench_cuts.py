"""The cuts that a reader can run: spread over the range, and over the hosts."""

from __future__ import annotations

from itertools import pairwise

from bench.cuts import cuts

HOSTS = ("alpha", "bravo", "charlie")


def test_lengths_cover_the_range_and_hosts_take_turns() -> None:
    made = list(cuts(HOSTS, 30, 5, 25, seed=1))
    lengths = sorted(cut.seconds for cut in made)
    assert (lengths[0], lengths[-1], len(lengths)) == (5, 25, 30)
    assert max(b - a for a, b in pairwise(lengths)) < 1
    assert [cut.host for cut in made[:4]] == ["alpha", "bravo", "charlie", "alpha"]


def test_a_seed_brings_the_order_back_and_another_gives_another() -> None:
    first = list(cuts(HOSTS, 30, 5, 25, seed=1))
    assert first == list(cuts(HOSTS, 30, 5, 25, seed=1)) != list(cuts(HOSTS, 30, 5, 25, seed=2))


def test_a_single_cut_is_of_the_shortest_length() -> None:
    assert [cut.seconds for cut in cuts(HOSTS, 1, 5, 25, seed=1)] == [5]
