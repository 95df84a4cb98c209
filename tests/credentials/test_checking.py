"""Whatever is shown is told apart by its form and checked with files alone; the deck's verdicts hold there too."""

from __future__ import annotations

import json
from base64 import b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from eid.credentials.checking import Asked, check_shown
from eid.credentials.mutant_workshop import OCCASION
from eid.credentials.reports import StepResult, write_report
from eid.credentials.unverified import read_header
from eid.credentials.verifier_trust import Trust, parse_trust_files
from eid.crypto.keys import generate_signing_key
from eid.crypto.trust_entries import TrustedAuthority, TrustEntry, TrustKind, TrustList
from eid.crypto.trust_list import build_trust_list
from eid.crypto.x509 import parse_certificate
from eid.errors import Malformed, VerificationFailed
from tests.credentials.test_mutants import NAMES, NOW, deck, mutant_of

TERMS = deck().describe()
TRUST = Trust([deck().list_key], TERMS["issuer"], roots=[parse_certificate(deck().root)])
ASKED = Asked(
    audience=OCCASION.audience,
    nonce=OCCASION.nonce,
    response_uri="https://verifier.example/answer",
    status_list=mutant_of("list_jwt_good").data,
)
TYPES = {"mso_mdoc": TERMS["doc_type"], "dc+sd-jwt": TERMS["vct"]}
ALONE = {"list_jwt_address", "list_cwt_address"}
"""Good lists of another address: nobody expects one who looks at a list alone."""


def check(data: bytes, asked: Asked = ASKED, trust: Trust = TRUST) -> Any:
    return check_shown(data, trust=trust, now=NOW, asked=asked)


def asked_of(form: str) -> Asked:
    return replace(ASKED, type=TYPES.get(form))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ALONE])
def test_each_of_the_deck_gets_its_verdict_with_the_code_that_the_deck_says(name: str) -> None:
    mutant = mutant_of(name)
    report = check(mutant.data, asked_of(mutant.form))
    assert report.is_verified == (mutant.step is None)
    json.dumps(write_report(report))
    if mutant.step is None:
        return
    assert report.failure is not None
    expected = "token_typ" if mutant.code == "code_prefix" else mutant.code  # without its prefix it is no code
    assert report.failure.code == expected
    later = report.steps[report.steps.index(report.failure) + 1 :]
    assert {each.result for each in later} <= {StepResult.NOT_CHECKED}


@pytest.mark.parametrize("name", sorted(ALONE))
def test_a_list_that_is_looked_at_alone_is_of_its_own_address(name: str) -> None:
    report = check(mutant_of(name).data)
    assert report.is_verified
    assert [each.step for each in report.steps if each.result is StepResult.NOT_CHECKED] == ["status_uri"]


GOOD = {"mso_mdoc": "mdoc_good", "dc+sd-jwt": "vc_good"}


def good(form: str) -> bytes:
    return mutant_of(GOOD[form]).data


def unchecked(report: Any) -> set[str]:
    assert report.is_verified
    return {each.step for each in report.steps if each.result is StepResult.NOT_CHECKED}


@pytest.mark.parametrize(
    ("form", "steps"),
    [
        ("mso_mdoc", {"device_auth", "doc_type", "status"}),
        ("dc+sd-jwt", {"key", "key_binding", "aud", "nonce", "sd_hash", "vct", "status"}),
    ],
)
def test_what_was_not_said_is_said_not_to_have_been_checked(form: str, steps: set[str]) -> None:
    report = check(good(form), Asked())
    assert unchecked(report) == steps
    assert not report.credential.is_held


@pytest.mark.parametrize("form", GOOD)
def test_who_says_what_they_asked_knows_that_it_is_its_holder_who_shows_it(form: str) -> None:
    report = check(good(form), asked_of(form))
    assert unchecked(report) <= {"key"}
    assert report.credential.is_held
    assert write_report(report)["credential"]["type"] == TYPES[form]


def test_an_mdoc_may_come_in_base64url() -> None:
    """OpenID4VP 1.0, B.2: an mdoc in a response is base64url without padding"""
    coded = urlsafe_b64encode(good("mso_mdoc")).rstrip(b"=")
    assert check(coded + b"\n", asked_of("mso_mdoc")).is_verified


