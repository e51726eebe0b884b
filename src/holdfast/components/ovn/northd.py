"""The translator between OVN's databases: one works, by a lock in the southbound one; the others stand by."""

from __future__ import annotations

from holdfast.components.ovn.raft import LIFE, RUN, USER, remotes, trust
from holdfast.components.questions.ovn import northd_works
from holdfast.model.catalogue import Here, Site
from holdfast.model.component import Component, Landmark, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import pair_files
from holdfast.model.plan import PutFile
from holdfast.model.process import Ha, Process
from holdfast.model.question import Question
from holdfast.model.scene import Scene, told

UNIT = "ovn-northd.service"
FOLDER = "/etc/ovn/northd"
CONTROL = f"{RUN}/northd.ctl"
FLOWS = "logical-flows"


def _unit(here: Here) -> str:
    databases = (("nb", "northbound"), ("sb", "southbound"))
    links = " ".join(f"--ovn{short}-db={remotes(here.offer(kind))}" for short, kind in databases)
    return f"""[Unit]
Description={here.component.summary}
After=network.target

[Service]
User={USER}
Environment=OVN_RUNDIR={RUN}
ExecStart=/usr/bin/ovn-northd -vconsole:info -vsyslog:off -vfile:off --unixctl={CONTROL} \
{links} {trust(FOLDER)}
{LIFE}"""


def _files(here: Here) -> tuple[PutFile, ...]:
    return (*pair_files(here, FOLDER, USER), PutFile(f"/etc/systemd/system/{UNIT}", _unit(here)))


def _processes(_here: Here) -> tuple[Process, ...]:
    meaning = "it reaches both databases, and works or stands by"
    return (
        Process(
            unit=UNIT,
            ha=Ha.BALANCED,
            watches=(FOLDER, f"/etc/systemd/system/{UNIT}"),
            health=Question("ovn-northd", northd_works, meaning, {"control": CONTROL}),
        ),
    )


def _working(site: Site, scene: Scene) -> tuple[str, ...]:
    return tuple(host for host, works in told(site, scene, FLOWS, "works").items() if works)


NORTHD = Component(
    name="ovn-northd",
    role="database",
    summary="OVN: makes of what is wanted what hosts are to do; one works, the others stand by",
    needs=("northbound", "southbound"),
    offers=(Offer(FLOWS, lambda _site, placed, _user: Endpoint(placed.addresses, 0)),),
    packages=("ovn-central",),
    units=(UNIT,),
    processes=_processes,
    files=_files,
    landmarks=(Landmark("northd", "the OVN translator that works", _working),),
    users=(USER,),
)
