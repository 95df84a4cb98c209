"""What lies in deploy/ is what the programs accept, by their own checks; what they cannot check is at least whole."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from eid.config import Settings

DEPLOY = Path(__file__).parent.parent.parent / "deploy"


def check(*command: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """What Debian's program says; a machine without it is no place to judge."""
    found = shutil.which(str(command[0]), path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{command[0]} is not installed")
    words = [found, *map(str, command[1:])]
    return subprocess.run(words, env=os.environ | environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("place", ["app", "edge"])
def test_haproxy_accepts_its_configuration(place: str) -> None:
    said = check("haproxy", "-c", "-f", DEPLOY / place / "haproxy.cfg")
    assert said.returncode == 0, said.stderr
    complaints = [line for line in said.stderr.splitlines() if "WARNING" in line and "could not resolve" not in line]
    assert complaints == [], "hosts of the site are known on the site alone; nothing else is wrong"


def test_haproxy_accepts_the_edge_with_tls(tmp_path: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "eid")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    chain = tmp_path / "eid.pem"
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + key.private_bytes(*private)
    )
    said = check("haproxy", "-c", "-f", DEPLOY / "edge/haproxy.cfg", EID_EDGE_CERTIFICATE=str(chain))
    assert said.returncode == 0, said.stderr


def test_patroni_accepts_its_configuration(tmp_path: Path) -> None:
    """etcd and this host's own address are played by this machine; where pg_hba stands, Patroni 3 knows two places."""
    with socket.create_server(("127.0.0.1", 0)) as etcd:
        port = etcd.getsockname()[1]
        text = re.sub(r"app[123]:2379", f"127.0.0.1:{port}", (DEPLOY / "db/patroni.yml").read_text())
        file = tmp_path / "patroni.yml"
        file.write_text(re.sub(r"db1:(8008|5432)", r"10.77.0.21:\1", text))
        said = check("patroni", "--validate-config", file)
    lines = [line for line in (said.stdout + said.stderr).splitlines() if line]
    assert [line for line in lines if not line.startswith("bootstrap.pg_hba")] == []


def test_prometheus_accepts_its_configuration_and_alarms() -> None:
    said = check("promtool", "check", "config", DEPLOY / "watch/prometheus.yml")
    assert said.returncode == 0, said.stdout + said.stderr


def test_every_expression_of_the_board_can_be_read(tmp_path: Path) -> None:
    board = json.loads((DEPLOY / "watch/grafana/eid.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    rules = [
        {"record": f"board:{number}", "expr": expr.replace("$__rate_interval", "5m")}
        for number, expr in enumerate(asked)
    ]
    file = tmp_path / "board.json"  # which is YAML, too
    file.write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
    said = check("promtool", "check", "rules", file)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "Untested" in board["description"]


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """Our program is not installed where the units look for it; /bin/true is."""
    for unit in (DEPLOY / "systemd").glob("eid*"):
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/eid/.venv/bin/eid", "/bin/true"))
    said = check("systemd-analyze", "verify", *sorted(tmp_path.glob("eid*")))
    assert (said.returncode, said.stderr) == (0, "")


def test_every_alarm_has_its_place_in_the_manual() -> None:
    alarms = re.findall(r"- alert: (\w+)", (DEPLOY / "watch/alerts.yml").read_text())
    manual = (DEPLOY.parent / "docs/operations.md").read_text(encoding="utf-8")
    assert len(alarms) > 10
    assert [alarm for alarm in alarms if f"| `{alarm}` |" not in manual] == []


def test_every_setting_of_the_service_exists() -> None:
    """A misspelt setting would stop the service at its start."""
    named = re.findall(r"^(EID_\w+)=", (DEPLOY / "app/eid.env.example").read_text(), re.MULTILINE)
    assert set(named) <= {f"EID_{field.name.upper()}" for field in fields(Settings)}
    assert "EID_DATABASE_POOLER" in named


def test_the_compose_file_names_files_that_are_there() -> None:
    folder = DEPLOY / "compose"
    text = (folder / "compose.yaml").read_text()
    made_by_the_operator = {"../app/userlist.txt", "../app/eid.env"}
    files = {name.rstrip("]") for name in re.findall(r"\.\./[\w./]+", text)} - made_by_the_operator
    assert len(files) > 6
    assert [name for name in sorted(files) if not (folder / name).exists()] == []
    assert len(re.findall(r"^  (?:app|db|etcd|pooler)\d:", text, re.MULTILINE)) == 12
