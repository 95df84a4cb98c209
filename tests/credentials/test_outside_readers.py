"""Readers that are not ours accept every good credential of ours, and refuse what was altered: @owf/mdoc, @auth0/mdl and
@sd-jwt/sd-jwt-vc (npm), pymdoccbor and sd-jwt (PyPI). `make clients` installs the npm ones.

One process for each reader reads everything. Of the deck of mutants reader_gaps.json says which ones each reader lets pass: what
it leaves to its caller, and what it overlooks.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography import x509
from jwcrypto.jwk import JWK
from pymdoccbor.mdoc.verifier import MdocCbor
from sd_jwt.verifier import SDJWTVerifier

from eid.credentials.mdoc_mutants import mdoc_mutants
from eid.credentials.mutant_workshop import DOC_TYPE, ELEMENTS, NAME_SPACE, OCCASION, VCT, WITHHELD, Workshop
from eid.credentials.mutants import make_key
from eid.credentials.status_list_mutants import status_list_mutants
from eid.credentials.vc_mutants import vc_mutants
from eid.crypto.cbor import build_embedded
from eid.crypto.cose import build_cose_key
from eid.crypto.keys import SigningKey
from eid.crypto.mdoc import Validity
from eid.crypto.mdoc_device import build_device_response, parse_device_response
from eid.crypto.mdoc_issuing import MdocSigner, build_issuer_signed
from eid.crypto.sd_jwt_vc_issuing import VcSigner, build_sd_jwt_vc
from eid.crypto.status_list import StatusReference

CLIENTS = Path(__file__).parent.parent / "clients"
GAPS = json.loads((Path(__file__).parent / "reader_gaps.json").read_text())
RNG = Random(5)
Verdicts = Mapping[str, str | None]
"""Name → None where it was accepted, else why not."""


@cache
def made_at() -> datetime:
    """Some readers take no other time than that of the machine."""
    return datetime.now(UTC).replace(microsecond=0)


@cache
def shop() -> Workshop:
    return Workshop(made_at(), make_key, Random(1))


@cache
def good_mdocs() -> dict[str, bytes]:
    """Answers that our issuer and our holder made: elements of each kind, with a status and without, more and less shown."""
    made = {}
    for number in range(12):
        issued = build_issuer_signed(
            {NAME_SPACE: dict(ELEMENTS) | {"portrait": RNG.randbytes(200 * number)}, "org.example": {"points": number}},
            doc_type=DOC_TYPE,
            device_key=build_cose_key(shop().device.private_key.public_key()),  # type: ignore[arg-type]
            validity=Validity(made_at(), made_at(), made_at() + timedelta(days=14)),
            signer=MdocSigner(shop().signer.key, shop().signer.certificate),
            rng=RNG,
            status=StatusReference("https://issuer.example/status/1", 3) if number % 2 else None,
        )
        reveal = {NAME_SPACE: [*ELEMENTS, "portrait"][number % 7 :], "org.example": ["points"]}
        key: Any = shop().device.private_key
        made[f"mdoc_{number}"] = build_device_response(
            issued, doc_type=DOC_TYPE, reveal=reveal, key=key, transcript=shop().transcript
        )
    return made


@cache
def altered_mdocs() -> dict[str, bytes]:
    """Good ones of which one bit is another: in each element, what the issuer signed, its certificate, both signatures."""
    made = {}
    for name, data in list(good_mdocs().items())[:4]:
        document = parse_device_response(data).documents[0]
        auth, device = document.issuer_signed.issuer_auth, document.device_signed.signature
        assert auth.payload and device
        parts = [item.raw[4:] for items in document.issuer_signed.items.values() for item in items]
        parts += [auth.payload[5:], auth.signature, device.signature, auth.unprotected[33][200:]]
        for number, part in enumerate(parts):
            at = data.index(part) + RNG.randrange(len(part))
            made[f"{name}_bit_{number}"] = data[:at] + bytes([data[at] ^ 1 << RNG.randrange(8)]) + data[at + 1 :]
    return made


@cache
def good_vcs() -> dict[str, str]:
    """Presentations that our issuer and our holder made: nothing withheld up to everything, nothing shown up to everything."""
    claims = shop().vc_claims() | {"classes": [{"class": "B"}], "may_drive": True, "points": 12}
    made = {}
    for number in range(12):
        issued = build_sd_jwt_vc(
            claims,
            vct=VCT,
            withheld=WITHHELD[: number % (len(WITHHELD) + 1)] if number < 11 else [*WITHHELD, ("classes", 0, "class")],
            signer=VcSigner(SigningKey(shop().signer.key), shop().signer.certificate if number % 2 else None),
            rng=RNG,
            holder_key=shop().device.public_jwk(),
            decoys=number % 3,
        )
        kept = issued.disclosures if number % 4 else ()
        made[f"vc_{number}"] = str(shop().show(replace(issued, disclosures=kept)))
    return made


@cache
def altered_vcs() -> dict[str, str]:
    """Good ones of which one character is another: in the signed claims, a signature, a disclosure, the holder's proof."""
    made = {}
    for name, text in good_vcs().items():
        for number in range(6):
            at = RNG.choice(
                [at for at in range(30, len(text) - 1) if text[at] not in ".~" and text[at + 1] not in ".~"]
            )
            other = "A" if text[at] != "A" else "Q"
            made[f"{name}_at_{at}_{number}"] = text[:at] + other + text[at + 1 :]
    return made


