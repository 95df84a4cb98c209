"""Every paper in both formats: what it says is what the paper says, and readers verify it under the issuing authority."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import timedelta
from typing import Any

import pytest

from eid.clock import wall_now
from eid.credentials.building import Times
from eid.credentials.configurations import CONFIGURATIONS, Configuration, CredentialFormat
from eid.credentials.service import check_paper_issuable
from eid.credentials.wallet_credentials import build_credentials, type_of
from eid.crypto.cbor import Tag
from eid.crypto.mdoc_verification import verify_issuer_signed
from eid.crypto.sd_jwt_vc import VcTrust, verify_sd_jwt_vc
from eid.crypto.status_list import StatusReference
from eid.crypto.x509 import parse_certificate
from eid.db import db
from eid.keystore import AuthorityUse, current_keystore
from eid.population.models import Person
from tests.credentials.conftest import OF_GROWN_UPS, give_every_paper
from tests.engines import one_engine
from tests.oauth.proving import HeldKey

pytestmark = one_engine

PAPERS = [one for one in CONFIGURATIONS.values() if one.paper.name in OF_GROWN_UPS]


def issue(person: Person, configuration: Configuration) -> tuple[str, Any]:
    """One credential, and what the paper says."""
    found = check_paper_issuable(person.id, configuration.paper)
    hour = wall_now().replace(minute=0, second=0, microsecond=0)
    times, place = Times(hour, hour + timedelta(days=14)), StatusReference("https://eid.example/1", 7)
    key = HeldKey.generate().jwk()
    [credential] = build_credentials(configuration, found, [key], [place], times, person_id=person.id)
    db.session.rollback()
    return credential, found.content


def test_every_paper_of_a_grown_up_is_issued_and_verifies(person: Person) -> None:
    """OpenID4VCI 1.0, appendix A; ISO/IEC 18013-5, 9.1.2; SD-JWT VC, section 3."""
    give_every_paper(person.id)
    roots = [
        parse_certificate(each.der) for each in current_keystore().issuing_keys.find_authorities(AuthorityUse.IACA)
    ]
    for configuration in PAPERS:
        credential, content = issue(person, configuration)
        if configuration.format is CredentialFormat.SD_JWT:
            vct = type_of(configuration.paper)
            verified = verify_sd_jwt_vc(credential, trust=VcTrust(roots=roots), expected_vct=vct, now=wall_now())
            assert {name: verified.claims[name] for name in content} == content
            continue
        issued = urlsafe_b64decode(credential + "==")
        mdoc = verify_issuer_signed(issued, roots=roots, expected_doc_type=configuration.doc_type, now=wall_now())
        [elements] = mdoc.elements.values()
        if configuration.doc_type.startswith("vn.eid."):
            assert set(elements) == set(content)
            assert all(
                elements[n] == content[n]
                for n, v in content.items()
                if isinstance(v, str | int | bool) and not isinstance(elements[n], Tag)
            )


@pytest.mark.parametrize("configuration", ["driving_licence_mso_mdoc", "health_insurance_mso_mdoc"])
def test_a_day_is_a_day_in_an_mdoc(person: Person, configuration: str) -> None:
    """RFC 8943: tag 1004."""
    credential, _content = issue(person, CONFIGURATIONS[configuration])
    roots = [parse_certificate(current_keystore().issuing_keys.find_authorities(AuthorityUse.IACA)[-1].der)]
    found = CONFIGURATIONS[configuration]
    mdoc = verify_issuer_signed(
        urlsafe_b64decode(credential + "=="), roots=roots, expected_doc_type=found.doc_type, now=wall_now()
    )
    [elements] = mdoc.elements.values()
    born = elements.get("birth_date") or elements["birthdate"]
    assert (born.number, born.value) == (1004, "1985-11-02")
