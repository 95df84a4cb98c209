"""The drills about what operators do on purpose: a rolling restart, a backup that is restored."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from deploy.local.cluster import Cluster, wait_for
from deploy.local.measuring import CALM, Outcome, Writing, is_ready, wait_until
from deploy.local.shape import APPS, Secrets, build_app_host, command_environ

BACKUP = "/var/lib/postgresql/backup"
PROGRAMS = "/usr/lib/postgresql/15/bin"
"""Where Debian keeps what only a server's operator needs."""
PORT = 5499


def roll_app_hosts(cluster: Cluster, outcome: Outcome) -> None:
    """One app host after the other ends as it does when systemd asks it to, and starts again, as in an upgrade."""
    writing = Writing(cluster, CALM + 100)
    started = time.monotonic()
    wait_until(started + CALM)
    broken_at = time.time()
    for app in APPS:
        cluster.site.shut_down(app)
        cluster.site.start(build_app_host(cluster.folder, app))
        wait_for(lambda app=app: is_ready(cluster, app), 60, app)  # type: ignore[misc]
        time.sleep(3)  # until the edge has asked it twice
    outcome.note(rolled_within_s=time.time() - broken_at)
    failed = writing.end(outcome, broken_at=broken_at)
    outcome.expect("nobody met an error", not failed)


def restore_backup(cluster: Cluster, outcome: Outcome) -> None:
    """A base backup of the synchronous replica and a dump of the primary, each restored beside the cluster and verified."""
    host = cluster.synchronous()
    started = time.monotonic()
    as_postgres(
        cluster,
        host,
        f"rm -rf {BACKUP} && pg_basebackup -D {BACKUP} -X stream -c fast && {PROGRAMS}/pg_verifybackup {BACKUP}",
    )
    outcome.note(
        base_backup_s=time.monotonic() - started, bytes=int(as_postgres(cluster, host, f"du -sb {BACKUP}").split()[0])
    )
    as_postgres(
        cluster,
        host,
        f"rm -f {BACKUP}/standby.signal && "
        f"echo 'local all postgres peer\\nhost eid eid all scram-sha-256' > {BACKUP}/pg_hba.conf && "
        f"{PROGRAMS}/pg_ctl -D {BACKUP} -w -l {BACKUP}/log start "
        f"-o \"-p {PORT} -c unix_socket_directories=/tmp -c listen_addresses='*' "
        f"-c hba_file={BACKUP}/pg_hba.conf -c synchronous_standby_names=''\"",
    )
    try:
        outcome.expect("the restored base backup's audit log verifies", log_verifies(cluster, host, "eid"))
        as_postgres(
            cluster,
            host,
            f"pg_dump -Fc -d eid -f {BACKUP}/eid.dump && createdb -h /tmp -p {PORT} -O eid restored && "
            f"pg_restore -h /tmp -p {PORT} -d restored --exit-on-error {BACKUP}/eid.dump && "
            f"echo 'host restored eid all scram-sha-256' >> {BACKUP}/pg_hba.conf && "
            f"psql -h /tmp -p {PORT} -c 'SELECT pg_reload_conf()'",
        )
        outcome.expect("the restored dump's audit log verifies", log_verifies(cluster, host, "restored"))
    finally:
        as_postgres(cluster, host, f"{PROGRAMS}/pg_ctl -D {BACKUP} -m fast stop && rm -rf {BACKUP}")


def as_postgres(cluster: Cluster, host: str, script: str) -> str:
    """What the script printed, run by the database's user on this host. Raises CalledProcessError where it failed."""
    ask = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "sh", "-ec", script]
    with (cluster.folder / "restoring.log").open("a") as errors:
        done = subprocess.run(
            cluster.site.command_within(host, ask),
            check=True,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd="/",
        )
    return done.stdout


def log_verifies(cluster: Cluster, host: str, name: str) -> bool:
    """`eid audit verify`, with the service's keys, on the restored database."""
    known = Secrets.of(cluster.folder)
    url = f"postgresql://eid:{known.eid}@{cluster.site.addresses[host]}:{PORT}/{name}"
    command = cluster.site.command_within("", [sys.executable, "-m", "eid", "audit", "verify"])
    environ = os.environ | command_environ(cluster.folder, url)
    with (cluster.folder / "restoring.log").open("a") as errors:
        return subprocess.run(command, env=environ, check=False, stdout=errors, stderr=errors).returncode == 0