@pytest.mark.parametrize("form", GOOD)
def test_a_nonce_without_whom_it_was_for_is_no_question(form: str) -> None:
    with pytest.raises(Malformed) as refusal:
        check(good(form), Asked(nonce="n"))
    assert refusal.value.code == "audience_missing"


def test_an_mdoc_is_bound_to_where_it_was_sent() -> None:
    with pytest.raises(Malformed) as refusal:
        check(good("mso_mdoc"), Asked(nonce="n", audience="x"))
    assert refusal.value.code == "response_uri_missing"


@pytest.mark.parametrize("form", ["statuslist+jwt", "statuslist+cwt"])
def test_a_status_list_may_come_in_either_form_and_be_known_by_its_signers_root(form: str) -> None:
    listed = mutant_of("list_jwt_good" if form == "statuslist+jwt" else "list_cwt_good").data
    assert check(good("dc+sd-jwt"), replace(ASKED, status_list=listed)).is_verified


LIST_KEY = generate_signing_key()


def trust_list(*entries: TrustEntry) -> bytes:
    content = TrustList(
        issuer=TERMS["issuer"],
        sequence=1,
        issued_at=NOW,
        next_update=NOW + timedelta(days=7),
        signers=(LIST_KEY.kid,),
        authorities=(TrustedAuthority("Deck", (), None, entries),),
    )
    return build_trust_list(content, key=LIST_KEY).encode()


ROOT = TrustEntry(TrustKind.IACA_ROOT, since=NOW, certificate=deck().root)
KEY = TrustEntry(TrustKind.PAPER_KEY, since=NOW, jwk=deck().list_key)


def read(*contents: bytes, **terms: Any) -> Trust:
    return parse_trust_files(contents, now=NOW, **terms)


@pytest.mark.parametrize(
    "contents",
    [
        (trust_list(ROOT, KEY),),
        (deck().root, json.dumps({"issuer": TERMS["issuer"], "keys": [deck().list_key]}).encode()),
        (
            load_der_x509_certificate(deck().root).public_bytes(Encoding.PEM),
            json.dumps({"keys": [deck().list_key]}).encode(),
            mutant_of("list_cwt_good").data,
        ),
    ],
)
@pytest.mark.parametrize("form", GOOD)
def test_a_trust_list_or_the_same_in_files_is_what_is_believed(contents: tuple[bytes, ...], form: str) -> None:
    trust = read(*contents)
    assert check(good(form), asked_of(form), trust).is_verified
    assert ("status" in unchecked(check(good(form), Asked(), trust))) == (
        TERMS["status_list"] not in trust.status_lists
    )


def test_a_signer_that_was_withdrawn_is_believed_no_more() -> None:
    chain = read_header(good("dc+sd-jwt").decode())["x5c"]
    withdrawn = TrustEntry(TrustKind.MDOC_SIGNER, since=NOW, withdrawn_at=NOW, certificate=b64decode(chain[0]))
    trust = read(trust_list(ROOT, KEY, withdrawn))
    for form in GOOD:
        report = check(good(form), asked_of(form), trust)
        assert report.failure is not None
        assert (report.failure.step, report.failure.code) == ("certificate", "certificate_withdrawn")


def test_a_pin_that_did_not_sign_the_trust_list_is_a_refusal() -> None:
    assert read(trust_list(ROOT), pinned=[LIST_KEY.kid]).roots
    with pytest.raises(VerificationFailed) as refusal:
        read(trust_list(ROOT), pinned=["another"])
    assert refusal.value.code == "trust_list_pin"


@pytest.mark.parametrize(
    ("contents", "code"),
    [
        ((b"nothing",), "trust_malformed"),
        ((b"[]",), "trust_malformed"),
        ((b"\x30\x82\x00\x01",), "trust_malformed"),
        ((b"-----BEGIN CERTIFICATE-----",), "trust_malformed"),
        ((mutant_of("list_jwt_good").data,), "trust_empty"),
        ((), "trust_empty"),
    ],
)
def test_files_in_which_nobody_is_believed_are_refused(contents: tuple[bytes, ...], code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        read(*contents)
    assert refusal.value.code == code


@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_nothing_else_happens(data: bytes) -> None:
    assert not check(data, Asked()).is_verified
