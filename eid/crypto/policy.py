"""Policies of verification: which departures from the standards are let pass, by name and never silently.

A policy is a value. What it tolerates turns a failure into a known deviation, never into "passed"; everything that is
not listed here cannot be tolerated at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tolerance(StrEnum):
    INDEFINITE_LENGTHS = "indefinite_lengths"
    """EF.SOD written in BER with indefinite lengths, as older passports of two states are."""
    CMS_VERSION = "cms_version"
    """SignedData of version 1 or 4 instead of 3, or a SignerInfo whose version does not fit how it names its signer."""
    UNSORTED_ATTRIBUTES = "unsorted_attributes"
    """Signed attributes out of DER's order; the signature is verified over them as they were sent."""
    ECDSA_NULL_PARAMETERS = "ecdsa_null_parameters"
    """NULL where an ECDSA algorithm must have no parameters (RFC 5758, 3.2)."""
    DIGEST_INFO_WITHOUT_NULL = "digest_info_without_null"
    """An RSA signature whose DigestInfo lacks NULL parameters, as in ICAO's own master list of September 2023."""
    NO_PATH_LENGTH = "no_path_length"
    """A CSCA that does not limit its path; 38 real ones do not."""
    NO_DOCUMENT_TYPES = "no_document_types"
    """A document signer without the list of what it may sign, which came with the sixth edition of 9303."""
    TRAILING_DATA = "trailing_data"
    """Bytes after EF.SOD, as readers that read whole blocks leave them."""
    ID_DATA_CONTENT = "id_data_content"
    """A security object that calls itself plain data (id-data)."""
    SHA1 = "sha1"
    """SHA-1 as digest anywhere in the chain; real documents of the years before 2010."""
    SMALL_RSA = "small_rsa"
    """RSA keys from 1024 to 2047 bits."""
    LEGACY_PROFILE = "legacy_profile"
    """CSCA or signer certificates without, or with other, basic constraints or key usage than 9303-12 demands."""
    NO_COUNTRY = "no_country"
    """A CSCA or signer whose name holds no country."""
    COM_DIFFERS = "com_differs"
    """EF.COM, which nobody signs, tells of other data groups or versions than EF.SOD."""
    MRZ_CHECK_DIGITS = "mrz_check_digits"
    """Check digits in DG1 that do not fit."""
    DER_ANSWER = "der_answer"
    """An elliptic-curve chip that answers active authentication in DER instead of r and s plain."""
    STALE_CRL = "stale_crl"
    """A revocation list past its next update."""
    EXPIRED_DOCUMENT = "expired_document"
    """A document after its last day."""


@dataclass(frozen=True)
class Policy:
    name: str
    tolerates: frozenset[Tolerance]


STRICT = Policy("strict", frozenset())
"""Everything as the current editions have it; what this service issues and demands."""

ICAO = Policy(
    "icao",
    frozenset(
        {
            Tolerance.INDEFINITE_LENGTHS,
            Tolerance.CMS_VERSION,
            Tolerance.UNSORTED_ATTRIBUTES,
            Tolerance.ECDSA_NULL_PARAMETERS,
            Tolerance.DIGEST_INFO_WITHOUT_NULL,
            Tolerance.NO_PATH_LENGTH,
            Tolerance.NO_DOCUMENT_TYPES,
        }
    ),
)
"""Departures of form that real documents of today have and that weaken nothing."""

LENIENT = Policy("lenient", frozenset(Tolerance))
"""For old documents, specimens and study: every departure that is known by name, each reported."""

POLICIES = {policy.name: policy for policy in (STRICT, ICAO, LENIENT)}


def policies_tolerating(tolerance: Tolerance) -> list[str]:
    """The names of the given policies under which a departure would pass as a known deviation."""
    return [policy.name for policy in POLICIES.values() if tolerance in policy.tolerates]
