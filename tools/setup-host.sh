#!/bin/sh
# Install what the lab needs from this Debian machine's own archive; does nothing, quickly, when it is all there.
set -eu
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need debootstrap debootstrap
need systemd-nspawn systemd-container
need nft nftables
need ip iproute2
need zstd zstd
need ssh openssh-client
need ssh-keygen openssh-client
need setpriv util-linux
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "the lab needs packages that are missing here:$missing; install them as root (sudo $0)" >&2
  exit 1
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "this machine has no apt-get: install yourself:$missing" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
# shellcheck disable=SC2086
apt-get -q install -y --no-install-recommends $missing
