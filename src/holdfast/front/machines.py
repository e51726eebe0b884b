"""The lab's machines and networks as a cloud describes them."""

from __future__ import annotations

from holdfast.lab.spec import LabCard, LabHost, LabNetwork, LabSpec
from holdfast.model.cloud import Cloud, Host
from holdfast.model.network import Network, Purpose


def lab_spec(cloud: Cloud) -> LabSpec:
    """A network of the lab for each of the cloud's, a card of each host for each of its own.

    This machine is plugged into those where clients are: for management, which is the first, and the public;
    and into the one that virtual networks lead to, where that has addresses.
    """
    networks = tuple(_network(network) for network in cloud.networks)
    return LabSpec(cloud.name, networks, tuple(_host(host) for host in cloud.hosts))


def _network(network: Network) -> LabNetwork:
    cidrs = (network.cidr,) if network.cidr else ()
    outside = Purpose.PROVIDER in network.purposes and bool(cidrs)
    clients = Purpose.PUBLIC in network.purposes
    return LabNetwork(network.name, cidrs, network.mtu, uplink=clients or outside)


def _host(host: Host) -> LabHost:
    cards = (LabCard(card.network.name, (card.address,) if card.address else ()) for card in host.cards)
    return LabHost(host.name, tuple(cards))
