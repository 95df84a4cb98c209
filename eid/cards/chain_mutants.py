"""Mutants of the chain of trust: the signer's certificate, its CSCA, links and revocation lists; steps 12 to 17. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from eid.cards.forgery import Authority, name_of, resign
from eid.cards.workshop import REVOKED_LINK, REVOKED_SERIAL, Mutant, Workshop
from eid.crypto.algorithms import PrivateKey, Scheme
from eid.crypto.checks.links import MAX_LINKS
from eid.crypto.tlv import build_oid

_DAY = timedelta(days=1)
_CERTIFIES = frozenset({"key_cert_sign", "crl_sign"})


def chain_mutants(w: Workshop) -> Iterator[Mutant]:
    """Steps 12 to 17."""
    yield from _issuers(w)
    yield from _profiles(w)
    yield from _csca_profiles(w)
    yield from _links(w)
    yield from _times(w)
    yield from _revocations(w)


def _under(w: Workshop, csca: Authority | None = None, **changes: Any) -> bytes:
    return w.sod(signer=w.document_signer(csca, **changes))


def _csca(w: Workshop, name: str, **changes: Any) -> Authority:
    """A CSCA of its own in the deck's trust folder, so that it spoils nothing of the others."""
    csca = dataclasses.replace(w.authority(f"Deck CSCA {name}", w.make_key("P-384")), **changes)
    w.entrust(f"{name}.cer", csca.build())
    return csca


def _issuers(w: Workshop) -> Iterator[Mutant]:
    """Steps 12 and 13."""
    stranger = w.authority("Stranger", w.make_key("P-384"))
    impostor = w.authority("Deck CSCA", w.make_key("P-384"))
    sod = _under(w, stranger)
    yield w.mutant("csca-unknown", "Nobody trusts the CSCA.", "csca", "csca_not_found", sod)
    step = "signer_chain"
    sod = _under(w, impostor)
    yield w.mutant("csca-impostor", "The CSCA's name, another key.", step, "dsc_signature_invalid", sod)
    certificate = w.signer.build()
    before, _, after = certificate.rpartition(build_oid("1.2.840.10045.4.3.2"))
    sod = w.sod(certificates=[before + build_oid("1.2.840.10045.4.3.3") + after])
    yield w.mutant("signer-two-algorithms", "Two signature algorithms.", step, "cert_alg_mismatch", sod)
    sod = w.sod(certificates=[resign(certificate, w.csca.key, Scheme("ecdsa", "sha1"))])
    yield w.mutant("signer-sha1", "Certified by SHA-1.", step, "weak_algorithm", sod)
    sod = _under(w, issuer=name_of("Another"))
    yield w.mutant("signer-names-another", "It names another CSCA.", step, "issuer_name_mismatch", sod)


def _profiles(w: Workshop) -> Iterator[Mutant]:
    """Step 14, the signer."""
    signs = frozenset({"digital_signature"})
    changes: dict[str, Any]
    for name, what, code, changes in (
        ("is-ca", "The signer is a CA.", "profile_dsc_is_ca", {"ca": True}),
        ("constraints", "The signer says that it is no CA.", "profile_dsc_extra_extension", {"ca": False}),
        ("no-usage", "No key usage.", "profile_dsc_no_key_usage", {"usage": None}),
        ("other-usage", "It may not sign.", "profile_dsc_key_usage", {"usage": frozenset({"key_agreement"})}),
        ("certifies", "It may certify, too.", "profile_dsc_key_usage", {"usage": signs | {"key_cert_sign"}}),
        ("more-usage", "More.", "profile_dsc_extra_key_usage", {"usage": signs | {"content_commitment"}}),
        ("uncritical", "Its key usage is not critical.", "profile_dsc_criticality", {"miscast": {"usage"}}),
        ("of-lists", "A master list signer.", "profile_dsc_other_role", {"extended_usage": "2.23.136.1.1.3"}),
        ("of-deviations", "A deviation list signer.", "profile_dsc_other_role", {"extended_usage": "2.23.136.1.1.8"}),
        ("no-types", "No document types.", "profile_dsc_no_document_types", {"document_types": None}),
        ("no-period", "No private key usage period.", "profile_dsc_no_key_period", {"key_period": None}),
        ("no-key-id", "No authority key identifier.", "profile_dsc_no_key_id", {"authority_key_id": False}),
        ("critical", "A critical unknown.", "profile_unknown_critical", {"critical_extension": "1.2.3.4"}),
    ):
        yield w.mutant(f"signer-{name}", what, "profiles", code, _under(w, **changes))


def _csca_profiles(w: Workshop) -> Iterator[Mutant]:
    """Step 14, the CSCA."""
    changes: dict[str, Any]
    for name, what, code, changes in (
        ("not-ca", "The CSCA says that it is none.", "profile_csca_not_ca", {"ca": False}),
        ("no-constraints", "It does not say that it is one.", "profile_csca_no_basic_constraints", {"ca": None}),
        ("no-path-length", "It does not limit its path.", "profile_csca_no_path_length", {"path_length": None}),
        ("path-length-1", "Its path length is 1.", "profile_csca_path_length", {"path_length": 1}),
        ("no-usage", "No key usage.", "profile_csca_no_key_usage", {"usage": None}),
        ("other-usage", "It may not certify.", "profile_csca_key_usage", {"usage": frozenset({"crl_sign"})}),
        ("no-lists", "It signs no lists.", "profile_csca_no_crl_sign", {"usage": frozenset({"key_cert_sign"})}),
        ("signs", "It may sign, too.", "profile_csca_extra_key_usage", {"usage": _CERTIFIES | {"digital_signature"}}),
        ("uncritical", "Constraints not critical.", "profile_csca_criticality", {"miscast": {"basic_constraints"}}),
        ("no-period", "No private key usage period.", "profile_csca_no_key_period", {"key_period": None}),
        ("critical", "A critical unknown.", "profile_unknown_critical", {"critical_extension": "1.2.3.4"}),
    ):
        sod = _under(w, _csca(w, f"csca-{name}", **changes))
        yield w.mutant(f"csca-{name}", what, "profiles", code, sod)


