"""From booted machines to a healthy cloud."""

from __future__ import annotations

from bench.figures import figure
from bench.sections import Bench, Measured, record
from holdfast.model.cloud import Timers

TEXT = """\
Three machines on fresh disks each time. `lab up` boots them; `apply` is then timed from its start until
every functional question is answered well. The lab's image holds the distribution's packages already (lab
hosts have no way out to fetch any), and the OpenStack release is in this machine's cache, as after a first
deploy: neither download is in these figures. Everything else is: files, keys, the release's transfer to
each host, schemas, clusters formed, services started.
"""


def run(bench: Bench) -> None:
    """Wipes the lab before each repeat."""
    boots, deploys = [], []
    with bench.quiet.stretch("deploy") as breathe:
        for number in range(1, bench.times(3) + 1):
            breathe()
            boots.append(bench.lab.boot(Timers.TUNED))
            deploys.append(bench.lab.deploy(Timers.TUNED))
            bench.say(f"deploy: {number}: booted in {boots[-1]:.1f} s, deployed in {deploys[-1]:.1f} s")
    bench.keep(
        record(
            bench,
            facts={"hosts": "3"},
            figures={
                "deploy": figure("`holdfast apply` on booted machines", deploys, promised=120.0),
                "boot": figure("`holdfast lab up`, fresh disks", boots),
            },
        )
    )


SECTION = Measured("deploy", 30, "Deploy", TEXT, needs_lab=True, run=run)
