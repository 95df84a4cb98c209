"""What is issued is accepted by an implementation that is not ours: the openssl command."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from eid.crypto.lds import SOD
from eid.crypto.sod import SOD_TAG, parse_sod
from eid.crypto.tlv import build_tlv
from tests.crypto.forge import NOW, make_card, make_csca, make_signer

OPENSSL = shutil.which("openssl")

pytestmark = pytest.mark.skipif(
    OPENSSL is None and os.environ.get("CI") != "true", reason="the openssl command is not installed"
)


def openssl(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([OPENSSL or "openssl", *map(str, arguments)], capture_output=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    csca = make_csca()
    files = make_card(make_signer(csca))
    (tmp_path / "csca.der").write_bytes(csca.build())
    openssl("x509", "-inform", "DER", "-in", tmp_path / "csca.der", "-out", tmp_path / "csca.pem")
    sod = files[SOD]
    (tmp_path / "sod.cms").write_bytes(sod[4:])  # what is under tag 77, whose length takes three octets
    (tmp_path / "signer.der").write_bytes(parse_sod(sod).certificates[0].raw)
    openssl("x509", "-inform", "DER", "-in", tmp_path / "signer.der", "-out", tmp_path / "signer.pem")
    return tmp_path


def verify_cms(folder: Path, name: str = "sod.cms") -> subprocess.CompletedProcess[bytes]:
    return openssl(
        "cms", "-verify", "-inform", "DER", "-in", folder / name, "-CAfile", folder / "csca.pem", "-purpose", "any",
        "-attime", int(NOW.timestamp()), "-binary", "-out", folder / "content.der",
    )  # fmt: skip


def test_openssl_accepts_the_signed_data_and_finds_the_same_content(folder: Path) -> None:
    done = verify_cms(folder)
    assert done.returncode == 0, done.stderr.decode()
    sod = build_tlv(SOD_TAG, (folder / "sod.cms").read_bytes())
    assert (folder / "content.der").read_bytes() == parse_sod(sod).content


def test_openssl_refuses_what_was_changed(folder: Path) -> None:
    changed = bytearray((folder / "sod.cms").read_bytes())
    changed[-1] ^= 1
    (folder / "changed.cms").write_bytes(changed)
    assert verify_cms(folder, "changed.cms").returncode != 0


def test_openssl_accepts_the_chain(folder: Path) -> None:
    done = openssl(
        "verify", "-CAfile", folder / "csca.pem", "-x509_strict", "-attime", int(NOW.timestamp()), folder / "signer.pem"
    )
    assert done.returncode == 0, done.stderr.decode()
