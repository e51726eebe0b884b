"""Neutron's configuration: one for its API and the same for each of its workers, with OVN behind it."""

from __future__ import annotations

from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.config import Config
from holdfast.model.network import Network, Purpose
from holdfast.model.settings import Settings, merged
from holdfast.openstack import oslo
from holdfast.openstack.wsgi import tls_folder

NAME = "neutron"
COMPUTE = "compute"
"""The kind of offer that virtual machines come with."""


FIXED = {
    **oslo.AUTH_FIXED,
    **oslo.DATABASE_FIXED,
    **oslo.BUS_FIXED,
    ("DEFAULT", "core_plugin"): "OVN stands on it",
    ("DEFAULT", "host"): "bindings of ports and the hosts' switches know the host by its name",
}
_MADE = "Holdfast makes the way to OVN's databases, with the host's own certificate"
PLUGIN_FIXED = {
    ("ml2", "mechanism_drivers"): "Holdfast sets up OVN on the hosts",
    ("ovn", "ovn_nb_*"): _MADE,
    ("ovn", "ovn_sb_*"): _MADE,
}


def config_path(component: str) -> str:
    """Where a part of Neutron has its main file."""
    return f"/etc/{component}/neutron.conf"


def plugin_path(component: str) -> str:
    """Where it has the file on networks and OVN."""
    return f"/etc/{component}/ml2.conf"


def configs(component: str) -> tuple[Config, ...]:
    """Both files of a part: each has its own, and restarts with it."""
    main, plugin = config_path(component), plugin_path(component)
    return (
        Config("neutron.conf", main, _settings, FIXED, group=NAME, mode=0o640, secret=True),
        Config("ml2.conf", plugin, _plugin, PLUGIN_FIXED, group=NAME, mode=0o640),
    )


def _settings(here: Here) -> Settings:
    state = f"/var/lib/{NAME}"
    own: Settings = {
        "DEFAULT": {
            "host": here.host.name,
            "core_plugin": "ml2",
            "service_plugins": "ovn-router,qos,trunk",
            "auth_strategy": "keystone",
            "state_path": state,
            "notify_nova_on_port_status_changes": here.site.offers(COMPUTE),
            "notify_nova_on_port_data_changes": here.site.offers(COMPUTE),
            # No agents speak to it: OVN's own do the work.
            "rpc_workers": 1,
            "rpc_state_report_workers": 0,
            "dhcp_agent_notification": False,
            "global_physnet_mtu": max(network.mtu for network in here.site.cloud.networks),
        },
        "oslo_concurrency": {"lock_path": f"{state}/lock"},
    }
    others: Settings = {"nova": {"endpoint_type": "internal"}, "placement": {"endpoint_type": "internal"}}
    callers = (oslo.authtoken(here), oslo.credentials(here, "nova"), oslo.credentials(here, "placement"))
    return merged(
        oslo.LOGGING, own, *callers, others, oslo.database(here), oslo.bus(here), oslo.NO_NOTIFICATIONS
    )


def _outside(here: Here) -> Network | None:
    """The network to the outside, where it is another than the one for management."""
    network = here.site.cloud.network(Purpose.PROVIDER)
    return None if Purpose.MANAGEMENT in network.purposes else network


def _plugin(here: Here) -> Settings:
    outside, cloud = _outside(here), here.site.cloud
    named = outside.name if outside else ""
    sizes = {"physical_network_mtus": f"{named}:{outside.mtu}"} if outside else {}
    return merged(
        {
            "ml2": {
                "mechanism_drivers": "ovn",
                "type_drivers": "geneve,flat,vlan",
                "tenant_network_types": "geneve",
                "extension_drivers": "port_security,qos",
                "path_mtu": cloud.network(Purpose.TENANT).mtu,
                "overlay_ip_version": 6 if ":" in here.host.on(Purpose.TENANT) else 4,
                **sizes,
            },
            "ml2_type_geneve": {"vni_ranges": "1:65535", "max_header_size": 38},
            "ml2_type_flat": {"flat_networks": named},
            "ml2_type_vlan": {"network_vlan_ranges": named},
            "securitygroup": {"enable_security_group": True},
        },
        _ovn(here),
    )


def _ovn(here: Here) -> Settings:
    folder, timer = tls_folder(here.component.name), here.timer
    links: dict[str, str] = {}
    for short, kind in (("nb", "northbound"), ("sb", "southbound")):
        to = here.offer(kind)
        links |= {
            f"ovn_{short}_connection": ",".join(f"ssl:{at_port(a, to.port)}" for a in to.addresses),
            f"ovn_{short}_private_key": f"{folder}/key.pem",
            f"ovn_{short}_certificate": f"{folder}/cert.pem",
            f"ovn_{short}_ca_cert": f"{folder}/ca.pem",
        }
    interval = round(1000 * timer("ovn.bfd_interval"))
    return {
        "ovn": {
            **links,
            "ovsdb_probe_interval": round(1000 * timer("neutron.ovn_probe")),
            "ovn_metadata_enabled": False,
            # Floating addresses are the gateways': compute hosts need no way to the outside.
            "enable_distributed_floating_ip": False,
            "ovn_emit_need_to_frag": True,
            "ha_failover_strategy": "manual",
            "bfd_min_rx": interval,
            "bfd_min_tx": interval,
            "bfd_mult": round(timer("ovn.bfd_missed")),
        }
    }
