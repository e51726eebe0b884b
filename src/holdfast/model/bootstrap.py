"""Which member of a stopped cluster may start it: the most advanced one, or nobody (LP#1682153)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from holdfast.model.observed import Answer, Observed
from holdfast.model.parts import Bootstrap
from holdfast.model.plan import Run


def first_member(
    observed: Mapping[str, Observed], members: Sequence[str], question: str, start: tuple[str, ...]
) -> Bootstrap | None:
    """Decides from each member's answer (`running`, `history`, `position`) how the cluster starts.

    None while any member runs: the others join it. Refuses, with every member's evidence, when data
    of two histories exist or a member's position is not known.
    """
    answers = {name: observed[name].answers.get(question) if name in observed else None for name in members}
    if any(a is not None and a.data.get("running") for a in answers.values()):
        return None
    evidence = "; ".join(f"{name}: {a.text if a else 'no answer'}" for name, a in answers.items())
    if any(a is None or not a.ok for a in answers.values()):
        return Bootstrap("", (), "", refusal=f"a member's data could not be read ({evidence})")
    known = {name: a for name, a in answers.items() if a is not None and a.data.get("history")}
    if len({a.data["history"] for a in known.values()}) > 1:
        return Bootstrap(
            "",
            (),
            "",
            refusal=f"the members hold data of different histories ({evidence}); keep the "
            "one that is right and empty the others by hand",
        )
    chosen = max(known, key=lambda name: _position(known[name])) if known else members[0]
    why = f"most advanced of {evidence}" if known else "the first start of an empty cluster"
    return Bootstrap(chosen, (Run(start),), why)


def first_of_all(
    observed: Mapping[str, Observed], members: Sequence[str], question: str, start: tuple[str, ...]
) -> Bootstrap | None:
    """Decides from each member's answer (`data`: it was made once) who begins where none was ever made.

    None where any has data: those find each other, and take in the ones that have none. Refuses where a
    member that nobody can ask may have it: what another began would be a second cluster.
    """
    answers = {name: observed[name].answers.get(question) if name in observed else None for name in members}
    if any(a is not None and a.data.get("data") for a in answers.values()):
        return None
    if unknown := [name for name, a in answers.items() if a is None or not a.ok]:
        why = f"whether {', '.join(unknown)} has data of a cluster is not known, and nobody else has any"
        return Bootstrap("", (), "", refusal=f"{why}; bring it back: without it a second one would begin")
    return Bootstrap(members[0], (Run(start),), "the first start of an empty cluster")


def _position(answer: Answer) -> int:
    value = answer.data.get("position", -1)
    return value if isinstance(value, int) else -1
