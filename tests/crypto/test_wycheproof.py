"""Wycheproof's cases of signatures that are almost right, for the algorithms of documents (vectors/wycheproof/prune.py)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eid.crypto.active_auth import check_chip_answer
from eid.crypto.algorithms import Scheme, is_signed_without_null, parse_algorithm, parse_scheme, verify_signature
from eid.crypto.policy import STRICT
from eid.crypto.public_keys import PlainKey, parse_public_key
from eid.crypto.report import Report
from eid.crypto.tlv import SEQUENCE, parse_tlv
from eid.errors import Malformed, VerificationFailed

VECTORS = Path(__file__).parents[1] / "vectors" / "wycheproof"
Case = tuple[int, str, bytes, bytes, str]


@cache
def groups_of(kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / f"{kind}.json").read_text())["groups"]
    for group in found:
        group["key"] = bytes.fromhex(group["key"])
        group["tests"] = [
            (n, result, bytes.fromhex(m), bytes.fromhex(s), why) for n, result, m, s, why in group["tests"]
        ]
    return found


def files_of(kind: str) -> list[str]:
    return sorted({group["file"] for group in groups_of(kind)})


def holds(group: dict[str, Any], scheme: Scheme, case: Case) -> bool:
    try:
        verify_signature(
            parse_public_key(group["key"]), scheme, signature=case[3], message=case[2], step="step", code="code"
        )
    except VerificationFailed as refusal:
        assert (refusal.step, refusal.code) == ("step", "code")
        return False
    return True


def judged_wrongly(kind: str, file: str, scheme_of: Any) -> list[Case]:
    """Cases of this file that are not as they must be: valid ones accepted, all others refused."""
    groups = [group for group in groups_of(kind) if group["file"] == file]
    assert groups
    return [
        case
        for group in groups
        for case in group["tests"]
        if holds(group, scheme_of(group), case) != (case[1] == "valid")
    ]


@pytest.mark.parametrize("file", files_of("ecdsa"))
def test_ecdsa_in_der(file: str) -> None:
    """FIPS 186-5, 6.4.2, on NIST's and on brainpool's curves, P224r1 and P320r1 by our own arithmetic among them."""
    assert judged_wrongly("ecdsa", file, lambda group: Scheme("ecdsa", group["hash"])) == []


@pytest.mark.parametrize("file", files_of("rsa"))
def test_rsa_pkcs1(file: str) -> None:
    """RFC 8017, 8.2.2. What Wycheproof calls acceptable is a DigestInfo without NULL: refused too."""
    assert judged_wrongly("rsa", file, lambda group: Scheme("rsa", group["hash"])) == []


def test_a_digest_info_without_null_is_told_from_all_else() -> None:
    """RFC 8017, 9.2, note 1: the one departure that a policy may let pass, by comparison of the whole encoding."""
    found = {
        (case[1], "MissingNull" in case[4])
        for group in groups_of("rsa")
        for case in group["tests"]
        if is_signed_without_null(
            parse_public_key(group["key"]), Scheme("rsa", group["hash"]), signature=case[3], message=case[2]
        )
    }
    assert found == {("acceptable", True)}
    assert sum(case[1] == "acceptable" for group in groups_of("rsa") for case in group["tests"]) == 10


def pss_of(group: dict[str, Any]) -> Scheme:
    return Scheme("pss", group["hash"], group["mgf_hash"], group["salt"])


@pytest.mark.parametrize("file", files_of("pss"))
def test_rsa_pss(file: str) -> None:
    """RFC 8017, 8.1.2: other hashes in the mask than in the signature, salts of every length."""
    assert judged_wrongly("pss", file, pss_of) == []


def test_parameters_of_pss_are_read_as_they_are_meant() -> None:
    """RFC 4055, 3.1: the keys of some files bear them."""
    count = 0
    for group in groups_of("pss"):
        algorithm = parse_algorithm(parse_tlv(group["key"], SEQUENCE).children()[0])
        if "params" in group["file"]:
            assert parse_scheme(algorithm) == pss_of(group)
            count += 1
    assert count > 20


def test_other_parameters_than_the_signers_do_not_hold() -> None:
    """RFC 8017, 9.1.2: hash, mask and salt length are all part of what was signed."""
    for group in groups_of("pss"):
        case = next(case for case in group["tests"] if case[1] == "valid")
        right = pss_of(group)
        for wrong in (
            right,
            Scheme("pss", right.hash_name, right.mgf_hash_name, (right.salt_length + 1) % 64),
            Scheme("pss", right.hash_name, "sha224", right.salt_length),
            Scheme("pss", "sha224", right.mgf_hash_name, right.salt_length),
            Scheme("rsa", right.hash_name),
        ):
            assert holds(group, wrong, case) == (wrong == right)


@pytest.mark.parametrize("file", files_of("ecdsa_plain"))
def test_answers_of_chips_in_plain(file: str) -> None:
    """BSI TR-03111, 5.2.1: r and s, each as long as the order; with nothing put before or left out."""
    for group in groups_of("ecdsa_plain"):
        if group["file"] != file:
            continue
        for case in group["tests"]:
            code = _answer(group, case)
            if code == "ec_params_unknown":
                assert isinstance(parse_public_key(group["key"]), PlainKey)
            else:
                assert code == (None if case[1] == "valid" else "aa_signature_invalid"), case


def _answer(group: dict[str, Any], case: Case) -> str | None:
    report = Report(STRICT, ["active_authentication"])
    report.begin("active_authentication", malformed="aa_malformed")
    try:
        check_chip_answer(report, group["key"], challenge=case[2], response=case[3], hash_name=group["hash"])
    except (VerificationFailed, Malformed) as refusal:
        return refusal.code
    return None
