#!/bin/sh
# A member's copy of one of OVN's databases, made where there is none.
#   join FILE NAME LOCAL OTHERS...    it comes to the members there are; done before each start
#   create FILE SCHEMA LOCAL UNIT     it is the first of all: decided from what every member knows
#   forget CONTROL NAME HOST          a member that left counts no more; done by one that stays
# A copy that belongs to a cluster is never touched: it begins with what it has.
set -eu
verb=$1 file=$2
shift 2
case $verb in
join)
  name=$1
  shift
  [ -e "$file" ] && exit 0
  if [ $# -lt 2 ]; then
    echo "no database is here, and nobody to get it from" >&2
    exit 1
  fi
  exec ovsdb-tool join-cluster "$file" "$name" "$@"
  ;;
create)
  schema=$1 local=$2 unit=$3
  if ovsdb-tool db-cid "$file" >/dev/null 2>&1; then exit 0; fi
  # One that waits to be let in must stop waiting before it can be the first.
  systemctl stop "$unit"
  rm -f "$file"
  install -d -o ovn -g ovn -m 750 "$(dirname "$file")"
  exec runuser -u ovn -- ovsdb-tool create-cluster "$file" "$schema" "$local"
  ;;
forget)
  name=$1
  address=$(getent ahosts "$2" | sed -n '1s/ .*//p')
  gone=$(ovs-appctl -t "$file" cluster/status "$name" | sed -nE "s/^ +(\S+) .* at ssl:\[?$address\]?:[0-9]+\).*/\1/p")
  [ -z "$gone" ] || exec ovs-appctl -t "$file" cluster/kick "$name" "$gone"
  ;;
esac
