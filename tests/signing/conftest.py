"""What the tests of signatures share: people, browsers, the authority's certificate as a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from flask.testing import FlaskClient

from tests.accounts.conftest import MakeAccount, account, carded, make_account, make_person, person
from tests.web.conftest import another_browser, browser

__all__ = ["MakeAccount", "account", "another_browser", "browser", "carded", "make_account", "make_person", "person"]


@pytest.fixture
def authority_pem(client: FlaskClient, tmp_path: Path) -> Path:
    """The authority's certificate as it is published, for programs that read PEM."""
    certificate = load_der_x509_certificate(client.get("/signing/authority.cer").data)
    path = tmp_path / "authority.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    return path
