"""OVN's two databases, each a Raft cluster: what is wanted of networks, and what hosts are to do for it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from holdfast.components.ovn.raft import LIFE, RUN, USER, Raft, trust
from holdfast.components.programs import program
from holdfast.components.questions.ovn import raft_member, raft_position
from holdfast.model.address import bracketed
from holdfast.model.bootstrap import first_member
from holdfast.model.catalogue import Here, Placed, Site
from holdfast.model.component import Component, Landmark, Offer
from holdfast.model.endpoint import Endpoint
from holdfast.model.material import AUTHORITY_FILE, pair_files
from holdfast.model.observed import Observed
from holdfast.model.parts import Bootstrap
from holdfast.model.plan import PutFile, Run
from holdfast.model.process import Caller, Ha, Port, Process, Where
from holdfast.model.question import Question
from holdfast.model.safeguard import Safeguard
from holdfast.model.scene import Scene, told


def _unit(here: Here, raft: Raft) -> str:
    members = [here.host.address, *(a for a in here.placed.addresses if a != here.host.address)]
    places = " ".join(raft.local(address) for address in members)
    return f"""[Unit]
Description={raft.summary}
After=network.target

[Service]
User={USER}
ExecStartPre=/bin/sh {raft.program} join {raft.file} {raft.schema} {places}
ExecStart=/usr/sbin/ovsdb-server -vconsole:info -vsyslog:off -vfile:off --unixctl={raft.control} \
--remote=punix:{RUN}/ovn{raft.short}_db.sock --remote=pssl:{raft.port}:{bracketed(here.host.address)} \
{trust(raft.folder)} {raft.file}
{LIFE}"""


def _files(here: Here, raft: Raft) -> tuple[PutFile, ...]:
    return (
        *pair_files(here, raft.folder, USER),
        PutFile(raft.program, program("ovn_member.sh")),
        PutFile(f"/etc/systemd/system/{raft.unit}", _unit(here, raft)),
    )


def _processes(raft: Raft) -> tuple[Process, ...]:
    asked = {"control": raft.control, "schema": raft.schema}
    return (
        Process(
            unit=raft.unit,
            ha=Ha.QUORUM,
            ports=(
                Port(raft.port, Where.HOST, "clients", callers=(Caller.USERS,)),
                Port(raft.peer_port, Where.HOST, "among members", callers=(Caller.PEERS,)),
            ),
            watches=(raft.folder, f"/etc/systemd/system/{raft.unit}"),
            health=Question(raft.name, raft_member, "in the cluster, which has a leader", asked),
            together=True,
        ),
    )


def _facts(raft: Raft) -> tuple[Question, ...]:
    asked = {"file": raft.file, "control": raft.control, "schema": raft.schema}
    name, meaning = f"{raft.name}-position", "how far this member's data goes"
    return (Question(name, raft_position, meaning, asked, deadline=20),)


def _planned(raft: Raft, placed: Placed, observed: Mapping[str, Observed]) -> Bootstrap | None:
    """The first member of a cluster that never was; one that was finds its majority by itself."""
    names, question = [host.name for host in placed.hosts], f"{raft.name}-position"
    decision = first_member(observed, names, question, ())
    if decision is None or decision.refusal:
        return decision
    answers = (seen.answers.get(question) for seen in observed.values())
    if any(answer is not None and answer.data.get("history") for answer in answers):
        return None
    address = next(host.address for host in placed.hosts if host.name == decision.host)
    schema = f"/usr/share/ovn/ovn-{raft.short}.ovsschema"
    words = ("create", raft.file, schema, raft.local(address), raft.unit)
    return Bootstrap(decision.host, (Run(("sh", raft.program, *words)),), decision.why)


def _farewell(raft: Raft, host: str) -> tuple[Run, ...]:
    """The others count a member that left no more; one that is no member of theirs is none to forget."""
    return (Run(("sh", raft.program, "forget", raft.control, raft.schema, host)),)


def _endpoint(raft: Raft, placed: Placed) -> Endpoint:
    """All members: clients hold the list, and look for the leader where they need it."""
    return Endpoint(placed.addresses, raft.port, name=raft.schema, ca=AUTHORITY_FILE)


def _landmark(raft: Raft) -> Landmark:
    def leader(site: Site, scene: Scene) -> tuple[str, ...]:
        return tuple(host for host, leads in told(site, scene, raft.name, "leads").items() if leads)

    return Landmark(f"{raft.name}-leader", f"the member that leads the {raft.name} database", leader)


def _safeguard(raft: Raft) -> Safeguard:
    return Safeguard(
        "minority-pauses",
        f"/etc/systemd/system/{raft.unit}",
        "ExecStartPre",
        lambda _host: rf"/bin/sh {re.escape(raft.program)} join .*",
        "the copy is one of a Raft cluster, in which a minority writes nothing and has no leader",
    )


def database(raft: Raft) -> Component:
    """One of the databases as a component, on the hosts whose databases decide by majority."""
    return Component(
        name=f"ovn-{raft.name}",
        role="database",
        summary=raft.summary,
        needs=("ground",),
        offers=(Offer(raft.name, lambda _site, placed, _user: _endpoint(raft, placed)),),
        packages=("ovn-central",),
        units=(raft.unit,),
        processes=lambda _here: _processes(raft),
        files=lambda here: _files(here, raft),
        facts=lambda _here: _facts(raft),
        bootstrap=lambda placed, observed: _planned(raft, placed, observed),
        farewell=lambda host: _farewell(raft, host),
        landmarks=(_landmark(raft),),
        safeguards=(_safeguard(raft),),
        users=(USER,),
        keeps=(raft.file,),
    )


NORTHBOUND = database(
    Raft("northbound", "nb", "OVN_Northbound", 6641, 6643, "OVN: what the cloud wants of its networks")
)
SOUTHBOUND = database(
    Raft("southbound", "sb", "OVN_Southbound", 6642, 6644, "OVN: what each host is to do with packets")
)
