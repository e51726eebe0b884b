# Starts the first member of a database cluster. One that waits for a primary component must stop waiting
# before it can be one. That it may begin was decided from what every member knows, and not from this
# node's own guess, which is "no" after a power loss.
# One that has begun meanwhile, by the members' own agreement at their start, is left as it is: members may
# have joined it, and they would go on without it.
pid=$(systemctl show mariadb -p MainPID --value)
if [ "$pid" != 0 ] && grep -qz -e --wsrep-new-cluster "/proc/$pid/cmdline"; then exit 0; fi
if mariadb -Ne "SHOW STATUS LIKE 'wsrep_cluster_status'" 2>/dev/null | grep -qw Primary; then exit 0; fi
systemctl stop mariadb
sed -i 's/^safe_to_bootstrap: 0/safe_to_bootstrap: 1/' /var/lib/mysql/grastate.dat 2>/dev/null
exec galera_new_cluster
