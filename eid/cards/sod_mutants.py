"""Mutants of EF.SOD: its structure, its security object, its attributes, its signature; steps 1 to 11. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from eid.cards.forgery import Authority, resign
from eid.cards.workshop import Mutant, Workshop, flip
from eid.crypto.algorithms import HASH_OIDS, Scheme, build_signature_algorithm
from eid.crypto.curves import CURVES
from eid.crypto.lds import (
    SOD,
    build_security_object,
)
from eid.crypto.sod import CONTENT_TYPE, MESSAGE_DIGEST
from eid.crypto.tlv import build_integer, build_oid, build_sequence, build_tlv, parse_tlv
from eid.crypto.x509 import parse_certificate


def _attribute(kind: str, *values: bytes) -> bytes:
    return build_sequence(build_oid(kind), build_tlv(0x31, *values))


def structure_mutants(w: Workshop) -> Iterator[Mutant]:
    """Steps 1 to 4."""
    sod, step = w.sod(), "sod_structure"
    bomb = b""
    for _ in range(200):
        bomb = build_tlv(0x30, bomb)
    yield w.mutant("sod-missing", "EF.SOD is not there.", step, "sod_missing", without=(SOD,))
    yield w.mutant("sod-cut-short", "EF.SOD ends in the middle.", step, "sod_malformed", sod[:-20])
    yield w.mutant("sod-length-lies", "EF.SOD says that it is longer than it is.", step, "sod_malformed", flip(sod, 3))
    yield w.mutant("sod-nested-bomb", "EF.SOD nests two hundred deep.", step, "sod_malformed", build_tlv(0x77, bomb))
    yield w.mutant("sod-of-zeros", "EF.SOD is 200 kB of zeros.", step, "sod_malformed", build_tlv(0x77, bytes(200_000)))
    yield w.mutant("sod-with-more-behind", "Bytes follow EF.SOD.", step, "sod_trailing_data", sod + bytes(8))
    [info] = parse_tlv(sod, 0x77).children()
    loose = b"\x30\x80" + info.value + b"\x00\x00"
    yield w.mutant("sod-indefinite", "EF.SOD is in BER.", "sod_encoding", "sod_not_der", build_tlv(0x77, loose))
    for name, what, code, changes in (
        ("cms-other-type", "EF.SOD calls itself enveloped data.", "cms_wrong_type", {"kind": "1.2.840.113549.1.7.3"}),
        ("cms-version-1", "SignedData is of version 1.", "cms_version", {"version": 1}),
        ("cms-version-9", "SignedData is of version 9.", "cms_version", {"version": 9}),
        ("cms-no-signer", "Nobody signed.", "cms_signer_count", {"signers": 0}),
        ("cms-two-signers", "It is signed twice.", "cms_signer_count", {"signers": 2}),
        ("cms-digest-not-listed", "The signer's digest is not listed.", "sig_alg_mismatch", {"listed_hash": "sha512"}),
    ):
        yield w.mutant(name, what, "cms", code, w.sod(**changes))
    for name, oid in (("content-other", "1.2.3.4"), ("content-plain-data", "1.2.840.113549.1.7.1")):
        yield w.mutant(
            name, f"What is signed calls itself {oid}.", "content_type", "econtent_type", w.sod(content_type=oid)
        )


def security_object_mutants(w: Workshop) -> Iterator[Mutant]:
    """Steps 5 to 8."""
    step, sha256 = "security_object", build_sequence(build_oid(HASH_OIDS["sha256"]))

    def pair(number: int, length: int = 32) -> bytes:
        return build_sequence(build_integer(number), build_tlv(0x04, bytes(length)))

    def listing(*pairs: bytes, version: int = 0, algorithm: bytes = sha256) -> bytes:
        return build_sequence(build_integer(version), algorithm, build_sequence(*pairs))

    md5 = build_sequence(build_oid("1.2.840.113549.2.5"))
    alone = build_security_object({1: bytes(32)}, hash_name="sha256")
    for name, what, code, content in (
        ("lds-without-dg2", "DG2 is not listed.", "lds_malformed", alone),
        ("lds-dg-twice", "DG1 is listed twice.", "lds_duplicate_dg", listing(pair(1), pair(1), pair(2))),
        ("lds-dg-17", "A DG17 is listed.", "lds_malformed", listing(pair(1), pair(2), pair(17))),
        ("lds-short-digest", "A digest is too short.", "lds_hash_length", listing(pair(1), pair(2, 31))),
        ("lds-version-lies", "Version 1 without versions.", "lds_version", listing(pair(1), pair(2), version=1)),
        ("lds-md5", "Digests by MD5.", "unknown_algorithm", listing(pair(1, 16), pair(2, 16), algorithm=md5)),
    ):
        yield w.mutant(name, what, step, code, w.sod(content=content))
    weak = ("digest_algorithms", "weak_algorithm")
    yield w.mutant("sha1-data-groups", "Data groups are digested by SHA-1.", *weak, w.sod(lds_hash_name="sha1"))
    yield w.mutant("sha1-signature", "EF.SOD is signed by SHA-1.", *weak, w.sod(hash_name="sha1"))
    step, certificates = "signer_certificate", [w.document_signer().build() for _ in range(2)]
    yield w.mutant("signer-absent", "No certificate of the signer.", step, "dsc_not_found", w.sod(certificates=[]))
    yield w.mutant("signer-twice", "Two fit the signer.", step, "dsc_ambiguous", w.sod(certificates=certificates))
    again = dataclasses.replace(w.signer, serial=4712)
    sod = w.sod(certificates=[w.signer.build(), again.build()], by_key_id=True, signer_version=3)
    yield w.mutant("signer-key-id-twice", "Two have the signer's key identifier.", step, "dsc_ambiguous", sod)
    step, lds = "signed_attributes", build_oid("2.23.136.1.1.1")
    other = _attribute(MESSAGE_DIGEST, build_tlv(0x04, bytes(32)))
    for name, what, code, change in (
        ("attr-no-digest", "No messageDigest.", "attr_missing", lambda found: [found[0], found[2]]),
        ("attr-no-type", "No contentType.", "attr_missing", lambda found: found[1:]),
        ("attr-none", "No signed attributes at all.", "attr_missing", lambda found: []),
        ("attr-twice", "messageDigest occurs twice.", "attr_duplicate", lambda found: [*found, found[1]]),
        (
            "attr-two-values",
            "contentType has two values.",
            "attr_duplicate",
            lambda found: [_attribute(CONTENT_TYPE, lds, lds), *found[1:]],
        ),
        (
            "attr-other-type",
            "contentType is another.",
            "content_type_mismatch",
            lambda found: [_attribute(CONTENT_TYPE, build_oid("1.2.3")), *found[1:]],
        ),
        (
            "attr-other-digest",
            "messageDigest is another.",
            "message_digest_mismatch",
            lambda found: [found[0], other, found[2]],
        ),
    ):
        yield w.mutant(name, what, step, code, w.sod(change_attributes=change))
    yield w.mutant("attr-unsorted", "Attributes out of order.", step, "attrs_not_der", w.sod(sorted_attributes=False))


def signature_mutants(w: Workshop) -> Iterator[Mutant]:
    """Steps 9 to 11."""
    step, by_rsa = "signature_algorithm", w.document_signer(key=w.make_key("rsa2048"))
    pss = build_oid("1.2.840.113549.1.1.10")
    for name, what, code, changes in (
        (
            "alg-other-digest",
            "The algorithm names another digest than the signer.",
            "sig_alg_mismatch",
            {"named_algorithm": build_signature_algorithm(Scheme("ecdsa", "sha512"))},
        ),
        (
            "alg-null",
            "ECDSA with NULL parameters.",
            "sig_alg_params",
            {"named_algorithm": build_sequence(build_oid("1.2.840.10045.4.3.2"), build_tlv(0x05))},
        ),
        (
            "alg-md5",
            "MD5 with RSA.",
            "unknown_algorithm",
            {"named_algorithm": build_sequence(build_oid("1.2.840.113549.1.1.4"))},
        ),
        (
            "pss-bare",
            "PSS without parameters.",
            "pss_params",
            {"signer": by_rsa, "named_algorithm": build_sequence(pss)},
        ),
        (
            "pss-trailer",
            "PSS with trailer 2.",
            "pss_params",
            {
                "signer": by_rsa,
                "named_algorithm": build_sequence(pss, build_sequence(build_tlv(0xA3, build_integer(2)))),
            },
        ),
    ):
        yield w.mutant(name, what, step, code, w.sod(**changes))
    named = build_signature_algorithm(Scheme("rsa", "sha256"))
    yield w.mutant(
        "alg-other-key", "RSA is named for a P-256 key.", "signer_key", "sig_alg_mismatch", w.sod(named_algorithm=named)
    )
    small = w.document_signer(key=w.make_key("rsa1024"))
    yield w.mutant("key-rsa-1024", "The signer's RSA key is short.", "signer_key", "key_too_small", w.sod(signer=small))
    yield w.mutant(
        "curve-off-by-one",
        "The signer's curve is P-256 with another generator (CVE-2020-0601).",
        "signer_key",
        "ec_params_unknown",
        w.sod(certificates=[_with_other_generator(w.signer)]),
    )
    salt = build_signature_algorithm(Scheme("pss", "sha256", "sha256", 20))
    scheme = Scheme("pss", "sha256", "sha256", 32)
    invalid = ("sod_signature", "sod_signature_invalid")
    yield w.mutant(
        "pss-other-salt",
        "PSS says 20 octets of salt and has 32.",
        *invalid,
        w.sod(signer=by_rsa, scheme=scheme, named_algorithm=salt),
    )
    yield w.mutant("signature-flipped", "One bit of the signature.", *invalid, w.sod(change_signature=flip))
    yield w.mutant(
        "signature-by-another",
        "Somebody else's key signed under the signer's name.",
        *invalid,
        w.sod(signer=dataclasses.replace(w.signer, key=w.make_key("P-256")), certificates=[w.signer.build()]),
    )


def _with_other_generator(signer: Authority) -> bytes:
    """The signer's certificate with its key under explicit parameters whose generator is not the curve's."""
    curve = next(known for known in CURVES if known.name == "secp256r1")
    certificate = parse_certificate(signer.build())
    _algorithm, point = parse_tlv(certificate.raw_public_key, 0x30).children()
    size = curve.octets
    parameters = build_sequence(
        build_integer(1),
        build_sequence(build_oid("1.2.840.10045.1.1"), build_integer(curve.p)),
        build_sequence(build_tlv(0x04, curve.a.to_bytes(size, "big")), build_tlv(0x04, curve.b.to_bytes(size, "big"))),
        build_tlv(0x04, point.bits()),
        build_integer(curve.n),
        build_integer(1),
    )
    info = build_sequence(build_sequence(build_oid("1.2.840.10045.2.1"), parameters), point.raw)
    return resign(certificate.raw, signer.issuer_key, Scheme("ecdsa", "sha256"), public_key=info)
