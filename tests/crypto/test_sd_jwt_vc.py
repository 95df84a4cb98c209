"""SD-JWT VC and what an issuer may withhold, RFC 9901 at any depth: the laws of issuing and verifying.

Each way of being refused is in the deck of mutants (tests/credentials/test_mutants.py).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eid.credentials.mutant_workshop import Workshop
from eid.credentials.mutants import make_key
from eid.crypto.disclosures import disclose, parse_disclosure
from eid.crypto.holders import Holder
from eid.crypto.keys import generate_signing_key
from eid.crypto.sd_jwt import SdJwt, bind_sd_jwt
from eid.crypto.sd_jwt_vc import Occasion, VcTrust, VerifiedVc, verify_sd_jwt_vc
from eid.crypto.sd_jwt_vc_issuing import VcSigner, build_sd_jwt_vc, issue_sd_jwt_vcs
from eid.crypto.status_list import StatusReference
from eid.crypto.withholding import withhold
from eid.crypto.x509 import parse_certificate
from eid.errors import VerificationFailed

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ISSUER, HOLDER = generate_signing_key(), generate_signing_key()
VCT = "https://issuer.example/vct/licence"
OCCASION = Occasion("https://clinic.example", "n-1")
CLAIMS: dict[str, Any] = {
    "iss": "https://issuer.example",
    "exp": int((NOW + timedelta(days=14)).timestamp()),
    "name": "Trần Văn Minh",
    "address": {"street": "Số 1", "locality": "Huế"},
    "classes": [{"class": "A1"}, {"class": "B", "limits": ["01", "70"]}],
}
PATHS = [
    ("name",),
    ("address",),
    ("address", "street"),
    ("address", "locality"),
    ("classes",),
    ("classes", 0),
    ("classes", 1),
    ("classes", 1, "class"),
    ("classes", 1, "limits"),
    ("classes", 1, "limits", 0),
]


def issue(withheld: Any = PATHS, signer: VcSigner | None = None, **changes: Any) -> SdJwt:
    terms: dict[str, Any] = {"vct": VCT, "rng": Random(3), "holder_key": HOLDER.public_jwk()}
    return build_sd_jwt_vc(CLAIMS, withheld=withheld, signer=signer or VcSigner(ISSUER), **(terms | changes))


def check(text: SdJwt | str, **changes: Any) -> VerifiedVc:
    terms: dict[str, Any] = {"trust": VcTrust(keys=[ISSUER.public_jwk()]), "expected_vct": VCT, "now": NOW}
    return verify_sd_jwt_vc(str(text), **(terms | changes))


def show(sd_jwt: SdJwt) -> SdJwt:
    return bind_sd_jwt(sd_jwt, key=HOLDER, audience=OCCASION.audience, nonce=OCCASION.nonce, now=NOW)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(PATHS)), st.integers(0, 3))
def test_with_all_disclosures_everything_is_said_whatever_was_withheld(paths: set[Any], decoys: int) -> None:
    """RFC 9901, 4.2.1 to 4.2.6, 7.1."""
    claims = check(issue(paths, decoys=decoys)).claims
    assert {name: claims[name] for name in CLAIMS} == CLAIMS
    assert not {"_sd", "_sd_alg"} & set(claims)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(PATHS), min_size=1))
def test_what_is_withheld_does_not_stand_in_the_token(paths: set[Any]) -> None:
    payload, disclosures = withhold(CLAIMS, paths, rng=Random(3), decoys=2)
    assert len(disclosures) == len(paths)
    said = disclose(payload, ())
    for path in paths:
        assert find(said, path) is None or path[-1] != find_name(path), path
    assert ("Minh" in json.dumps(payload, ensure_ascii=False)) == (("name",) not in paths)


def find(value: Any, path: Any) -> Any:
    """What stands at a path of names; places of arrays move when an element before is withheld, so they are not followed."""
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


def find_name(path: Any) -> Any:
    return path[-1] if all(isinstance(part, str) for part in path) else None


def test_decoys_stand_beside_digests_in_objects_and_arrays_and_nowhere_else() -> None:
    """RFC 9901, 4.2.5."""
    payload, disclosures = withhold(CLAIMS, [("address", "street"), ("classes", 0)], rng=Random(3), decoys=2)
    assert len(payload["address"]["_sd"]) == 3
    assert payload["address"]["_sd"] == sorted(payload["address"]["_sd"])
    assert [set(each) for each in payload["classes"]] == [{"..."}, {"class", "limits"}, {"..."}, {"..."}]
    assert "_sd" not in payload
    assert disclose(payload, disclosures) == CLAIMS


def test_nothing_withheld_leaves_no_trace() -> None:
    """SD-JWT VC: no `_sd` and no disclosures where nothing can be withheld."""
    issued = issue([])
    payload = json.loads(urlsafe_b64decode(issued.issuer_jwt.split(".")[1] + "=="))
    assert (issued.disclosures, "_sd" in payload, "_sd_alg" in payload) == ((), False, False)


@pytest.mark.parametrize(
    "path", [("exp",), ("iss",), ("cnf",), ("vct",), ("status", "status_list"), ("vct#integrity",), ("nbf",)], ids=str
)
def test_what_judges_a_credential_cannot_be_withheld(path: Any) -> None:
    with pytest.raises(ValueError, match="withheld"):
        issue([path])


@pytest.mark.parametrize(
    "path", [("nothing",), ("classes", 2), ("classes", "0"), ("name", "first"), ("address", 0)], ids=str
)
def test_a_path_must_lead_somewhere(path: Any) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        issue([path])


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_a_claim_cannot_have_a_name_of_the_format(name: str) -> None:
    with pytest.raises(ValueError, match="keeps for itself"):
        withhold({"a": {name: 1}}, [], rng=Random(3))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(["name", "address", "classes"])))
def test_a_checker_learns_what_is_revealed_and_nothing_else(reveal: set[str]) -> None:
    issued = issue([("name",), ("address",), ("classes",)])
    kept = tuple(each for each in issued.disclosures if parse_disclosure(each)[0] in reveal)
    claims = check(show(replace(issued, disclosures=kept)), occasion=OCCASION).claims
    assert set(claims) == {"iss", "exp", "vct", "cnf", *reveal}


NAMES = st.text(max_size=12).filter(lambda name: name not in {"_sd", "...", "_sd_alg"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=5), st.data())
def test_any_name_and_value_is_said_as_it_was_given(claims: dict[str, Any], data: st.DataObject) -> None:
    """RFC 9901, 4.2.1: JSON of any kind, letters of any alphabet, whatever must be escaped."""
    paths = [(name,) for name in claims if data.draw(st.booleans())]
    payload, disclosures = withhold(claims, paths, rng=Random(3), decoys=2)
    assert disclose(payload, disclosures) == claims
    digests = [urlsafe_b64decode(digest + "=") for digest in payload.get("_sd", [])]
    assert (len(digests), digests) == (len(paths) + 2 if paths else 0, sorted(digests))
    for disclosure in disclosures:
        salt, *content = json.loads(urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
        assert len(urlsafe_b64decode(salt)) == 18
        assert content in [[name, claims[name]] for (name,) in paths]


def test_credentials_that_are_issued_together_share_no_salt_and_no_digest() -> None:
    """RFC 9901, 9.3, 10.1: each is its holder's, and holds for itself."""
    holders = [
        Holder(generate_signing_key().public_jwk(), StatusReference("https://i.example/s", at)) for at in range(3)
    ]
    for paths in ([("name",), ("classes",)], PATHS):
        issued = issue_sd_jwt_vcs(
            CLAIMS, holders, vct=VCT, withheld=paths, signer=VcSigner(ISSUER), rng=Random(3), decoys=2
        )
        for text, (key, status) in zip(issued, holders, strict=True):
            verified = check(text)
            assert (verified.token.holder_key, verified.status) == (key, status)
            assert {name: verified.claims[name] for name in CLAIMS} == CLAIMS
        disclosures = [disclosure for text in issued for disclosure in text.split("~")[1:-1]]
        assert len(set(disclosures)) == 3 * len(paths)
        salts = [json.loads(urlsafe_b64decode(each + "=" * (-len(each) % 4)))[0] for each in disclosures]
        digests = [digest for text in issued for digest in find_digests(payload_of(text))]
        assert len(set(salts)) == len(salts)
        assert len(set(digests)) == len(digests) > 0