@cache
def mutants(form: str) -> dict[str, bytes]:
    make = mdoc_mutants if form == "mdoc" else vc_mutants
    return {each.name: each.data for each in make(shop()) if each.step is not None}


def ask_node(script: str, task: dict[str, Any]) -> dict[str, Any]:
    """What the script answers; without Node.js and the readers there is nothing to test, which CI takes for a failure."""
    node = shutil.which("node")
    if not node or not (CLIENTS / "node_modules/@owf/mdoc").is_dir():
        reason = "no Node.js, or the outside readers are not installed: make clients"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(
        [node, str(CLIENTS / script)], input=json.dumps(task), capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def read_mdocs_by_node(script: str, mdocs: Mapping[str, bytes]) -> Verdicts:
    def write(data: bytes) -> str:
        return b64encode(data).decode()

    task = {
        "root": write(shop().root),
        "transcript": write(shop().transcript),
        "transcript_bytes": write(build_embedded(shop().transcript)),
        "credentials": {name: write(data) for name, data in mdocs.items()},
    }
    return ask_node(script, task)


def read_mdocs_by_pymdoccbor(mdocs: Mapping[str, bytes]) -> Verdicts:
    root, verdicts = x509.load_der_x509_certificate(shop().root), {}
    for name, data in mdocs.items():
        reader = MdocCbor()
        try:
            reader.loads(data)
            verdicts[name] = None if reader.verify([root]) else "refused"
        except Exception as error:  # noqa: BLE001 - it refuses by whatever its libraries raise
            verdicts[name] = repr(error)
    return verdicts


def issuer_key() -> dict[str, Any]:
    return SigningKey(shop().signer.key).public_jwk()


def read_vcs_by_node(vcs: Mapping[str, str]) -> Verdicts:
    [status_list] = [each.data for each in status_list_mutants(shop()) if each.name == "list_jwt_good"]
    task = {
        "key": issuer_key(),
        "nonce": OCCASION.nonce,
        "list": status_list.decode(),
        "list_key": shop().list_key.public_jwk(),
        "credentials": dict(vcs),
    }
    answers = ask_node("sd-jwt-vc.mjs", task)
    return {name: answer.get("refused") for name, answer in answers.items()}


def read_vcs_by_sd_jwt(vcs: Mapping[str, str]) -> Verdicts:
    key, verdicts = JWK.from_json(json.dumps(issuer_key())), {}
    for name, text in vcs.items():
        try:
            SDJWTVerifier(text, lambda _issuer, _header: key, OCCASION.audience, OCCASION.nonce).get_verified_payload()
            verdicts[name] = None
        except Exception as error:  # noqa: BLE001 - it refuses by whatever its libraries raise
            verdicts[name] = repr(error)
    return verdicts


def accepted(verdicts: Verdicts) -> set[str]:
    return {name for name, verdict in verdicts.items() if verdict is None}


@pytest.fixture(autouse=True)
def fresh() -> None:
    """A key binding is good for minutes, and other tests may have come in between: then everything is made anew."""
    if datetime.now(UTC) - made_at() > timedelta(minutes=1):
        for made in (made_at, shop, good_mdocs, altered_mdocs, good_vcs, altered_vcs, mutants):
            made.cache_clear()


@pytest.mark.clients
@pytest.mark.parametrize("reader", ["mdoc-owf.mjs", "mdoc-auth0.mjs"])
def test_a_reader_of_mdocs_accepts_ours_and_refuses_what_was_altered(reader: str) -> None:
    """ISO/IEC 18013-5, 9.3.1. Neither looks at the status, at an annex B profile beyond the chain and the times, or at what a
    device may say; both read CBOR leniently."""
    verdicts = read_mdocs_by_node(reader, good_mdocs() | altered_mdocs() | mutants("mdoc"))
    assert {name: verdicts[name] for name in good_mdocs()} == dict.fromkeys(good_mdocs())
    assert accepted(verdicts) & altered_mdocs().keys() == set()
    assert sorted(accepted(verdicts) & mutants("mdoc").keys()) == GAPS[reader]


def test_pymdoccbor_accepts_our_mdocs_and_refuses_what_the_issuer_did_not_sign() -> None:
    """It judges the issuer's signature, the chain and the digests: neither the device's proof, nor times, types or keys."""
    verdicts = read_mdocs_by_pymdoccbor(good_mdocs() | altered_mdocs() | mutants("mdoc"))
    assert {name: verdicts[name] for name in good_mdocs()} == dict.fromkeys(good_mdocs())
    held = {name for name in altered_mdocs() if is_of_device(name)}
    assert accepted(verdicts) & altered_mdocs().keys() <= held
    assert sorted(accepted(verdicts) & mutants("mdoc").keys()) == GAPS["pymdoccbor"]


def is_of_device(name: str) -> bool:
    """Whether the bit that is another lies in the device's signature."""
    sent, good = altered_mdocs()[name], good_mdocs()[name.split("_bit_")[0]]
    device = parse_device_response(good).documents[0].device_signed.signature
    assert device
    at = next(at for at in range(len(sent)) if sent[at] != good[at])
    return 0 <= at - good.index(device.signature) < len(device.signature)


@pytest.mark.clients
def test_sd_jwt_vc_accepts_our_credentials_and_refuses_what_was_altered() -> None:
    """RFC 9901, 7.1 and 7.3. It is given the issuer's key, so certificates are not its matter; it compares nonce and `sd_hash`,
    and leaves audience and age of the key binding, `iss` and `vct` to its caller. It overlooks disclosures without a digest,
    digests that stand twice, and that what judges a credential could be withheld."""
    broken = {name: data.decode() for name, data in mutants("vc").items()}
    verdicts = read_vcs_by_node(good_vcs() | altered_vcs() | broken)
    assert {name: verdicts[name] for name in good_vcs()} == dict.fromkeys(good_vcs())
    assert accepted(verdicts) & altered_vcs().keys() == set()
    assert sorted(accepted(verdicts) & broken.keys()) == GAPS["sd-jwt-vc.mjs"]


def test_sd_jwt_of_pypi_accepts_our_credentials_and_refuses_what_was_altered() -> None:
    """RFC 9901. The reference implementation judges signatures, digests and the key binding; it knows no times, types and status,
    and takes a disclosure that belongs to no digest for none."""
    broken = {name: data.decode() for name, data in mutants("vc").items()}
    verdicts = read_vcs_by_sd_jwt(good_vcs() | altered_vcs() | broken)
    assert {name: verdicts[name] for name in good_vcs()} == dict.fromkeys(good_vcs())
    assert accepted(verdicts) & altered_vcs().keys() == set()
    assert sorted(accepted(verdicts) & broken.keys()) == GAPS["sd-jwt"]
