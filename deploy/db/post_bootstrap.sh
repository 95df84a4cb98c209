#!/bin/sh
# Patroni calls this once in the life of the cluster, on the first primary, with a connection to it: the service's role,
# which owns its database and nothing else, and the role of the watch, which may read figures only.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set password="$EID_DB_PASSWORD" --set watch="$EID_WATCH_PASSWORD" "$1" <<'SQL'
CREATE ROLE eid LOGIN PASSWORD :'password';
CREATE ROLE eid_watch LOGIN PASSWORD :'watch' IN ROLE pg_monitor;
CREATE DATABASE eid OWNER eid;
REVOKE CONNECT ON DATABASE eid FROM PUBLIC;
GRANT CONNECT ON DATABASE eid TO eid, eid_watch;
SQL
