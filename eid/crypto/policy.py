"""Policies of verification: which departures from the standards are let pass, by name and never silently.

A policy is a value. What it tolerates turns a failure into a known deviation, never into "passed"; everything that is
not listed here cannot be tolerated at all. What it demands turns "not checked" into a failure.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from eid.late_dataclasses import frozen


class Tolerance(StrEnum):
    INDEFINITE_LENGTHS = "indefinite_lengths"
    """EF.SOD written in BER with indefinite lengths, as older passports of two states are."""
    CMS_VERSION = "cms_version"
    """SignedData of version 1 or 4 instead of 3, or a SignerInfo whose version does not fit how it names its signer."""
    UNSORTED_ATTRIBUTES = "unsorted_attributes"
    """Signed attributes out of DER's order; the signature is verified over them as they were sent."""
    SIGNER_NAME_FORM = "signer_name_form"
    """A SignerInfo that names the issuer of its signer in another order, case or string type than the certificate."""
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
    """CSCAs that do not say that they are one or that their key certifies and signs lists, and signers without a key
    usage; 15 of 743 real CSCAs."""
    NO_COUNTRY = "no_country"
    """A CSCA or signer whose name holds no country."""
    COM_DIFFERS = "com_differs"
    """EF.COM, which nobody signs, tells of other data groups or versions than EF.SOD."""
    MRZ_CHECK_DIGITS = "mrz_check_digits"
    """Check digits in DG1 that do not fit."""
    DER_ANSWER = "der_answer"
    """An elliptic-curve chip that answers active authentication in DER instead of r and s plain."""
    WEAKER_ACCESS = "weaker_access"
    """A chip that offers PACE and was opened by basic access control, or not at all: who listened may have read along; what
    was read is none the less authentic."""
    STALE_CRL = "stale_crl"
    """A revocation list past its next update. It says no less than no list, which passes as not checked, so to refuse
    it would only teach people to delete it; what it revokes is revoked."""
    EXTENSION_CRITICALITY = "extension_criticality"
    """An extension that is critical where 9303-12 has it not, or the other way about; 19 of 743 real CSCAs."""
    EXTRA_KEY_USAGE = "extra_key_usage"
    """A key that may do more than its role needs; 15 of 743 real CSCAs. A signer's that may certify is refused all the same."""
    EXTRA_EXTENSION = "extra_extension"
    """An extension that 9303-12 does not have in this kind of certificate, such as basic constraints in a signer's."""
    NO_KEY_ID = "no_key_id"
    """No subject or authority key identifier where there must be one, or one that cannot be read; 10 of 743 real CSCAs."""
    NO_KEY_PERIOD = "no_key_period"
    """No private key usage period, which came with the seventh edition; 201 of 743 real CSCAs lack it."""
    SERIAL_NUMBER = "serial_number"
    """A serial number that is negative, zero, or longer than twenty octets; 5 real CSCAs."""
    COUNTRY_CASE = "country_case"
    """A country in small letters; 18 of 743 real CSCAs. It is the same country."""
    BOOLEAN_ENCODING = "boolean_encoding"
    """TRUE written as 01 instead of FF in basic constraints; 2 real CSCAs."""
    PATH_LENGTH = "path_length"
    """A CSCA whose path length is not 0; 16 of 743 real ones."""
    ISSUER_NAME = "issuer_name"
    """A certificate whose issuer is found by its key alone: the name that it gives is not the CSCA's; 4 real links."""
    LINK_NAME_CHANGE = "link_name_change"
    """A link certificate that changes the name without the extension that says so; 50 of 101 real ones."""
    LINK_PATH_LENGTH = "link_path_length"
    """Such a link under a CSCA whose path length would forbid it, were it no link (RFC 5280, 6.1.4)."""
    LINK_COUNTRY = "link_country"
    """A CSCA of one country that was certified by that of another; 2 real ones."""
    LINK_UNANCHORED = "link_unanchored"
    """A link certificate whose own CSCA is not there: believed because whoever runs the verifier put it there; 11 of 264
    real links lead nowhere else."""
    VALIDITY_NOT_NESTED = "validity_not_nested"
    """A CSCA whose validity begins after that of what it certified."""
    LISTED_DEVIATION = "listed_deviation"
    """What the issuing state's deviation list says of such documents, where a list may excuse it at all."""
    EXPIRED_DOCUMENT = "expired_document"
    """A document after its last day."""


class Demand(StrEnum):
    REVOCATION_LIST = "revocation_list"
    """That there is a revocation list of the signer's CSCA, and of that of every link."""


@frozen
class Policy:
    name: str
    tolerates: frozenset[Tolerance]
    demands: frozenset[Demand] = frozenset()

    def demanding(self, *demands: Demand) -> Policy:
        """This policy, and what it demands besides."""
        return replace(self, demands=self.demands | set(demands))


STRICT = Policy("strict", frozenset())
"""Everything as the current editions have it; what this service issues and demands."""

ICAO = Policy(
    "icao",
    frozenset(
        {
            Tolerance.INDEFINITE_LENGTHS,
            Tolerance.CMS_VERSION,
            Tolerance.UNSORTED_ATTRIBUTES,
            Tolerance.SIGNER_NAME_FORM,
            Tolerance.ECDSA_NULL_PARAMETERS,
            Tolerance.DIGEST_INFO_WITHOUT_NULL,
            Tolerance.NO_PATH_LENGTH,
            Tolerance.NO_DOCUMENT_TYPES,
            Tolerance.EXTENSION_CRITICALITY,
            Tolerance.EXTRA_KEY_USAGE,
            Tolerance.EXTRA_EXTENSION,
            Tolerance.NO_KEY_ID,
            Tolerance.NO_KEY_PERIOD,
            Tolerance.SERIAL_NUMBER,
            Tolerance.COUNTRY_CASE,
            Tolerance.BOOLEAN_ENCODING,
            Tolerance.PATH_LENGTH,
            Tolerance.ISSUER_NAME,
            Tolerance.LINK_NAME_CHANGE,
            Tolerance.LINK_PATH_LENGTH,
            Tolerance.LINK_UNANCHORED,
            Tolerance.STALE_CRL,
            Tolerance.LISTED_DEVIATION,
            Tolerance.WEAKER_ACCESS,
        }
    ),
)
"""Departures that real documents of today have and that lend nobody a signature: each is still made by a key that an
anchor, or whoever runs the verifier, vouches for."""

LENIENT = Policy("lenient", frozenset(Tolerance))
"""For old documents, specimens and study: every departure that is known by name, each reported."""

POLICIES = {policy.name: policy for policy in (STRICT, ICAO, LENIENT)}


def policies_tolerating(tolerance: Tolerance) -> list[str]:
    """The names of the given policies under which a departure would pass as a known deviation."""
    return [policy.name for policy in POLICIES.values() if tolerance in policy.tolerates]
