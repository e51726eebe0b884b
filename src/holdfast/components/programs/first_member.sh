# Starts the first member of a database cluster. One that waits for a primary component must stop waiting
# before it can be one. That it may begin was decided from what every member knows, and not from this
# node's own guess, which is "no" after a power loss.
systemctl stop mariadb
sed -i 's/^safe_to_bootstrap: 0/safe_to_bootstrap: 1/' /var/lib/mysql/grastate.dat 2>/dev/null
exec galera_new_cluster
