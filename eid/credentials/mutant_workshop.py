"""Where broken credentials are made: an authority of the deck's own, and good parts of which one is changed. Pure."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws

from eid.cards.forgery import Authority, name_of
from eid.crypto.cbor import EMBEDDED, Cbor, Tag, build_cbor, parse_cbor
from eid.crypto.cose import ALG, ES256, X5CHAIN, Headers, build_cose_key, build_sign1
from eid.crypto.iaca import CRL_DISTRIBUTION_POINTS, ISSUER_ALTERNATIVE_NAME, MDOC_SIGNER
from eid.crypto.jwt import LargeHeaders
from eid.crypto.keys import SigningKey
from eid.crypto.mdoc import Validity, build_time
from eid.crypto.mdoc_device import build_device_authentication, build_openid4vp_transcript
from eid.crypto.sd_jwt import SdJwt, bind_sd_jwt
from eid.crypto.sd_jwt_vc import TYP, Occasion
from eid.crypto.status_list import StatusList, StatusReference, build_status, pack_statuses
from eid.crypto.tlv import build_sequence, build_tlv
from eid.crypto.withholding import Path, withhold
from eid.late_dataclasses import frozen

DOC_TYPE, NAME_SPACE = "org.iso.18013.5.1.mDL", "org.iso.18013.5.1"
VCT, ISSUER = "https://issuer.example/vct/licence", "https://issuer.example"
LIST_URI = "https://issuer.example/status/1"
VALID, REVOKED, SUSPENDED = 3, 5, 6
"""Places of the deck's status list."""
OCCASION = Occasion("x509_san_dns:verifier.example", "nonce-of-the-deck")
ELEMENTS: Mapping[str, Cbor] = {
    "family_name": "Trần",
    "given_name": "Văn Minh",
    "birth_date": Tag(1004, "1985-11-02"),
    "document_number": "990000000001",
    "driving_privileges": [{"vehicle_category_code": "B"}],
    "age_over_18": True,
}
CLAIMS: Mapping[str, Any] = {
    "family_name": "Trần",
    "given_name": "Văn Minh",
    "address": {"locality": "Huế", "country": "VN"},
    "nationalities": ["VN", "FR"],
}
WITHHELD: tuple[Path, ...] = (
    ("family_name",),
    ("given_name",),
    ("address",),
    ("address", "locality"),
    ("nationalities", 1),
)

MakeKey = Callable[[], ec.EllipticCurvePrivateKey]
Alter = Callable[[Any], Any]
"""Changes a part in place, or returns another one."""


@frozen
class Mutant:
    name: str
    form: str
    """`mso_mdoc`, `dc+sd-jwt`, `statuslist+jwt`, `statuslist+cwt`, or `eid1` for an offline code."""
    what: str
    """What is wrong with it, in one sentence."""
    step: str | None
    """Which step must refuse it; None for a good one."""
    code: str | None
    data: bytes


