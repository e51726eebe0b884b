#!/bin/bash
# Does the load balancer answer here, now? A stopped one accepts the connection and stays silent, so
# the answer itself is waited for, and not for long.
# Usage: balancer_alive.sh SECONDS PORT PATH
exec 3<>"/dev/tcp/127.0.0.1/$2" || exit 1
printf 'GET %s HTTP/1.0\r\n\r\n' "$3" >&3
IFS= read -r -t "$1" status <&3 || exit 1
[[ $status == *' 200 '* ]]