def payload_of(text: str) -> Any:
    return json.loads(urlsafe_b64decode(text.split(".")[1] + "=="))


def find_digests(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [*value.get("_sd", []), *([value["..."]] if "..." in value else [])]
        return own + [digest for each in value.values() for digest in find_digests(each)]
    return [digest for each in value for digest in find_digests(each)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", ["cnf", "status"])
def test_a_key_and_a_status_are_no_claims_of_all(name: str) -> None:
    with pytest.raises(ValueError, match="each holder's own"):
        issue_sd_jwt_vcs(CLAIMS | {name: {}}, [Holder()], vct=VCT, withheld=[], signer=VcSigner(ISSUER), rng=Random(3))


@cache
def shop() -> Workshop:
    return Workshop(NOW, make_key, Random(1))


def test_an_issuer_is_known_by_its_certificate() -> None:
    """HAIP 1.0: `x5c` without the root."""
    signer = VcSigner(generate_signing_key())
    certified = VcSigner(replace(signer.key), shop().make_signer(key=signer.key.private_key).certificate)
    root = parse_certificate(shop().root)
    verified = check(issue(signer=certified), trust=VcTrust(roots=[root]))
    assert verified.issuer is not None
    assert verified.issuer.root == root
    with pytest.raises(VerificationFailed) as refusal:
        check(issue(signer=certified), trust=VcTrust(keys=[ISSUER.public_jwk()]))
    assert refusal.value.step in ("key", "signature")


def test_a_credential_says_where_its_status_stands() -> None:
    status = StatusReference("https://issuer.example/status/1", 9)
    assert check(issue(status=status)).status == status
    assert check(issue()).status is None


def test_what_was_shown_to_somebody_is_no_credential_of_ones_own() -> None:
    with pytest.raises(VerificationFailed) as refusal:
        check(show(issue()))
    assert refusal.value.code == "key_binding_unexpected"


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_character_that_is_altered_is_refused(data: st.DataObject) -> None:
    sent = str(show(issue([("name",), ("classes", 1)])))
    at = data.draw(st.integers(0, len(sent) - 1))
    other = data.draw(st.sampled_from("ABab019-_.~=").filter(lambda sign: sign != sent[at]))
    is_spare = at + 1 == len(sent) or sent[at + 1] in ".~"  # the last character of base64 has bits that mean nothing
    if is_spare:
        return
    with pytest.raises(VerificationFailed):
        check(sent[:at] + other + sent[at + 1 :], occasion=OCCASION)
