"""A whole card as one input: its files one after the other, each under a tag of its own, behind a few octets that say how
it is verified. Where they ask for it, digests and signatures are made right again before the card is verified, so that
what stands behind them is reached too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.lds import CARD_ACCESS, COM, SOD, data_group_file
from eid.crypto.passive_auth import ChipAnswer, VerifiedDocument, verify_document
from eid.crypto.policy import ICAO, LENIENT, STRICT
from eid.crypto.trust import TrustStore
from eid.crypto.trust_files import parse_trust_store
from eid.errors import Malformed, VerificationFailed
from tests.crypto.forge import LATER
from tests.fuzz import judgement, seeds
from tests.fuzz.mutation import edit, find, split, wrap

Trust = Callable[..., TrustStore]
_NUMBERS = {CARD_ACCESS: 0x1C, SOD: 0x1D, COM: 0x1E, **{data_group_file(n): n for n in range(1, 17)}}
_FILES = {bytes([0xE0 | number]): name for name, number in _NUMBERS.items()}
_MODE, _ANSWER = b"\xc0", b"\xc1"

DIGESTS, SIGNATURE, CERTIFICATE = 1, 2, 4
"""What is made right again: digests of data groups, EF.SOD's signature, the signer's certificate's."""
WITHOUT_TIME, WITH_ANSWER, WITHOUT_LISTS = 8, 16, 32
_POLICIES = (ICAO, STRICT, LENIENT, STRICT)

