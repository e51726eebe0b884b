"""The rules of a host as nftables reads them: one table of Holdfast's own, put in place whole or not at all.

Only what begins a connection is judged: what stands goes on, and no state is kept of anything. A stranger is
refused at once, so that a mistake shows as one and nobody waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from holdfast.components.firewall.openings import Opening
from holdfast.model.address import family
from holdfast.model.process import Carrier

TABLE = "holdfast"
OPERATORS = {4: "operators4", 6: "operators6"}
NO = {Carrier.TCP: "reject with tcp reset", Carrier.UDP: "drop", Carrier.VRRP: "drop"}
WORD = {4: "ip", 6: "ip6"}


def rules(openings: Iterable[Opening], virtual: Iterable[str]) -> str:
    """The file; `virtual` are the addresses that move."""
    openings, virtual = tuple(openings), tuple(virtual)
    carriers = [c for c in Carrier if any(o.carrier is c for o in openings)]
    chains = "".join(_chain(c, [o for o in openings if o.carrier is c], virtual) for c in carriers)
    jumps = "".join(f"    {_begins(c, openings)} jump {_chain_name(c)}\n" for c in carriers)
    sets = "".join(
        f"  set {name} {{\n    type ipv{number}_addr\n    flags timeout\n  }}\n"
        for number, name in OPERATORS.items()
    )
    # Named first, so that there is one to delete; all of the file is one transaction.
    return (
        f"table inet {TABLE}\ndelete table inet {TABLE}\ntable inet {TABLE} {{\n{sets}{chains}"
        "  chain arriving {\n    type filter hook input priority filter; policy accept;\n"
        f'    iifname "lo" accept\n{jumps}  }}\n}}\n'
    )


def _begins(carrier: Carrier, openings: Iterable[Opening]) -> str:
    ports = _listed(str(port) for port in sorted({o.port for o in openings if o.carrier is carrier}))
    if carrier is Carrier.VRRP:
        return f"meta l4proto {ports}"
    first = " tcp flags & (fin | syn | rst | ack) == syn" if carrier is Carrier.TCP else ""
    return f"{carrier} dport {ports}{first}"


def _chain(carrier: Carrier, openings: Iterable[Opening], virtual: tuple[str, ...]) -> str:
    lines = "".join(f"    {line}accept\n" for opening in openings for line in _lines(opening, virtual))
    return f"  chain {_chain_name(carrier)} {{\n{lines}    {NO[carrier]}\n  }}\n"


def _chain_name(carrier: Carrier) -> str:
    """Not the carrier's bare name: that is a word of nftables' own."""
    return f"to_{carrier}"


def _lines(opening: Opening, virtual: tuple[str, ...]) -> Iterator[str]:
    """What is let in, in nftables' words, for each family that the port is reached by."""
    port = "" if opening.carrier is Carrier.VRRP else f"{opening.carrier} dport {opening.port} "
    addresses = _families(virtual)
    for number, word in WORD.items():
        if opening.virtual and number not in addresses:
            continue
        to = f"{word} daddr {_listed(addresses[number])} {port}" if opening.virtual else port
        if opening.everybody:
            yield to
            continue
        if sources := _families(sorted(opening.sources)).get(number):
            yield f"{to}{word} saddr {_listed(sources)} "
        if opening.operators:
            yield f"{to}{word} saddr @{OPERATORS[number]} "


def _families(addresses: Iterable[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for address in addresses:
        found.setdefault(family(address.partition("/")[0]), []).append(address)
    return found


def _listed(words: Iterable[str]) -> str:
    return f"{{ {', '.join(words)} }}"
