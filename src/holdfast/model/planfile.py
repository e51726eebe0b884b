"""A plan on paper: what was shown, kept as digests, so that just that is applied or refused."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from holdfast.model.errors import BadInput
from holdfast.model.fingerprint import fingerprint
from holdfast.model.plan import Plan, Step, Waiting, digest_of

FORMAT = 1
LARGEST = 64 << 20
"""Bytes; the first plan of a cloud of a thousand hosts has a third of that."""


class PlanFileError(BadInput):
    """The file cannot be written, or is not a plan for this cloud: says what, and what to do."""


@dataclass(frozen=True)
class WrittenStep:
    """A step's summary; `parts` has the fingerprint of each thing that it says, by its name in words."""

    id: str
    host: str
    why: str
    digest: str
    parts: Mapping[str, str]


@dataclass(frozen=True)
class WrittenPlan:
    """A plan's summary: no file's content, no command's input, nothing of a secret but a hash.

    `hosts` are those that it was limited to; none where it was not.
    """

    cloud: str
    digest: str
    steps: tuple[WrittenStep, ...]
    waiting: tuple[Waiting, ...]
    hosts: tuple[str, ...] = ()


def on_paper(cloud: str, plan: Plan, hosts: tuple[str, ...] = ()) -> WrittenPlan:
    """The summary of a plan for a cloud, limited to the hosts where there are any."""
    steps = tuple(WrittenStep(s.id, s.host, s.why, s.digest, _parts(s)) for s in plan.steps)
    return WrittenPlan(cloud, plan.digest, steps, plan.waiting, hosts)


def _parts(step: Step) -> dict[str, str]:
    subjects = [action.subject for action in step.actions]
    parts = {
        each: fingerprint([a for a, s in zip(step.actions, subjects, strict=True) if s == each])
        for each in subjects
    }
    rest = (field.name for field in fields(step) if field.name not in ("id", "actions"))
    return {
        **parts,
        "the order of its actions": fingerprint(subjects),
        **{f"its {name}": fingerprint(getattr(step, name)) for name in rest},
    }


def differences(written: WrittenPlan, fresh: Plan) -> tuple[str, ...]:
    """What a plan does otherwise than the written one, in words; empty when it is the one that was shown."""
    before = {step.id: step for step in written.steps}
    now = {step.id: step for step in on_paper(written.cloud, fresh).steps}
    found = [f"{step} is gone" for step in before if step not in now]
    found += [f"{step} is new" for step in now if step not in before]
    found += [
        f"{name} is changed: {_changed(before[name].parts, step.parts)}"
        for name, step in now.items()
        if name in before and before[name].digest != step.digest
    ]
    if not found and written.digest != fresh.digest:
        found.append("the same steps come in another order")
    return tuple(found)


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    kinds = {
        "no more": [part for part in before if part not in now],
        "new": [part for part in now if part not in before],
        "other": [part for part in now if part in before and before[part] != now[part]],
    }
    return "; ".join(f"{kind}: {', '.join(parts)}" for kind, parts in kinds.items() if parts)


def write_plan(path: Path, cloud: str, plan: Plan, hosts: tuple[str, ...] = ()) -> None:
    """Writes a new file that only its owner can read. Raises PlanFileError, also where one is there."""
    text = json.dumps({"format": FORMAT, **asdict(on_paper(cloud, plan, hosts))}, indent=1)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise PlanFileError(f"{path}: {error.strerror}; choose another name for the plan") from None
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
    except OSError as error:
        path.unlink()
        raise PlanFileError(f"{path}: {error.strerror}; no plan was written") from None


def read_plan(path: Path, cloud: str) -> WrittenPlan:
    """The plan that was written for a cloud. Raises PlanFileError."""
    anew = "make the plan anew: `holdfast plan --out FILE`"
    try:
        given = json.loads(_text(path))
    except (ValueError, RecursionError):
        raise PlanFileError(f"{path}: this is not JSON, or only a part of it; {anew}") from None
    if not isinstance(given, dict) or "format" not in given:
        raise PlanFileError(f"{path}: this is not a plan that holdfast wrote; {anew}")
    if given["format"] != FORMAT:
        raise PlanFileError(f"{path}: another version of holdfast wrote this plan; {anew}")
    try:
        written = _written(given)
    except (KeyError, TypeError, AttributeError):
        raise PlanFileError(f"{path}: this is not a whole plan; {anew}") from None
    if written.cloud != cloud:
        raise PlanFileError(f"{path}: this plan is for the cloud {written.cloud}, and not for {cloud}")
    if digest_of(step.digest for step in written.steps) != written.digest:
        raise PlanFileError(f"{path}: somebody changed this plan after it was written; {anew}")
    return written


def _text(path: Path) -> str:
    """The whole file. Raises PlanFileError, or ValueError where it is no text."""
    try:
        if path.exists() and not path.is_file():
            raise PlanFileError(f"{path}: this is not a file; name the file that `holdfast plan --out` wrote")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise PlanFileError(
            f"{path}: {error.strerror}; name the file that `holdfast plan --out` wrote"
        ) from None
    if len(data) > LARGEST:
        raise PlanFileError(f"{path}: this is larger than {LARGEST >> 20} MiB, and no plan")
    return data.decode()


def _written(given: dict[str, Any]) -> WrittenPlan:
    steps = tuple(
        WrittenStep(
            _word(step["id"]),
            _word(step["host"]),
            _word(step["why"]),
            _word(step["digest"]),
            {_word(part): _word(digest) for part, digest in step["parts"].items()},
        )
        for step in given["steps"]
    )
    waiting = tuple(
        Waiting(_word(each["step"]), _word(each["host"]), _word(each["why"])) for each in given["waiting"]
    )
    hosts = tuple(map(_word, given["hosts"]))
    return WrittenPlan(_word(given["cloud"]), _word(given["digest"]), steps, waiting, hosts)


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value
