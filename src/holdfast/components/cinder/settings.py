"""What Cinder's processes are told: the same for all, and more for those that work on volumes."""

from __future__ import annotations

from holdfast.model.address import at_port
from holdfast.model.catalogue import Here
from holdfast.model.material import CA_FILE, pair_files
from holdfast.model.plan import PutFile
from holdfast.model.settings import Scalar, Settings, merged
from holdfast.model.timer import Timer
from holdfast.openstack import blocks, oslo

NAME = "cinder"
VOLUMES, BACKUPS = POOLS = ("volumes", "backups")
HOME = f"/var/lib/{NAME}"
LOCK = "cinder.lock"
TIMERS = (
    *oslo.timers(NAME),
    Timer(LOCK, 30, 15, "a volume that a lost worker was at work on is locked for so long"),
)


def config_of(component: str) -> str:
    """The file of one of the processes."""
    return f"/etc/{component}/cinder.conf"


def _coordination(here: Here) -> Settings:
    to, tls = here.offer("coordination"), f"/etc/{here.component.name}/tls"
    lock = round(here.timer(LOCK))
    options = {
        "ca_cert": to.ca,
        "cert_cert": f"{tls}/cert.pem",
        "cert_key": f"{tls}/key.pem",
        "timeout": 5,
        "lock_timeout": lock,
        "membership_timeout": lock,
    }
    words = "&".join(f"{name}={value}" for name, value in options.items())
    return {"coordination": {"backend_url": f"etcd3+https://{at_port(to.address, to.port)}?{words}"}}


def settings(here: Here) -> Settings:
    """What all processes share."""
    data = f"{here.site.release.data}/etc/{NAME}"
    own: Settings = {
        "DEFAULT": {
            "host": here.host.name,
            "state_path": HOME,
            "auth_strategy": "keystone",
            "api_paste_config": f"{data}/api-paste.ini",
            "resource_query_filters_file": f"{data}/resource_filters.json",
            "glance_ca_certificates_file": CA_FILE,
        },
        "oslo_concurrency": {"lock_path": f"{HOME}/lock"},
        # A call that outlives its caller's token goes on with the service's own.
        "service_user": {"send_service_user_token": True},
    }
    shared = (oslo.LOGGING, oslo.bus(here), oslo.NO_NOTIFICATIONS, oslo.database(here), oslo.BEHIND_A_PROXY)
    users = (oslo.credentials(here, "service_user"), oslo.credentials(here, "nova"))
    return merged(*shared, oslo.authtoken(here), *users, own, _coordination(here))


def _unprivileged(here: Here) -> Settings:
    """The library of connections asks a helper for what root alone may: nothing of it is needed here.

    So the helper is the service's own user, with no more rights than the service.
    """
    words = f'{here.site.release.python} -c "from oslo_privsep.daemon import helper_main; helper_main()"'
    told: dict[str, Scalar] = {
        "helper_command": f"{words} --config-file {config_of(here.component.name)}",
        "capabilities": "",
    }
    return {"privsep_osbrick": told, "cinder_sys_admin": told}


def volume_settings(here: Here) -> Settings:
    """Every host works on every volume: one cluster, whose members lock what they work on."""
    folder, to = f"/etc/{here.component.name}", here.offer(blocks.KIND)
    backend: Settings = {
        "DEFAULT": {"enabled_backends": "blocks", "cluster": here.site.cloud.name},
        "blocks": {
            "volume_driver": "cinder.volume.drivers.rbd.RBDDriver",
            "volume_backend_name": "blocks",
            "rbd_pool": VOLUMES,
            "rbd_user": to.user,
            "rbd_ceph_conf": f"{folder}/ceph.conf",
            "rbd_secret_uuid": blocks.machine_secret(here, to.user),
            "rbd_exclusive_cinder_pool": True,
            "rados_connect_timeout": 10,
        },
    }
    return merged(settings(here), backend, _unprivileged(here))


def backup_settings(here: Here) -> Settings:
    """Copies of volumes, in a pool of their own."""
    folder, to = f"/etc/{here.component.name}", here.offer(blocks.KIND)
    own: Settings = {
        "DEFAULT": {
            "backup_driver": "cinder.backup.drivers.ceph.CephBackupDriver",
            "backup_ceph_conf": f"{folder}/ceph.conf",
            "backup_ceph_user": to.user,
            "backup_ceph_pool": BACKUPS,
        }
    }
    return merged(settings(here), own, _unprivileged(here))


def pair(here: Here) -> tuple[PutFile, ...]:
    """What a process shows to coordination."""
    return pair_files(here, f"/etc/{here.component.name}/tls", NAME)


_WORKERS = "every host works on every volume, and all of them lock what they work on"
FIXED = {
    **oslo.DATABASE_FIXED,
    **oslo.BUS_FIXED,
    **oslo.AUTH_FIXED,
    ("coordination", "backend_url"): _WORKERS,
    ("DEFAULT", "host"): "a worker is known by its host's name",
    ("DEFAULT", "cluster"): _WORKERS,
    ("DEFAULT", "enabled_backends"): "volumes are in the cloud's block store",
    ("blocks", "rbd_*"): "volumes are in the cloud's block store, by the key that it gave",
    ("DEFAULT", "backup_ceph_*"): "backups are in the cloud's block store, by the key that it gave",
}
