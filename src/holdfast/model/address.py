"""How an address of either family is written where a port may follow it."""

from __future__ import annotations

from ipaddress import ip_address


def bracketed(address: str) -> str:
    """An IPv6 address in brackets, anything else as it is: what stands for a host in a URL."""
    return f"[{address}]" if ":" in address else address


def at_port(address: str, port: int) -> str:
    """Address and port as URLs and most configurations have them."""
    return f"{bracketed(address)}:{port}"


def family(address: str) -> int:
    """4 or 6. Raises ValueError on what is no address."""
    return ip_address(address).version
