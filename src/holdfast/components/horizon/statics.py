"""The files that a browser loads as they are: collected on every host, anew for each release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

from holdfast.model.catalogue import Here
from holdfast.model.plan import Run
from holdfast.model.release import Release

HOME = "/var/lib/horizon"
KEPT = 2
"""Releases whose files stay: the one before this is served until its processes end."""
COLLECT = """
user=horizon
install -d -o $user -g $user "$HOME" "$HOME/static"
for words in 'collectstatic --noinput --verbosity 0' 'compress --force --verbosity 0'; do
    runuser -u $user -- "$1" -m django $words
done
ls -dt "$HOME"/static/* | tail -n +$2 | xargs -r rm -rf --
"""


def statics(release: Release) -> Mapping[str, str]:
    """The folder that is served, by its path."""
    return {"/static": f"{HOME}/static/{release.series}-{release.digest}"}


def collected(here: Here, texts: Iterable[str]) -> tuple[Run, ...]:
    """The work that fills the folder of this release, as the `texts` of the settings say."""
    release = here.site.release
    env = (
        ("HOME", HOME),
        ("PYTHONPATH", "/usr/lib/holdfast/horizon"),
        ("DJANGO_SETTINGS_MODULE", "openstack_dashboard.settings"),
    )
    argv = ("sh", "-euc", COLLECT, "collect", release.python, str(KEPT + 1))
    digest = sha256("\n".join((release.digest, *texts)).encode()).hexdigest()
    return (Run(argv, env=env, mark="horizon statics", digest=digest, timeout=300.0),)
