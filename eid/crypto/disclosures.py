"""Disclosures of a token (RFC 9901, sections 4.2 and 7.1): what is withheld from its signed claims, and put back in its place.

Who signed, and whether they may, is eid.crypto.sd_jwt's matter.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from struct import unpack
from typing import Any

from eid.errors import VerificationFailed

HASHES = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
RESERVED = {"_sd", "..."}

Json = Any

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""One encoder for all: making one costs more than a disclosure."""
quote = json.encoder.encode_basestring
"""A text as JSON has it."""
_TO_URL = bytes.maketrans(b"+/", b"-_")


def write_json(value: Json) -> str:
    """JSON without blanks. Nearly all values are texts, numbers and truth values, which need no encoder."""
    kind = type(value)
    if kind is str:
        return quote(value)
    if kind is int:
        return int.__repr__(value)
    if kind is bool:
        return "true" if value else "false"
    return _write(value)


def write_members(members: Mapping[str, Json]) -> str:
    """What stands between the braces of an object."""
    return ",".join(
        [f"{quote(name)}:{quote(each) if type(each) is str else write_json(each)}" for name, each in members.items()]
    )


def build_disclosure(content: Sequence[Json], *, salt: bytes) -> str:
    """[salt, name, value] of a claim or [salt, value] of an array's element, in base64url (sections 4.2.1, 4.2.2)."""
    return encode(write_json([encode(salt), *content]).encode())


def parse_disclosure(disclosure: str) -> tuple[str | None, Json]:
    """Name and value; no name for an array's element. Raises VerificationFailed: disclosure_malformed."""
    try:
        parts = json.loads(urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _malformed("no JSON in base64url") from error
    if not isinstance(parts, list) or len(parts) not in (2, 3) or not isinstance(parts[0], str):
        raise _malformed("not two or three parts")
    if len(parts) == 2:
        return None, parts[1]
    if not isinstance(parts[1], str) or parts[1] in RESERVED:
        raise _malformed("no name that a claim can have")
    return parts[1], parts[2]


def digest_of_disclosure(disclosure: str, algorithm: str = "sha-256") -> str:
    """The digest under which a disclosure stands in the token (section 4.2.3)."""
    return encode(HASHES[algorithm](disclosure.encode()).digest())


def disclose(signed: Mapping[str, Json], disclosures: Sequence[str]) -> dict[str, Json]:
    """The signed claims with what is disclosed at its place (section 7.1, step 3).

    Raises VerificationFailed (step disclosures) where a disclosure has no digest, a digest stands twice, a claim would be
    there twice, or the structure is none that the RFC knows.
    """
    algorithm = algorithm_of(signed)
    by_digest = {digest_of_disclosure(each, algorithm): each for each in disclosures}
    if len(by_digest) != len(disclosures):
        raise _malformed("a disclosure stands twice")
    reading = _Reading(by_digest)
    try:
        claims: dict[str, Json] = reading.read(dict(signed))
    except RecursionError as error:
        raise _malformed("nested too deeply") from error
    if reading.used != by_digest.keys():
        raise _malformed("a disclosure belongs to no digest")
    claims.pop("_sd_alg", None)
    return claims


class _Reading:
    """One walk through a token: which digests were met, and which disclosures were put in their place."""

    def __init__(self, by_digest: Mapping[str, str]) -> None:
        self.by_digest = by_digest
        self.met: set[str] = set()
        self.used: set[str] = set()

    def read(self, value: Json) -> Json:
        if isinstance(value, dict):
            return self._read_object(value)
        if isinstance(value, list):
            return [read for element in value for read in self._read_element(element)]
        return value

    def _read_object(self, value: dict[str, Json]) -> dict[str, Json]:
        digests = value.get("_sd", [])
        if not isinstance(digests, list) or "..." in value:
            raise _malformed("a reserved name is used for something else")
        read = {name: self.read(each) for name, each in value.items() if name != "_sd"}
        for digest in digests:
            disclosure = self._meet(digest)
            if disclosure is None:
                continue
            name, disclosed = parse_disclosure(disclosure)
            if name is None or name in read:
                raise _malformed("a claim has no name, or stands twice")
            read[name] = self.read(disclosed)
        return read

    def _read_element(self, element: Json) -> list[Json]:
        if not isinstance(element, dict) or "..." not in element:
            return [self.read(element)]
        if len(element) != 1:
            raise _malformed("a digest of an element stands beside something else")
        disclosure = self._meet(element["..."])
        if disclosure is None:
            return []
        name, disclosed = parse_disclosure(disclosure)
        if name is not None:
            raise _malformed("an element has a name")
        return [self.read(disclosed)]

    def _meet(self, digest: Json) -> str | None:
        """The disclosure of this digest, or None where it was withheld or is a decoy."""
        if not isinstance(digest, str) or digest in self.met:
            raise _malformed("a digest is no text, or stands twice")
        self.met.add(digest)
        if digest not in self.by_digest:
            return None
        self.used.add(digest)
        return self.by_digest[digest]


def algorithm_of(signed: Mapping[str, Json]) -> str:
    """The digest algorithm that signed claims name (section 4.1.1). Raises VerificationFailed: sd_alg_unknown."""
    algorithm = signed.get("_sd_alg", "sha-256")
    if not isinstance(algorithm, str) or algorithm not in HASHES:
        raise VerificationFailed("disclosures", "sd_alg_unknown", "The token names digests that are not accepted.")
    return algorithm


def encode(value: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return encode_octets(value).decode("ascii")


def encode_octets(value: bytes) -> bytes:
    """As encode, in octets. What is encoded is mostly JSON, in which there is next to nothing to replace."""
    return b2a_base64(value, newline=False).rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_")


def encode_each(values: Iterable[bytes], separator: bytes) -> bytes:
    """As encode_octets, of each, with the separator between them."""
    return separator.join(map(b2a_base64, values)).translate(_TO_URL, b"=\n")


def encode_digests(digests: Sequence[bytes]) -> tuple[bytes, ...]:
    """As encode_octets, of digests by SHA-256: 32 octets and one between them are 44 characters, of which 43 are the digest's."""
    written = b2a_base64(b"\0".join(digests), newline=False).translate(_TO_URL)
    return unpack("43sx" * len(digests), written)


def _malformed(reason: str) -> VerificationFailed:
    return VerificationFailed(
        "disclosures", "disclosure_malformed", "What is disclosed does not fit the token.", reason=reason
    )
