"""What steps looked at is told in JSON's types, and telling it never fails."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest

from eid.crypto.evidence import write_evidence
from eid.crypto.lds import SOD
from eid.crypto.passive_auth import verify_document
from eid.crypto.policy import STRICT
from eid.crypto.sod import parse_sod
from eid.crypto.tlv import build_oid
from eid.errors import VerificationFailed
from tests.crypto.forge import LATER, groups_of, make_card, make_csca, make_signer, make_trust


def test_values_are_written_in_jsons_types() -> None:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    told = write_evidence((("at", at), ("digest", b"\x01\xab"), ("signed", {1: b"\x02"}), ("count", 3), ("note", "so")))
    assert told == {"at": "2026-03-02T09:30:00Z", "digest": "01ab", "signed": {"DG1": "02"}, "count": 3, "note": "so"}


def test_a_verified_document_tells_signer_csca_and_digests() -> None:
    csca = make_csca()
    files, trust = make_card(make_signer(csca)), make_trust(csca)
    document = verify_document(files, trust_store=trust, policy=STRICT, at=LATER)
    told = {step.step: step.as_dict().get("evidence") for step in document.steps}
    json.dumps(told)
    certificate = document.signer
    assert told["signer_certificate"] == {"certificate": certificate.describe()}
    assert certificate.describe()["sha256"] == hashlib.sha256(certificate.raw).hexdigest()
    digests = {f"DG{number}": hashlib.sha256(data).hexdigest() for number, data in groups_of(files).items()}
    assert told["data_groups"] == {"signed": digests}


def test_a_changed_data_group_tells_both_digests() -> None:
    csca = make_csca()
    files = make_card(make_signer(csca))
    changed = files["EF.DG2"] + b"\x00"
    with pytest.raises(VerificationFailed) as refused:
        verify_document({**files, "EF.DG2": changed}, trust_store=make_trust(csca), policy=STRICT, at=LATER)
    steps = refused.value.evidence["steps"]
    assert isinstance(steps, list)
    [failed] = [step for step in steps if step["result"] == "failed"]
    assert failed["evidence"] == {
        "signed": hashlib.sha256(files["EF.DG2"]).hexdigest(),
        "found": hashlib.sha256(changed).hexdigest(),
    }


def test_a_certificate_whose_name_cannot_be_read_is_told_all_the_same() -> None:
    csca = make_csca()
    files = make_card(make_signer(csca))
    certificate = parse_sod(files[SOD]).certificates[0].raw
    common_name = build_oid("2.5.4.3")
    before, _, after = certificate.rpartition(common_name)
    broken = before + common_name[:-1] + b"\x83" + after
    with pytest.raises(VerificationFailed) as refused:
        verify_document(
            {**files, SOD: files[SOD].replace(certificate, broken)},
            trust_store=make_trust(csca),
            policy=STRICT,
            at=LATER,
        )
    assert refused.value.code == "dsc_signature_invalid"
    json.dumps(refused.value.evidence)
