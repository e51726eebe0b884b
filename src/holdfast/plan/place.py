"""What must be on a host before anything is started there: packages, the release, files, set-up commands."""

from __future__ import annotations

from holdfast.model.observed import Observed
from holdfast.model.plan import Action, Package, Run, Step, Unpack
from holdfast.model.release import Release
from holdfast.plan.desired import RELEASE_MARK, Desired
from holdfast.plan.draft import Ids


def placing(wanted: Desired, seen: Observed, release: Release, ground: Ids) -> Step | None:
    """One step for one component on one host; None where all of it is there."""
    missing = tuple(p for p in wanted.component.packages if not seen.packages.get(p))
    changed = [f for f in wanted.early_files if seen.files.get(f.path) != f.digest]
    stale = [path for path in wanted.absent if seen.files.get(path)]
    setup = [run for run in wanted.setup if seen.marks.get(run.mark) != run.digest]
    lacking = any(run.mark == RELEASE_MARK for run in setup)
    actions: list[Action] = [Package(missing)] if missing else []
    if lacking:
        actions.append(Unpack(release.archive, release.path))
    actions += [*changed, *(Run(("rm", "-f", path)) for path in stale), *setup]
    if not actions:
        return None
    why = [f"install {', '.join(missing)}"] if missing else []
    why += [f"release {release.series}-{release.digest} is not there"] if lacking else []
    why += [f"{len(changed)} of {len(wanted.early_files)} files differ"] if changed else []
    why += [f"{len(stale)} files must go"] if stale else []
    why += [f"set-up not done: {', '.join(run.mark for run in setup)}"] if setup else []
    host = wanted.host.name
    return Step(f"{wanted.placed.name}/configure@{host}", host, tuple(actions), "; ".join(why), ground)
