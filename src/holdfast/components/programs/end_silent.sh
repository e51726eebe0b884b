#!/bin/bash
# A balancer that accepts and stays silent holds its clients for as long as their own patience lasts, even after
# its address has moved away: it is ended, the kernel hangs up on them, and its unit starts it again. One that
# refuses is gone already, which systemd sees to.
# Usage: end_silent.sh SECONDS PORT PATH UNIT
exec 3<>"/dev/tcp/127.0.0.1/$2" || exit 0
printf 'GET %s HTTP/1.0\r\n\r\n' "$3" >&3
IFS= read -r -t "$1" status <&3 && exit 0
systemctl kill --kill-whom=all --signal=KILL "$4"
