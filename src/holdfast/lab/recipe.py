"""What a lab image is made of: the packages and shell steps of its two layers, hashed into its name."""

import shlex
from collections.abc import Sequence

SUITE = "trixie"

BASE_PACKAGES = (
    "ca-certificates", "curl", "dbus", "iproute2", "iputils-ping", "kmod", "nftables", "openssh-server",
    "procps", "python3", "rsync", "sudo", "systemd", "systemd-sysv", "zstd",
)  # fmt: skip

ENVIRONMENT = {
    "DEBIAN_FRONTEND": "noninteractive",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}

# dpkg may skip fsync: an interrupted build is thrown away whole. Documents are a third of the tree.
_DPKG = """
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/lintian/*
"""

_FETCH = """
root=$1
mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
printf %s "$dpkg" > "$root/etc/dpkg/dpkg.cfg.d/holdfast-build"
echo "## Debian base by debootstrap (about 90 s)"
debootstrap --variant=minbase --include="$include" "$suite" "$root" "$mirror"
"""

# Empty /etc/machine-id would do for systemd, yet only "no first boot" keeps it from applying presets,
# and Debian's presets enable everything: hence `disable *` as well.
_SETTLE_BASE = r"""
echo "## settling the base"
cd "$root"
for unit in console-getty.service container-getty@.service getty@.service getty.target \
    systemd-networkd-wait-online.service systemd-networkd.service systemd-networkd.socket \
    systemd-network-generator.service systemd-logind-varlink.socket \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer systemd-pstore.service sshd-keygen.service sys-kernel-debug.mount \
    sys-kernel-tracing.mount; do
  ln -sf /dev/null "etc/systemd/system/$unit"
done
mkdir -p etc/systemd/system-generators etc/systemd/system-preset etc/systemd/journald.conf.d \
  etc/ssh/sshd_config.d var/log/journal
ln -sf /dev/null etc/systemd/system-generators/systemd-ssh-generator
ln -sf /usr/lib/systemd/system/multi-user.target etc/systemd/system/default.target
echo 'disable *' > etc/systemd/system-preset/00-lab.preset
printf '[Journal]\nStorage=persistent\nSystemMaxUse=256M\n' > etc/systemd/journald.conf.d/lab.conf
printf '%s\n' 'PermitRootLogin prohibit-password' 'PasswordAuthentication no' \
  'KbdInteractiveAuthentication no' 'HostKey /etc/ssh/ssh_host_ed25519_key' > etc/ssh/sshd_config.d/lab.conf
rm -f etc/ssh/ssh_host_* etc/hostname etc/resolv.conf etc/apt/sources.list etc/dpkg/dpkg.cfg.d/holdfast-build
: > etc/machine-id
: > etc/resolv.conf
rm -rf var/lib/apt/lists/* var/cache/apt/* var/log/apt var/log/dpkg.log var/log/bootstrap.log \
  var/lib/dbus/machine-id
printf '%s\n' '127.0.0.1 localhost' '::1 localhost ip6-localhost' > etc/hosts
"""

_COPY = """
root=$1
echo "## copying the base"
cp -a --reflink=auto "$base/." "$root/"
cd "$root"
printf %s "$dpkg" > etc/dpkg/dpkg.cfg.d/holdfast-build
printf '#!/bin/sh\nexit 101\n' > usr/sbin/policy-rc.d
chmod 755 usr/sbin/policy-rc.d
printf '%s\n' "$sources" > etc/apt/sources.list
printf '%s\n' "$settings" > etc/apt/apt.conf.d/99holdfast-build
cp -L /etc/resolv.conf etc/resolv.conf
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t proc proc proc
mount --rbind /dev dev
if [ -f "$ca" ]; then cp -L "$ca" run/holdfast-ca.crt; fi
find etc/systemd/system etc/rc?.d -type l | sort > run/links-before
"""

_INSTALL = """
echo "## installing $(echo "$packages" | wc -w) packages (about 80 s)"
chroot . apt-get -q update
chroot . apt-get -q install -y --no-install-recommends $packages
"""

# What a package enabled is undone by its links, no service named here; a deployer enables what it wants.
_SETTLE_PACKAGES = r"""
echo "## disabling what the packages enabled"
find etc/systemd/system etc/rc?.d -type l | sort > run/links-after
comm -13 run/links-before run/links-after | while read -r link; do
  case "$(readlink "$link")" in /dev/null) ;; *) rm -f "$link" ;; esac
done
find etc/systemd/system -type d -empty -name '*.wants' -delete
umount --recursive --lazy run tmp proc dev
rm -f usr/sbin/policy-rc.d etc/apt/apt.conf.d/99holdfast-build etc/dpkg/dpkg.cfg.d/holdfast-build \
  etc/apt/sources.list etc/ssh/ssh_host_* var/log/dpkg.log var/log/alternatives.log
rm -rf var/lib/apt/lists/* var/cache/apt/* var/log/apt run/* tmp/*
: > etc/machine-id
: > etc/resolv.conf
# Otherwise each machine's first boot rebuilds the same caches.
chroot . journalctl --update-catalog
chroot . /usr/lib/systemd/systemd-update-done
"""

BASE = (SUITE, *BASE_PACKAGES, _DPKG, _FETCH, _SETTLE_BASE)
PACKAGES_STEPS = (_COPY, _INSTALL, _SETTLE_PACKAGES)


def _assign(**values: str) -> str:
    return "\n".join(f"{name}={shlex.quote(value)}" for name, value in values.items()) + "\n"


def base_script(mirror: str, include: str) -> str:
    """The shell program of the base layer; its first argument is the tree to fill."""
    return _assign(dpkg=_DPKG, include=include, suite=SUITE, mirror=mirror) + _FETCH + _SETTLE_BASE


def packages_script(base: str, sources: str, settings: str, packages: Sequence[str], ca: str) -> str:
    """The shell program of the layer with the caller's packages; its first argument is the tree to fill."""
    given = _assign(
        dpkg=_DPKG, base=base, sources=sources, settings=settings, packages=" ".join(packages), ca=ca
    )
    return given + _COPY + _INSTALL + _SETTLE_PACKAGES
