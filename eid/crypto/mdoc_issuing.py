"""ISO/IEC 18013-5 mdocs, the issuer's side (9.1.2.4): one document, or many that are the same but for the holder's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import sha256
from random import Random
from struct import unpack

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.cbor import Cbor, Encoded, build_cbor, build_embedded, build_head
from eid.crypto.cose import ALG, ES256, X5CHAIN, CoseKey, Headers, build_sign1, write_cose_key
from eid.crypto.holders import Holder
from eid.crypto.mdoc import VERSION, Elements, Validity, build_time, write_issuer_signed
from eid.crypto.status_list import StatusReference
from eid.late_dataclasses import frozen

SALT_BYTES = 32
"""9.1.2.5: at least 16 octets. Digest identifiers are the ranks of the salts, so a salt is longer than it need be."""
_EMBEDDED, _RANDOM = b"\xd8\x18", b"\xa4frandom" + build_head(2, SALT_BYTES)
_ES256: Headers = {ALG: ES256}
_VERSION = b"gversion" + build_cbor(VERSION)


@frozen
class MdocSigner:
    """A document signer: its key of P-256, and its certificate in DER without the root's."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes

    @cached_property
    def header(self) -> Encoded:
        """The unprotected header, the same for all that it signs."""
        return Encoded(build_cbor({X5CHAIN: self.certificate}))


def issue_mdocs(
    elements: Elements, holders: Sequence[Holder], *, doc_type: str, validity: Validity, signer: MdocSigner, rng: Random
) -> list[bytes]:
    """Documents of this type, one for each holder, that all have these elements: IssuerSigned with every element in it, as
    OpenID4VCI hands it out. Times are whole seconds.

    Salts are each document's own. `rng` must be one that nobody can predict; digest identifiers say nothing of the elements'
    order. Raises ValueError where there is no name space, or a holder has no key.
    """
    described = b"gdocType" + build_cbor(doc_type) + _VERSION + _build_validity(validity)
    spaces = [_NameSpace(name, named).write(rng, times=len(holders)) for name, named in elements.items()]
    issued = []
    for holder, contents in zip(holders, zip(*spaces, strict=True), strict=True):
        mso = _build_mso([digests for _items, digests in contents], described, holder)
        auth = build_sign1(build_embedded(mso), key=signer.key, protected=_ES256, unprotected=signer.header)
        issued.append(write_issuer_signed([items for items, _digests in contents], auth))
    return issued


def build_issuer_signed(
    elements: Elements,
    *,
    doc_type: str,
    device_key: CoseKey,
    validity: Validity,
    signer: MdocSigner,
    rng: Random,
    status: StatusReference | None = None,
) -> bytes:
    """One document (issue_mdocs)."""
    holder = Holder(device_key, status)
    [issued] = issue_mdocs(elements, [holder], doc_type=doc_type, validity=validity, signer=signer, rng=rng)
    return issued


def _build_mso(digests: Sequence[bytes], described: bytes, holder: Holder) -> bytes:
    """The mobile security object (9.1.2.4), its members in the order of their octets (RFC 8949, 4.2.1)."""
    key, status = holder
    if key is None:
        raise ValueError("a document is bound to a key")
    return b"".join(
        (
            b"\xa6" if status is None else b"\xa7fstatus" + _build_status(status),
            described,
            b"lvalueDigests" + build_head(5, len(digests)),
            *sorted(digests),
            b"mdeviceKeyInfo\xa1ideviceKey" + write_cose_key(key),
            b"odigestAlgorithmgSHA-256",
        )
    )


class _NameSpace:
    """Its elements, of whose items nothing is missing but the salts and the digest identifiers."""

    def __init__(self, name: str, named: Mapping[str, Cbor]) -> None:
        self.identifiers, self.keys = _number(len(named))
        endings = [b"lelementValue" + build_cbor(each) + _build_identifier(element) for element, each in named.items()]
        rest = len(_RANDOM) + SALT_BYTES + sum(map(len, self.identifiers[:1]))
        self.parts = [(_EMBEDDED + build_head(2, rest + len(ending)) + _RANDOM, ending) for ending in endings]
        self.items_head, self.digests_head = [build_cbor(name) + build_head(kind, len(named)) for kind in (4, 5)]

    def write(self, rng: Random, *, times: int) -> list[tuple[bytes, bytes]]:
        """So many times, under other salts each time: the items in the order of their salts, which is nobody's choice, and their
        digests; both under the name space's name."""
        size = len(self.parts)
        salts = unpack(f"{SALT_BYTES}s" * (size * times), rng.randbytes(SALT_BYTES * size * times))
        documents = [slice(at * size, (at + 1) * size) for at in range(times)]
        items: list[bytes] = []
        for document in documents:
            drawn = zip(sorted(zip(salts[document], self.parts, strict=True)), self.identifiers, strict=True)
            items += [b"".join((start, salt, identifier, ending)) for (salt, (start, ending)), identifier in drawn]
        digests = [key + sha256(item).digest() for key, item in zip(self.keys * times, items, strict=True)]
        return [
            (self.items_head + b"".join(items[document]), self.digests_head + b"".join(digests[document]))
            for document in documents
        ]


@lru_cache(maxsize=64)
def _number(count: int) -> tuple[list[bytes], list[bytes]]:
    """The digest identifiers of so many items, each as a member of its item and as the key of its digest. All are of one length,
    so that items are as long as they are whichever identifier they get."""
    first = next(first for first, end in ((0, 24), (24, 1 << 8), (1 << 8, 1 << 16)) if first + count <= end)
    heads = [build_head(0, at) for at in range(first, first + count)]
    return [b"hdigestID" + head for head in heads], [head + b"\x58\x20" for head in heads]


@lru_cache(maxsize=64)
def _build_validity(validity: Validity) -> bytes:
    """Credentials of one hour have the same times."""
    times = {"signed": validity.signed_at, "validFrom": validity.valid_from, "validUntil": validity.valid_until}
    return b"lvalidityInfo" + build_cbor({name: build_time(at) for name, at in times.items()})


@lru_cache(maxsize=1024)
def _build_identifier(name: str) -> bytes:
    """There are few names of elements in the world."""
    return b"qelementIdentifier" + build_cbor(name)


def _build_status(status: StatusReference) -> bytes:
    """As build_cbor would write build_status."""
    return b"\xa1kstatus_list\xa2cidx" + build_head(0, status.index) + b"curi" + build_cbor(status.uri)
