"""What happens when a part of the shape dies while people write, measured; each drill says whether it ended as it must.

    python -m deploy.local.drills primary-dies [--scenario morning-at-the-clinic] [--json FILE]

On the cluster that `deploy.local.cluster up` started, which stands again when the drill is over. Exit status 1 where something
did not hold.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from deploy.local.cluster import Cluster, wait_for
from deploy.local.measuring import CALM, Outcome, Scenario, Writing, audit_log_verifies, is_ready, wait_until
from deploy.local.restoring import restore_backup, roll_app_hosts
from deploy.local.shape import APPS, build_app_host, build_database_host

ERRORS_END = 30.0
"""Within so many seconds of a primary's death everybody is served again."""


def kill_primary(cluster: Cluster, outcome: Outcome) -> None:
    """The primary's host loses power: silence, then nothing."""
    victim = cluster.primary()
    scenario = Scenario(cluster, outcome.scenario, 75) if outcome.scenario else None
    if scenario:
        scenario.wait_until_under_way()
    started = time.monotonic()
    writing = Writing(cluster, CALM + 55)
    wait_until(started + CALM)
    broken_at = time.time()
    cluster.site.cut_power(victim)
    outcome.note(victim=victim, new_primary_after_s=wait_for(lambda: has_new_primary(cluster, victim), 60, "primary"))
    writing.end(outcome, broken_at=broken_at)
    if scenario:
        scenario.end(outcome)
    outcome.expect(f"errors end within {ERRORS_END:.0f} s", outcome.figures["last_error_after_s"] <= ERRORS_END)
    outcome.expect("the audit log verifies", audit_log_verifies(cluster))
    cluster.site.start(build_database_host(cluster.folder, victim))
    outcome.note(old_primary_follows_after_s=wait_for(cluster.settled, 180, "the old primary as a replica"))


def has_new_primary(cluster: Cluster, victim: str) -> bool:
    return cluster.primary() not in ("", victim) and cluster.is_writable()


def kill_app_host(cluster: Cluster, outcome: Outcome) -> None:
    """One of three app hosts loses power, and with it one of three members of etcd."""
    started = time.monotonic()
    writing = Writing(cluster, CALM + 30)
    wait_until(started + CALM)
    broken_at = time.time()
    cluster.site.cut_power(APPS[0])
    writing.end(outcome, broken_at=broken_at)
    outcome.expect("errors end within 10 s", outcome.figures["last_error_after_s"] <= 10)
    primary = cluster.primary()
    cluster.site.start(build_app_host(cluster.folder, APPS[0]))
    wait_for(lambda: is_ready(cluster, APPS[0]), 60, "the app host")
    outcome.expect("the database stays where it is", cluster.primary() == primary and cluster.settled())


def let_replica_lag(cluster: Cluster, outcome: Outcome) -> None:
    """The synchronous replica receives everything and shows nothing for a minute, which is the worst of the two to lag."""
    replica, started = cluster.synchronous(), time.monotonic()
    writing = Writing(cluster, CALM + 70)
    wait_until(started + CALM)
    broken_at = time.time()
    signal_replay(cluster, replica, "STOP")  # a pause by SQL or by a setting is ended by Patroni
    wait_until(started + CALM + 60)
    lag = "SELECT extract(epoch FROM now() - pg_last_xact_replay_timestamp())::int"
    outcome.note(replica=replica, lag_s=int(cluster.sql(replica, lag)))
    ready = [is_ready(cluster, app) for app in APPS]
    signal_replay(cluster, replica, "CONT")
    outcome.note(caught_up_after_s=wait_for(lambda: int(cluster.sql(replica, lag) or 0) <= 2, 60, "the replica"))
    failed = writing.end(outcome, broken_at=broken_at)
    outcome.expect("the replica was a minute behind", outcome.figures["lag_s"] >= 50)
    outcome.expect("nobody met an error", not failed)
    outcome.expect("every app host stayed ready", all(ready))


