"""How an address of either family is written: where a port may follow it, and in parts."""

from __future__ import annotations

from functools import cache
from ipaddress import ip_address

# `[user@]host[:port]`, as a person writes where to log in.
REACHED = (
    r"^(?:(?P<user>[A-Za-z_][A-Za-z0-9_.-]*)@)?"
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9][A-Za-z0-9.-]*))"
    r"(?::(?P<port>[0-9]{1,5}))?$"
)


@cache
def bracketed(address: str) -> str:
    """An IPv6 address in brackets, anything else as it is: what stands for a host in a URL."""
    return f"[{address}]" if ":" in address else address


def at_port(address: str, port: int) -> str:
    """Address and port as URLs and most configurations have them."""
    return f"{bracketed(address)}:{port}"


def family(address: str) -> int:
    """4 or 6. Raises ValueError on what is no address."""
    return ip_address(address).version


@cache
def numbers(address: str) -> tuple[int, ...]:
    """An address in parts: the four bytes of IPv4, the eight words of IPv6."""
    packed = ip_address(address).packed
    size = 1 if len(packed) == 4 else 2
    return tuple(int.from_bytes(packed[at : at + size]) for at in range(0, len(packed), size))