@frozen
class Made:
    """A certificate and the key that goes with it."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes


def altered(part: Any, alter: Alter | None) -> Any:
    if alter is None:
        return part
    changed = alter(part)
    return part if changed is None else changed


class Workshop:
    """The deck's own authority, and what its mutants are made of."""

    def __init__(self, at: datetime, make_key: MakeKey, rng: random.Random) -> None:
        self.at, self.make_key, self.rng = at, make_key, rng
        self.root_authority = self.make_root("Deck IACA")
        self.root = self.root_authority.build()
        self.signer = self.make_signer()
        self.device = SigningKey(make_key())
        self.list_key = SigningKey(make_key())
        self.transcript = build_openid4vp_transcript(
            client_id=OCCASION.audience,
            nonce=OCCASION.nonce,
            response_uri="https://verifier.example/answer",
            jwk_thumbprint=None,
        )
        self.statuses: StatusList = pack_statuses({REVOKED: 1, SUSPENDED: 2}, size=16, bits=2)

    def make_root(self, name: str, **changes: Any) -> Authority:
        key, subject = self.make_key(), name_of(name)
        made = Authority(
            key=key,
            subject=subject,
            issuer=subject,
            issuer_key=key,
            starts=self.at - timedelta(days=365),
            ends=self.at + timedelta(days=365 * 9),
            authority_key_id=False,
            more=(_email(),),
        )
        return replace(made, **changes)

    def make_signer(self, root: Authority | None = None, **changes: Any) -> Made:
        root = root or self.root_authority
        authority = Authority(
            key=self.make_key(),
            subject=name_of("Deck signer"),
            issuer=root.subject,
            issuer_key=root.key,
            starts=self.at - timedelta(days=60),
            ends=self.at + timedelta(days=300),
            ca=None,
            usage=frozenset({"digital_signature"}),
            extended_usage=MDOC_SIGNER,
            more=(_email(), _lists()),
        )
        authority = replace(authority, **changes)
        assert isinstance(authority.key, ec.EllipticCurvePrivateKey)
        return Made(authority.key, authority.build())

    def items(self) -> list[dict[str, Cbor]]:
        """The contents of the good mdoc's elements."""
        return [
            {"digestID": at, "random": self.rng.randbytes(32), "elementIdentifier": name, "elementValue": value}
            for at, (name, value) in enumerate(ELEMENTS.items())
        ]

    def mso(self, items: Sequence[Mapping[str, Cbor]], digest: Callable[[bytes], bytes]) -> dict[str, Cbor]:
        times = Validity(self.at - timedelta(days=1), self.at - timedelta(days=1), self.at + timedelta(days=14))
        return {
            "version": "1.0",
            "digestAlgorithm": "SHA-256",
            "valueDigests": {NAME_SPACE: {item["digestID"]: digest(build_cbor(embed(item))) for item in items}},
            "deviceKeyInfo": {"deviceKey": build_cose_key(_public(self.device))},
            "docType": DOC_TYPE,
            "validityInfo": {
                "signed": build_time(times.signed_at),
                "validFrom": build_time(times.valid_from),
                "validUntil": build_time(times.valid_until),
            },
            "status": build_status(StatusReference(LIST_URI, VALID)),
        }

    def mdoc(
        self,
        digest: Callable[[bytes], bytes],
        *,
        items: Alter | None = None,
        shown: Alter | None = None,
        mso: Alter | None = None,
        payload: Alter | None = None,
        protected: Headers | None = None,
        auth: Alter | None = None,
        signer: Made | None = None,
        device: Alter | None = None,
        device_key: ec.EllipticCurvePrivateKey | None = None,
        transcript: bytes | None = None,
        document: Alter | None = None,
        response: Alter | None = None,
    ) -> bytes:
        """A DeviceResponse that is right in all but what is altered: before it is digested (`items`), after that (`shown`),
        before it is signed (`mso`, `payload`), after that (`auth`), and in its holder's hands."""
        signer = signer or self.signer
        contents = altered(self.items(), items)
        signed = altered(embed(altered(self.mso(contents, digest), mso)), payload)
        sign1 = parse_cbor(
            build_sign1(
                build_cbor(signed),
                key=signer.key,
                protected={ALG: ES256} if protected is None else protected,
                unprotected={X5CHAIN: signer.certificate},
            )
        )
        spaces: dict[str, Cbor] = {NAME_SPACE: [embed(item) for item in contents]}
        whole: dict[str, Cbor] = {
            "docType": DOC_TYPE,
            "issuerSigned": {"nameSpaces": altered(spaces, shown), "issuerAuth": altered(sign1, auth)},
        }
        whole["deviceSigned"] = altered(self._device_signed(device_key, transcript), device)
        answer = {"version": "1.0", "documents": [altered(whole, document)], "status": 0}
        return build_cbor(altered(answer, response))

    def _device_signed(self, key: ec.EllipticCurvePrivateKey | None, transcript: bytes | None) -> dict[str, Cbor]:
        return self.device_signed({}, key=key, transcript=transcript)

    def device_signed(
        self,
        elements: Mapping[str, Cbor],
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        transcript: bytes | None = None,
        doc_type: str = DOC_TYPE,
    ) -> dict[str, Cbor]:
        spaces = embed(dict(elements))
        content = build_device_authentication(transcript or self.transcript, doc_type, build_cbor(spaces))
        own = key or self.device.private_key
        assert isinstance(own, ec.EllipticCurvePrivateKey)
        proof = build_sign1(content, key=own, protected={ALG: ES256}, is_detached=True)
        return {"nameSpaces": spaces, "deviceAuth": {"deviceSignature": parse_cbor(proof)}}

    def vc_claims(self) -> dict[str, Any]:
        now = int(self.at.timestamp())
        return {**CLAIMS, "iss": ISSUER, "iat": now - 3600, "exp": now + 14 * 86400}

    def vc(
        self,
        *,
        payload: Alter | None = None,
        header: Alter | None = None,
        signer: Made | None = None,
        signing_key: ec.EllipticCurvePrivateKey | None = None,
        withheld: Sequence[Path] = WITHHELD,
        parts: Alter | None = None,
    ) -> SdJwt:
        """An SD-JWT VC that is right in all but what is altered, with all its disclosures and no key binding."""
        signer = signer or self.signer
        claims, disclosures = withhold(self.vc_claims(), withheld, rng=self.rng, decoys=2)
        claims |= {"vct": VCT, "cnf": {"jwk": self.device.public_jwk()}}
        claims["status"] = build_status(StatusReference(LIST_URI, VALID))
        head = {"alg": "ES256", "typ": TYP, "x5c": [b64encode(signer.certificate).decode()]}
        token = self.sign_jwt(altered(head, header), altered(claims, payload), signing_key or signer.key)
        sd_jwt: SdJwt = altered(SdJwt(token, disclosures), parts)
        return sd_jwt

    def sign_jwt(self, header: Mapping[str, Any], claims: Any, key: ec.EllipticCurvePrivateKey) -> str:
        body = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
        return jws.serialize_compact(
            dict(header), body, SigningKey(key).jwk, registry=LargeHeaders(algorithms=["ES256"])
        )

    def show(self, sd_jwt: SdJwt, **changes: Any) -> SdJwt:
        """The token, shown by its holder on the deck's occasion."""
        bound: dict[str, Any] = {
            "key": self.device,
            "audience": OCCASION.audience,
            "nonce": OCCASION.nonce,
            "now": self.at,
        }
        return bind_sd_jwt(sd_jwt, **(bound | changes))


def embed(value: Cbor) -> Tag:
    return Tag(EMBEDDED, build_cbor(value))


def _public(key: SigningKey) -> ec.EllipticCurvePublicKey:
    public = key.private_key.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    return public


def _email() -> tuple[str, bool, bytes]:
    return ISSUER_ALTERNATIVE_NAME, False, build_sequence(build_tlv(0x81, b"iaca@issuer.example"))


def _lists() -> tuple[str, bool, bytes]:
    address = build_tlv(0x86, b"https://issuer.example/iaca.crl")
    return CRL_DISTRIBUTION_POINTS, False, build_sequence(build_sequence(build_tlv(0xA0, build_tlv(0xA0, address))))
