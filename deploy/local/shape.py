"""Which hosts the site has and what runs on each: deploy/'s own files, with made-up secrets, in the folder of the site."""

from __future__ import annotations

import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.local.site import HERE, HOSTS, Host, Mount, Service, run

DEPLOY = HERE.parent
ROOT = DEPLOY.parent
APPS = ("app1", "app2", "app3")
DATABASES = ("db1", "db2", "db3")
PUBLIC_URL = "http://10.77.0.10"


@dataclass(frozen=True)
class Secrets:
    superuser: str
    replication: str
    rewind: str
    eid: str
    watch: str

    @classmethod
    def of(cls, folder: Path) -> Secrets:
        """Those of this site: made at the first time, then the same."""
        kept = folder / "secrets"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(" ".join(secrets.token_hex(16) for _ in range(5)))
        return cls(*kept.read_text().split())


def build_app_host(folder: Path, name: str, *, pool: int | None = None) -> Host:
    """etcd, the router to the primary, the pooler, the service. `pool` is how many connections the pooler may have."""
    known, etc = Secrets.of(folder), _etc(folder, name)
    shutil.copy(DEPLOY / "app" / "haproxy.cfg", etc)
    pooler = (DEPLOY / "app" / "pgbouncer.ini").read_text()
    if pool is not None:
        pooler = pooler.replace("default_pool_size = 20", f"default_pool_size = {pool}")
        pooler = pooler.replace("reserve_pool_size = 5", "reserve_pool_size = 0")
    (etc / "pgbouncer.ini").write_text(pooler)
    (etc / "userlist.txt").write_text(f'"eid" "{known.eid}"\n"eid_watch" "{known.watch}"\n')
    etcd = {
        key: value.replace("app1=", "APP1=").replace("//app1", f"//{name}").replace("APP1=", "app1=")
        for key, value in _read_environ(DEPLOY / "app" / "etcd.env.example").items()
    } | {"ETCD_NAME": name, "ETCD_INITIAL_CLUSTER": ",".join(f"{app}=http://{app}:2380" for app in APPS)}
    data = _folder(folder, name, "etcd")
    return Host(
        name,
        [*_mounts(etc), Mount("bind", str(data), "/var/lib/etcd")],
        [
            Service("etcd", ["/usr/bin/etcd"], "etcd", etcd, owns=["/var/lib/etcd"]),
            Service("haproxy", ["/usr/sbin/haproxy", "-db", "-f", "/etc/eid/haproxy.cfg"], "haproxy"),
            Service(
                "pgbouncer",
                ["/usr/sbin/pgbouncer", "/etc/eid/pgbouncer.ini"],
                "postgres",
                owns=["/etc/eid/pgbouncer.ini", "/etc/eid/userlist.txt"],
            ),
            Service(
                "eid",
                [sys.executable, "-m", "eid", "serve", "--host", "0.0.0.0", "--port", "8000"],
                environ=service_environ(folder, known),
                folder=str(ROOT),
            ),
        ],
    )


DISK = "1500M"
"""Of a database host: a file of its own with a file system in it, so that it can be full without the machine's being full."""


def build_database_host(folder: Path, name: str) -> Host:
    """PostgreSQL under Patroni, on a disk of its own."""
    known, etc = Secrets.of(folder), _etc(folder, name)
    shutil.copy(DEPLOY / "db" / "patroni.yml", etc)
    shutil.copy(DEPLOY / "db" / "post_bootstrap.sh", etc)
    environ = {
        "PATRONI_NAME": name,
        "PATRONI_RESTAPI_CONNECT_ADDRESS": f"{name}:8008",
        "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"{name}:5432",
        "PATRONI_SUPERUSER_PASSWORD": known.superuser,
        "PATRONI_REPLICATION_PASSWORD": known.replication,
        "PATRONI_REWIND_PASSWORD": known.rewind,
        "EID_DB_PASSWORD": known.eid,
        "EID_WATCH_PASSWORD": known.watch,
    }
    disk = folder / name / "disk"
    if not disk.exists():
        run("truncate", "--size", DISK, str(disk))
        run("mkfs.ext4", "-q", "-F", str(disk))
    kept = Mount("ext4", str(disk), "/var/lib/postgresql", "loop")
    command = ["/usr/bin/patroni", "/etc/eid/patroni.yml"]
    owns = ["/var/lib/postgresql", "/run/postgresql"]
    return Host(name, [*_mounts(etc), kept], [Service("patroni", command, "postgres", environ, owns=owns)])


def build_edge_host(folder: Path) -> Host:
    etc = _etc(folder, "edge")
    shutil.copy(DEPLOY / "edge" / "haproxy.cfg", etc)
    command = ["/usr/sbin/haproxy", "-db", "-f", "/etc/eid/haproxy.cfg"]
    return Host("edge", _mounts(etc), [Service("haproxy", command, "root")])


def service_environ(folder: Path, known: Secrets) -> dict[str, str]:
    """The service's settings on an app host: by way of the pooler, reads that may be a moment old from the replicas."""
    pooler = f"postgresql://eid:{known.eid}@127.0.0.1:6432"
    return command_environ(folder, f"{pooler}/eid") | {
        "EID_DATABASE_POOLER": "transaction",
        "EID_REPLICA_URLS": ",".join(f"{pooler}/eid_{name}" for name in DATABASES),
    }


def command_environ(folder: Path, database_url: str) -> dict[str, str]:
    """The settings of an `eid` command about the service."""
    return {
        "PYTHONPATH": str(ROOT),
        "EID_PUBLIC_URL": PUBLIC_URL,
        "EID_DATABASE_URL": database_url,
        "EID_STATE_DIR": str(folder / "state"),
        "EID_LOG_LEVEL": "info",
    }


def _mounts(etc: Path) -> list[Mount]:
    return [
        Mount("tmpfs", "run", "/run"),
        Mount("tmpfs", "sockets", "/run/postgresql"),
        Mount("bind", str(HOSTS), "/etc/hosts"),
        Mount("bind", str(etc), "/etc/eid"),
    ]


def _etc(folder: Path, name: str) -> Path:
    """What the host sees at /etc/eid."""
    return _folder(folder, name, "etc")


def _folder(folder: Path, name: str, what: str) -> Path:
    path = folder / name / what
    path.mkdir(parents=True, exist_ok=True)
    return path


def _read_environ(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
