"""Checking an SD-JWT VC with files alone, with its key binding where it was shown and whoever asked says what they asked.
Pure."""

from __future__ import annotations

from datetime import datetime

from eid.credentials.list_checking import check_listed_status
from eid.credentials.reports import CheckedCredential, Report, build_steps
from eid.credentials.unverified import read_claims, read_header
from eid.credentials.verifier_trust import Trust
from eid.credentials.withdrawal import check_not_withdrawn
from eid.crypto.sd_jwt import SdJwt, parse_sd_jwt
from eid.crypto.sd_jwt_vc import TYP, Occasion, VcTrust, VerifiedVc, verify_sd_jwt_vc
from eid.errors import VerificationFailed

STEPS = (
    *("format", "key", "certificate", "typ", "signature", "disclosures", "iss", "time"),
    *("key_binding", "aud", "nonce", "sd_hash", "vct", "status"),
)
HELD = {"key_binding", "aud", "nonce", "sd_hash"}
"""What is known only where a nonce was given: that whoever shows it holds it."""
_STEP_OF = {"claims": "format", "structure": "format", "trust": "certificate"}


def check_vc(
    text: str,
    *,
    trust: Trust,
    now: datetime,
    expected_type: str | None = None,
    occasion: Occasion | None = None,
    status_list: str | bytes | None = None,
) -> Report:
    """What there is to say about it: the steps of verify_sd_jwt_vc, and that its signer was not withdrawn (certificate)."""
    skipped: set[str] = set()
    try:
        sd_jwt = parse_sd_jwt(text)
        skipped = _find_skipped(sd_jwt, trust, expected_type, occasion, status_list)
        verified = verify_sd_jwt_vc(
            str(sd_jwt) if occasion is not None else sd_jwt.bound_part,
            trust=VcTrust(trust.keys, trust.roots),
            expected_vct=expected_type or str(read_claims(sd_jwt.issuer_jwt).get("vct")),
            now=now,
            expected_issuer=trust.issuer,
            occasion=occasion,
        )
        check_not_withdrawn(verified.issuer, trust.withdrawn)
        check_listed_status(verified.status, status_list, trust=trust, now=now)
    except VerificationFailed as failure:
        return Report(build_steps(STEPS, skipped, failure, _canonical(failure)))
    return Report(build_steps(STEPS, skipped, None), credential=_describe(verified, is_held=occasion is not None))


def _find_skipped(
    sd_jwt: SdJwt,
    trust: Trust,
    expected_type: str | None,
    occasion: Occasion | None,
    status_list: str | bytes | None,
) -> set[str]:
    by_certificate = bool(trust.roots) and "x5c" in read_header(sd_jwt.issuer_jwt)
    return {
        "key" if by_certificate else "certificate",
        *(() if trust.issuer is not None else ("iss",)),
        *(() if occasion is not None else HELD),
        *(() if expected_type is not None else ("vct",)),
        *(() if status_list is not None else ("status",)),
    }


def _canonical(failure: VerificationFailed) -> str:
    if failure.code == "key_binding_stale":
        return "key_binding"
    if failure.step.startswith("status"):
        return "status"
    step = _STEP_OF.get(failure.step, failure.step)
    return step if step in STEPS else "time" if step in ("iat", "exp", "nbf") else "format"


def _describe(verified: VerifiedVc, *, is_held: bool) -> CheckedCredential:
    claims = {name: value for name, value in verified.claims.items() if name not in ("cnf", "status", "vct")}
    signer = verified.issuer.certificate.describe()["subject"] if verified.issuer else ""
    issuer = str(claims.get("iss", signer))
    return CheckedCredential(TYP, verified.vct, claims, issuer, claims.get("exp"), verified.status, is_held)