def signal_replay(cluster: Cluster, replica: str, name: str) -> None:
    """The process that shows what was received gets this signal."""
    pid = cluster.sql(replica, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup'")
    subprocess.run(cluster.site.command_within(replica, ["kill", f"-{name}", pid]), check=True)


def drain_pool(cluster: Cluster, outcome: Outcome) -> None:
    """Two connections an app host, and somebody holds a lock that everybody needs for a quarter of a minute."""
    for app in APPS:
        cluster.site.kill_processes(app)
        cluster.site.start(build_app_host(cluster.folder, app, pool=2))
        wait_for(lambda app=app: is_ready(cluster, app), 90, app)  # type: ignore[misc]
    started = time.monotonic()
    writing = Writing(cluster, CALM + 35, writers=24)
    wait_until(started + CALM)
    broken_at, held = time.time(), 15
    lock = f"BEGIN; LOCK TABLE card_challenges IN EXCLUSIVE MODE; SELECT pg_sleep({held}); COMMIT"
    ask = [
        "setpriv",
        "--reuid",
        "postgres",
        "--regid",
        "postgres",
        "--clear-groups",
        "psql",
        "-XAtqd",
        "eid",
        "-c",
        lock,
    ]
    holding = subprocess.Popen(cluster.site.command_within(cluster.primary(), ask), stdout=subprocess.DEVNULL, cwd="/")
    time.sleep(held / 2)
    alive = [
        cluster.fetch(f"http://{cluster.site.addresses[app]}:8000/healthz", timeout=10) is not None for app in APPS
    ]
    holding.wait()
    failed = writing.end(outcome, broken_at=broken_at)
    outcome.expect("people were refused", bool(failed))
    busy = [one for one in failed if one["status"] == 503]
    outcome.expect("a refusal says when to come again", all(one["retry_after"] for one in busy))
    outcome.expect("errors end within 10 s of the lock's end", outcome.figures["last_error_after_s"] <= held + 10)
    outcome.expect("every app host stayed alive", all(alive))
    for app in APPS:
        cluster.site.kill_processes(app)
        cluster.site.start(build_app_host(cluster.folder, app))
        wait_for(lambda app=app: is_ready(cluster, app), 90, app)  # type: ignore[misc]


def fill_disk(cluster: Cluster, outcome: Outcome) -> None:
    """Something fills the primary's disk to the last byte; the replicas' disks have room."""
    victim, started = cluster.primary(), time.monotonic()
    writing = Writing(cluster, CALM + 70)
    wait_until(started + CALM)
    broken_at, ballast = time.time(), "/var/lib/postgresql/ballast"
    fill = f"cat /dev/zero > {ballast} 2>/dev/null; df --output=avail /var/lib/postgresql | tail -1"
    left = subprocess.run(
        cluster.site.command_within(victim, ["sh", "-c", fill]), check=True, capture_output=True, text=True
    )
    outcome.note(victim=victim, bytes_left=int(left.stdout))
    use_up_the_log(cluster, victim)
    outcome.note(new_primary_after_s=wait_for(lambda: has_new_primary(cluster, victim), 120, "primary"))
    writing.end(outcome, broken_at=broken_at)
    outcome.expect(f"errors end within {ERRORS_END:.0f} s", outcome.figures["last_error_after_s"] <= ERRORS_END)
    outcome.expect("the audit log verifies", audit_log_verifies(cluster))
    subprocess.run(cluster.site.command_within(victim, ["rm", ballast]), check=True)
    outcome.note(old_primary_follows_after_s=wait_for(cluster.settled, 180, "the old primary as a replica"))


def use_up_the_log(cluster: Cluster, victim: str) -> None:
    """Somebody writes until the log needs a new segment, for which there is no room."""
    much = "SELECT count(pg_logical_emit_message(false, 'drill', repeat('x', 8000))) FROM generate_series(1, 1000)"
    for _ in range(200):
        try:
            cluster.sql(victim, much)
        except (subprocess.CalledProcessError, RuntimeError):
            return


DRILLS: dict[str, Callable[[Cluster, Outcome], None]] = {
    "primary-dies": kill_primary,
    "app-host-dies": kill_app_host,
    "replica-lags": let_replica_lag,
    "pool-runs-dry": drain_pool,
    "disk-fills": fill_disk,
    "app-hosts-roll": roll_app_hosts,
    "backup-restores": restore_backup,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drill", choices=[*DRILLS, "all"])
    parser.add_argument("--folder", type=Path, default=Path("/tmp/eid-cluster"))
    parser.add_argument("--scenario", default="", help="what is played beside the writers while the primary dies")
    parser.add_argument("--json", type=Path, help="where to write what was measured")
    given = parser.parse_args()
    cluster = Cluster(given.folder)
    if not cluster.is_up:
        sys.exit("no cluster is up: python -m deploy.local.cluster up")
    outcomes = []
    for name in DRILLS if given.drill == "all" else [given.drill]:
        print(name, flush=True)
        wait_for(cluster.settled, 60, "a cluster that is whole")
        outcomes.append(outcome := Outcome(name, scenario=given.scenario))
        DRILLS[name](cluster, outcome)
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in outcomes], indent=1) + "\n")
    sys.exit(0 if all(all(one.held.values()) for one in outcomes) else 1)


if __name__ == "__main__":
    main()
