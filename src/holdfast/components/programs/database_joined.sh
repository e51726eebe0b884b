#!/bin/sh
# Has this member come in? When the last step of joining fails, the server leaves the cluster, says "node
# restart required" and runs on, alone and for good. That start has failed: systemd then tries again.
# Usage: database_joined.sh SECONDS, the time until a member that is still catching up is left to itself
end=$(($(date +%s) + $1))
while [ "$(date +%s)" -lt "$end" ]; do
    said=$(mariadb --connect-timeout=2 -Ne "SHOW STATUS WHERE Variable_name IN \
        ('wsrep_cluster_status', 'wsrep_local_state_comment')" 2>/dev/null)
    case "$said" in
        *Synced*) exit 0 ;;
        *Disconnected*) echo "this member has left the cluster again while it joined" >&2; exit 1 ;;
    esac
    sleep 0.2
done