def _link(w: Workshop, name: str, parent: Authority | None = None, **changes: Any) -> Authority:
    """A link, in the deck's trust folder, from a CSCA to a new key under a new name, which it says."""
    parent = parent or w.csca
    link = w.authority(f"Deck CSCA {name}", w.make_key("P-384"))
    parts = {"issuer": parent.subject, "issuer_key": parent.key, "name_change": True} | changes
    link = dataclasses.replace(link, **parts)
    w.entrust(f"{name}.cer", link.build())
    return link


def _links(w: Workshop) -> Iterator[Mutant]:
    """Step 15."""
    step, line = "link_certificates", w.csca
    for number in range(MAX_LINKS + 1):
        line = _link(w, f"link-{number}-of-{MAX_LINKS + 1}", line)
    yield w.mutant("link-chain-too-long", "Too many links.", step, "path_too_long", _under(w, line))
    link = _link(w, "link-of-another-key", issuer_key=w.make_key("P-384"), authority_key_id=False)
    yield w.mutant("link-of-another-key", "Nobody's key signed the link.", step, "link_invalid", _under(w, link))
    link = _link(w, "link-name-unsaid", name_change=False)
    yield w.mutant("link-name-unsaid", "The name changes silently.", step, "link_name_change", _under(w, link))
    unknown = w.authority("Deck CSCA that nobody has", w.make_key("P-384"))
    link = _link(w, "link-unanchored", unknown)
    yield w.mutant("link-unanchored", "The link leads nowhere.", step, "link_unanchored", _under(w, link))
    key, name = w.make_key("P-384"), name_of("Deck CSCA link-circle-b")
    one = _link(w, "link-circle-a", dataclasses.replace(w.csca, key=key, subject=name))
    _link(w, "link-circle-b", one, key=key, subject=name)
    yield w.mutant("link-circle", "Two links lead to each other.", step, "link_unanchored", _under(w, one))
    link = _link(w, "link-foreign", w.foreign_csca)
    yield w.mutant("link-foreign", "A French CSCA links to ours.", step, "link_country", _under(w, link))
    link = _link(w, "link-not-ca", ca=False)
    yield w.mutant("link-not-ca", "The link is no CA.", "profiles", "profile_csca_not_ca", _under(w, link))
    link = _link(w, "link-revoked", serial=REVOKED_LINK)
    yield w.mutant("link-revoked", "The link is revoked.", "revocation", "csca_revoked", _under(w, link))


def _times(w: Workshop) -> Iterator[Mutant]:
    """Step 16."""
    step, over = "validity", (w.at - 9 * _DAY, w.at - _DAY)
    changes: dict[str, Any]
    for name, what, code, changes in (
        ("signer-expired", "Expired at signing.", "dsc_not_valid_at_signing", {"ends": w.at - _DAY}),
        ("signer-too-young", "Not yet valid at signing.", "dsc_not_valid_at_signing", {"starts": w.at + _DAY}),
        ("signer-period-over", "Its key's period was over.", "profile_dsc_key_usage_period", {"key_period": over}),
    ):
        yield w.mutant(name, what, step, code, _under(w, **changes))
    for name, what, code, changes in (
        ("csca-expired", "The CSCA had expired at signing.", "csca_not_valid", {"ends": w.at - _DAY}),
        ("csca-too-young", "It is younger than what it certified.", "csca_not_valid", {"starts": w.at - _DAY}),
        ("csca-period-over", "Its key's period was over.", "profile_csca_key_usage_period", {"key_period": over}),
    ):
        yield w.mutant(name, what, step, code, _under(w, _csca(w, name, **changes)))
    sod = w.sod(at=w.at + 2 * _DAY)
    yield w.mutant("signed-tomorrow", "Signed later than now.", step, "signed_in_future", sod)


def _revocations(w: Workshop) -> Iterator[Mutant]:
    """Step 17."""
    step, sod = "revocation", _under(w, serial=REVOKED_SERIAL)
    yield w.mutant("signer-revoked", "The signer is revoked.", step, "dsc_revoked", sod)
    yield w.mutant("crl-stale", "A year later, with the list of today.", step, "crl_stale", at=w.at + 365 * _DAY)
    some = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    extensions: Sequence[x509.ExtensionType]
    for name, what, code, key, extensions in (
        ("crl-of-a-stranger", "Somebody else signed the list.", "crl_invalid", w.make_key("P-384"), []),
        ("crl-partial", "A list of some certificates only.", "crl_partial", None, [some]),
        ("crl-delta", "A list of changes.", "crl_delta", None, [x509.DeltaCRLIndicator(1)]),
        ("crl-critical", "A list with a critical unknown.", "crl_unknown_critical", None, [unknown]),
    ):
        csca = _csca(w, name)
        w.entrust(f"{name}.crl", _build_list(w, csca, key or csca.key, extensions))
        yield w.mutant(name, what, step, code, _under(w, csca))


def _build_list(w: Workshop, csca: Authority, key: PrivateKey, extensions: Sequence[x509.ExtensionType]) -> bytes:
    """A list on which nobody is, that is critical of these extensions."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(csca.subject)
        .last_update(w.at - _DAY)
        .next_update(w.at + 90 * _DAY)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key, hashes.SHA384()).public_bytes(Encoding.DER)
