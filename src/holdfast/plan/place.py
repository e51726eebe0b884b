"""What must be on a host before anything is started there: packages, the release, files, set-up commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from holdfast.model.catalogue import Here
from holdfast.model.foreign import foreign, own_folders
from holdfast.model.observed import Belongings, Observed
from holdfast.model.plan import Action, Forget, Package, PutFile, Remove, Step, Unpack
from holdfast.model.settings import Settings
from holdfast.plan.desired import RELEASE_MARK, Desired
from holdfast.plan.draft import Ids


def placing(here: Here, wanted: Desired, seen: Observed, had: Belongings, ground: Ids) -> Step | None:
    """One step for one component on one host; None where all of it is there.

    `had` is what the host has on record as the component's: what is not wanted any more goes.
    """
    release = here.site.release
    missing = tuple(p for p in wanted.component.packages if not seen.packages.get(p))
    changed = [f for f in wanted.early_files if seen.files.get(f.path) != f.digest]
    strange = own_folders(here, foreign(here, seen))
    stale = [*_stale(wanted, seen, had), *(path for path in strange if path not in had.files)]
    setup = [run for run in wanted.setup if seen.marks.get(run.mark) != run.digest]
    lacking = any(run.mark == RELEASE_MARK for run in setup)
    actions: list[Action] = [Package(missing)] if missing else []
    if lacking:
        actions.append(Unpack(release.archive, release.path))
    actions += [*_forgotten(wanted, seen, changed), *changed, *map(Remove, stale), *setup]
    if not actions:
        return None
    why = [f"install {', '.join(missing)}"] if missing else []
    why += [f"release {release.series}-{release.digest} is not there"] if lacking else []
    why += [f"{len(changed)} of {len(wanted.early_files)} files differ"] if changed else []
    why += _own_options(here, changed)
    why += [f"{len(stale)} files must go"] if stale else []
    why += [f"set-up not done: {', '.join(run.mark for run in setup)}"] if setup else []
    host, name = wanted.host.name, wanted.placed.name
    return Step(f"{name}/configure@{host}", host, tuple(actions), "; ".join(why), ground, component=name)


def _stale(wanted: Desired, seen: Observed, had: Belongings) -> list[str]:
    """Files that must not be there: retired ones that are, and those that only the record still knows."""
    kept = {file.path for file in wanted.all_files}
    retired = [path for path in wanted.absent if seen.files.get(path)]
    return [*retired, *(path for path in had.files if path not in kept and path not in retired)]


def _forgotten(wanted: Desired, seen: Observed, changed: Iterable[PutFile]) -> Iterator[Forget]:
    """Records that would outlive an interruption between a drifted file and its reader's restart."""
    paths = [file.path for file in changed]
    for process in wanted.processes:
        state = seen.units.get(process.unit)
        current = state is not None and state.applied == wanted.digest(process)
        if current and any(path.startswith(process.watches) for path in paths if process.watches):
            yield Forget(process.unit)


def _own_options(here: Here, changed: Iterable[PutFile]) -> list[str]:
    """The operator's own options in the files that are written, told as theirs."""
    paths = {file.path for file in changed}
    own = here.site.cloud.config.get(here.component.service, {})
    return [
        f"your own options in {config.name}: {_listed(own[config.name])}"
        for config in here.component.configs
        if config.path in paths and own.get(config.name)
    ]


def _listed(settings: Settings) -> str:
    return ", ".join(f"[{section}] {option}" for section, options in settings.items() for option in options)