_SIGNED_DATA = (b"\x77", b"\x30", b"\xa0", b"\x30")
_CERTIFICATE = (*_SIGNED_DATA, b"\xa0", b"\x30")
_CONTENT = (*_SIGNED_DATA, 2, b"\xa0", b"\x04")
_SIGNER = (*_SIGNED_DATA, -1, b"\x30")
_ATTRIBUTES = (*_SIGNER, b"\xa0")
_HASHES = {
    bytes.fromhex("608648016503040201"): hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")


def pack(files: Mapping[str, bytes], mode: int = 0, answer: bytes = b"") -> bytes:
    parts = [wrap(bytes([0xE0 | _NUMBERS[name]]), content) for name, content in sorted(files.items())]
    return wrap(_MODE, bytes([mode])) + wrap(_ANSWER, answer) + b"".join(parts)


def verify_twice(data: bytes) -> None:
    """What was verified before changes nothing of the outcome: it is the same where nothing is remembered."""
    judgement.forget()
    store = cache(seeds.new_trust)
    mode = (dict(split(data) or ()).get(_MODE) or b"\x00")[0]
    _outcome(pack(seeds.good_card(), mode & ~(DIGESTS | SIGNATURE | CERTIFICATE | WITH_ANSWER)), store)
    after_others = _outcome(data, store)
    judgement.forget()
    assert _outcome(data, seeds.new_trust) == after_others, "it depends on what was verified before"


def _outcome(data: bytes, trust: Trust) -> object:
    try:
        return [(step.step, step.result, step.code) for step in verify_packed(data, trust).steps]
    except VerificationFailed as refusal:
        return [(step["step"], step["result"], step["code"]) for step in refusal.evidence["steps"]]  # type: ignore[attr-defined]


def unpack(data: bytes) -> tuple[dict[str, bytes], int, bytes]:
    """The files in this input, made right again as its mode asks, the mode, and the chip's answer."""
    elements = dict(split(data) or ())
    files = {name: elements[tag] for tag, name in _FILES.items() if tag in elements}
    mode = (elements.get(_MODE) or b"\x00")[0]
    if mode & 7 and SOD in files:
        files[SOD] = mend(files, mode)
    return files, mode, elements.get(_ANSWER, b"")


def verify_packed(data: bytes, trust: Trust | None = None) -> VerifiedDocument:
    """The document in this input, verified. Raises VerificationFailed; AssertionError where it is believed wrongly."""
    files, mode, response = unpack(data)
    answer = ChipAnswer(seeds.CHALLENGE, response) if mode & WITH_ANSWER else None
    document = _verify(
        files,
        trust_store=(trust or seeds.trust)(lists=not mode & WITHOUT_LISTS),
        policy=_POLICIES[mode >> 6],
        at=None if mode & WITHOUT_TIME else LATER + timedelta(hours=1),
        chip_answer=answer,
    )
    if not mode & 7:
        believed = {data_group_file(number): content for number, content in document.data_groups.items()}
        assert believed.items() <= seeds.good_card().items(), "files were believed that nobody signed"
        assert answer is None or seeds.is_answer(answer.response), "an answer was believed that no chip gave"
    return document


def _verify(files: Mapping[str, bytes], **arguments: Any) -> VerifiedDocument:
    try:
        return verify_document(files, **arguments)
    except Malformed as escaped:
        raise AssertionError(f"no step says so: {escaped}") from escaped


def verify_under(data: bytes) -> None:
    """A good card under a trust store of this file, which holds its own CSCA or none."""
    store = parse_trust_store([data], policy=LENIENT)
    for certificate in (*store.anchors, *store.links, *store.signers):
        certificate.describe()
    for policy in (STRICT, LENIENT):
        document = _verify(seeds.good_card(), trust_store=store, policy=policy, at=LATER)
        assert document.anchor.public_key == seeds.key("csca").public_key(), "another CSCA was believed"


def mend(files: Mapping[str, bytes], mode: int) -> bytes:
    """EF.SOD with what the mode asks for made right again, as far as it has the form for it."""
    sod = files[SOD]
    for bit, change in ((DIGESTS, _renew_digests), (CERTIFICATE, _renew_certificate), (SIGNATURE, _renew_signature)):
        if mode & bit:
            try:
                sod = change(sod, files)
            except (LookupError, ValueError):
                continue
    return sod


def _renew_digests(sod: bytes, files: Mapping[str, bytes]) -> bytes:
    def renewed(content: bytes) -> bytes:
        algorithm = _hash_of(find(content, (b"\x30", b"\x30", b"\x06")))
        for at, (_tag, pair) in enumerate(split(find(content, (b"\x30", 2))) or ()):
            file = files.get(data_group_file(int.from_bytes(find(pair, (b"\x02",)), "big")))
            if file is not None:
                content = edit(content, (b"\x30", 2, at, b"\x04"), _always(_digest(algorithm, file)))
        return content

    return edit(sod, _CONTENT, renewed)


def _renew_certificate(sod: bytes, _files: Mapping[str, bytes]) -> bytes:
    to_sign = wrap(b"\x30", find(sod, (*_CERTIFICATE, 0)))
    signature = seeds.key("csca").sign(to_sign, ec.ECDSA(hashes.SHA256()))
    return edit(sod, (*_CERTIFICATE, b"\x03"), _always(b"\x00" + signature))


def _renew_signature(sod: bytes, _files: Mapping[str, bytes]) -> bytes:
    algorithm = _hash_of(find(sod, (*_SIGNER, 2, b"\x06")))
    found = _digest(algorithm, find(sod, _CONTENT))
    for at, (_tag, value) in enumerate(split(find(sod, _ATTRIBUTES)) or ()):
        if value.startswith(_MESSAGE_DIGEST):
            sod = edit(sod, (*_ATTRIBUTES, at, b"\x31", b"\x04"), _always(found))
    to_sign = wrap(b"\x31", find(sod, _ATTRIBUTES))
    signature = seeds.key("signer").sign(to_sign, ec.ECDSA(algorithm))
    return edit(sod, (*_SIGNER, b"\x04"), _always(signature))


def _hash_of(oid: bytes) -> hashes.HashAlgorithm:
    return _HASHES.get(oid, hashes.SHA256())


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    done = hashes.Hash(algorithm)
    done.update(data)
    return done.finalize()


def _always(value: bytes) -> Callable[[bytes], bytes]:
    return lambda _old: value
