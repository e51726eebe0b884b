"""Makes a host's switch what WANTED says: `prepare` before each of its starts, `set-up` after, `check`.

Where the kernel has Open vSwitch's module, it forwards, and tunnels begin at the address that the host has.
Where it has none, the switch's own process forwards (`netdev`), and then a tunnel only leaves where the card
is in a bridge of the switch and the address on that bridge: it is moved there. All of it is lost whenever
that process ends: ports are made anew, without their addresses.
"""

import json
import subprocess
import sys
from pathlib import Path

WANTED = Path("/etc/holdfast/switch.json")
MODULE = Path("/sys/module/openvswitch")
OUTSIDE, TUNNELS = "br-ex", "br-phy"


class Trouble(Exception):
    """What cannot be set up, with its cause."""


def run(*argv):
    """What a command says. Raises Trouble."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        raise Trouble(f"{' '.join(argv[:4])}: {done.stderr.strip()[-200:]}")
    return done.stdout


def switch(*words):
    """The same of the switch's database, which is done once the switch has heeded it."""
    return run("ovs-vsctl", "--timeout=20", *words)


def in_kernel():
    """Whether the kernel forwards; its module is loaded where there is one."""
    if not MODULE.exists():
        subprocess.run(("modprobe", "openvswitch"), capture_output=True, timeout=30, check=False)
    return MODULE.exists()


def card_of(known):
    """The name of a card by its interface, its hardware address or its address. Raises Trouble."""
    links = json.loads(run("ip", "-json", "address", "show"))
    for link in links:
        plain = "link" not in link and link["ifname"] not in (OUTSIDE, TUNNELS)
        addresses = {info["local"] for info in link["addr_info"]}
        if known["interface"] == link["ifname"] or (
            not known["interface"]
            and plain
            and (known["mac"] == link.get("address") if known["mac"] else known["address"] in addresses)
        ):
            return link["ifname"]
    named = known["interface"] or known["mac"] or known["address"]
    raise Trouble(f"there is no card {named}" if named else "nothing is said of which card it is")


def settings(wanted, kernel):
    """What OVN reads in the switch's database."""
    outside = wanted["outside"]
    return {
        "system-id": wanted["name"],
        "hostname": wanted["name"],
        "ovn-remote": wanted["southbound"],
        "ovn-encap-type": "geneve",
        "ovn-encap-ip": wanted["tunnel_address"],
        "ovn-bridge-datapath-type": "system" if kernel else "netdev",
        "ovn-bridge-mappings": f"{outside['network']}:{OUTSIDE}" if outside else "",
        "ovn-cms-options": "enable-chassis-as-gw" if wanted["gateway"] else "",
    }


def name(wanted, kernel, *how):
    """Tells OVN all of its settings, and the switch what it reads at its start only."""
    told = settings(wanted, kernel)
    gone = [key for key, value in told.items() if not value]
    said = [f'external_ids:{key}="{value}"' for key, value in told.items() if value]
    # Half-finished checksums of virtual cards are completed by nobody else where the process forwards.
    offload = f"other_config:userspace-tso-enable={'false' if kernel else 'true'}"
    removed = (word for key in gone for word in ("--", "remove", "Open_vSwitch", ".", "external_ids", key))
    switch(*how, "set", "Open_vSwitch", ".", offload, *said, *removed)


def bridged(bridge, card, kernel):
    """A bridge with a card in it, both up."""
    kind = "system" if kernel else "netdev"
    added = ("--may-exist", "add-br", bridge, "--", "set", "bridge", bridge, f"datapath_type={kind}")
    switch(*added, "--", "--may-exist", "add-port", bridge, card)
    # The host itself is not to be met there, by an address that it gave itself.
    run("ip", "link", "set", bridge, "addrgenmode", "none")
    for link in (card, bridge):
        run("ip", "link", "set", link, "up")


def set_up(wanted, kernel):
    """Names, bridges and addresses, whatever of them is there already."""
    name(wanted, kernel)
    if wanted["outside"]:
        bridged(OUTSIDE, card_of(wanted["outside"]), kernel)
    tunnels = wanted["tunnels"]
    if tunnels and not kernel:
        card = card_in_bridge() or card_of(tunnels)
        bridged(TUNNELS, card, kernel)
        moved = f"{tunnels['address']}/{tunnels['prefix']}"
        subprocess.run(("ip", "address", "delete", moved, "dev", card), capture_output=True, check=False)
        run("ip", "address", "replace", moved, "dev", TUNNELS)


def card_in_bridge():
    """The card that tunnels leave by, where it was taken already; "" where it was not."""
    if TUNNELS not in switch("list-br").split():
        return ""
    return next(iter(switch("list-ports", TUNNELS).split()), "")


def faults(wanted, kernel):
    """What is not as it should be."""
    if wanted["peers"] and not kernel and not wanted["tunnels"]:
        yield "this kernel has no Open vSwitch module: tunnels need a card of their own"
    columns = "--columns=external_ids,cur_cfg,next_cfg"
    table = json.loads(switch("--format=json", columns, "list", "Open_vSwitch"))
    ((ids, heeded, said),) = table["data"]
    if heeded != said:
        yield "the switch has not heeded its database"
    has = dict(ids[1])
    yield from (
        f"{key} is {has.get(key) or 'not set'}"
        for key, value in settings(wanted, kernel).items()
        if (has.get(key) or "") != value
    )
    bridges = switch("list-br").split()
    if wanted["outside"] and (OUTSIDE not in bridges or not outside_port(wanted)):
        yield f"{OUTSIDE} lacks its card"
    if wanted["tunnels"] and not kernel:
        address = wanted["tunnels"]["address"]
        if f" {address}/" not in run("ip", "-o", "address", "show", "dev", TUNNELS):
            yield f"{TUNNELS} lacks {address}"


def outside_port(wanted):
    """Whether the card to the outside is in its bridge."""
    return card_of(wanted["outside"]) in switch("list-ports", OUTSIDE).split()


def main(verb):
    """Does it; ends with 1 and the reason where it cannot."""
    kernel = in_kernel()
    wanted = json.loads(WANTED.read_text())
    try:
        if verb == "prepare":
            name(wanted, kernel, "--no-wait")
        elif verb == "set-up":
            set_up(wanted, kernel)
        elif found := list(faults(wanted, kernel)):
            raise Trouble("; ".join(found))
    except (Trouble, subprocess.TimeoutExpired) as trouble:
        sys.stdout.write(f"{trouble}\n")
        return 1
    sys.stdout.write(f"forwards {'in the kernel' if kernel else 'by its own process'}, as wanted\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
