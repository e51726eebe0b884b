"""Units of OpenStack's own processes: a user of its own, the release's interpreter, a closed sandbox."""

from __future__ import annotations

from holdfast.model.material import SANDBOX

STOP = "KillSignal=SIGTERM\nTimeoutStopSec=15\n"
"""How a process ends that nobody is sent to."""


def unit(
    description: str,
    user: str,
    command: str,
    environment: str,
    *,
    stop: str = STOP,
    capabilities: tuple[str, ...] = (),
) -> str:
    """The text of a service that is started again whenever it ends; `stop` has the lines on how it does.

    `capabilities` are what its user may do of what is root's, by name.
    """
    bounds = " ".join(capabilities)
    # Netlink: the client library that services share reads the host's addresses, and ends without it.
    held = f"AmbientCapabilities={bounds}\n" if capabilities else ""
    return f"""[Unit]
Description={description}
After=network.target

[Service]
User={user}
ExecStart={command}
Environment={environment}
Restart=always
RestartSec=0.5
{stop}StateDirectory={user}
{SANDBOX}RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
CapabilityBoundingSet={bounds}
{held}
[Install]
WantedBy=multi-user.target
"""
