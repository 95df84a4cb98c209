"""The steps of a verification in words: what each is called, what came of it, and its sentence in the page's language.

Sentences come from eid.crypto and eid.cards in English, some with figures in them. Those are known here by their form, so that
each can be said in Vietnamese, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from eid.crypto.report import Result, Step
from eid.late_dataclasses import frozen

STEPS: dict[str, Any] = {
    "sod_structure": _("The signed file is whole"),
    "sod_encoding": _("It is written as it must be"),
    "cms": _("It is a signed message"),
    "content_type": _("A security object is signed"),
    "security_object": _("The security object is complete"),
    "digest_algorithms": _("Digests are strong enough"),
    "signer_certificate": _("The signer’s certificate"),
    "signed_attributes": _("Signed is what is here"),
    "signature_algorithm": _("The signature’s algorithm"),
    "signer_key": _("The signer’s key"),
    "sod_signature": _("The signature"),
    "csca": _("An authority that we trust"),
    "signer_chain": _("The authority certified the signer"),
    "profiles": _("Both certificates are for this"),
    "link_certificates": _("Links between authorities"),
    "validity": _("Valid when it was signed"),
    "revocation": _("The signer is not revoked"),
    "deviation_list": _("Known mistakes of the issuer"),
    "data_groups": _("No file was changed"),
    "consistency": _("The files agree with each other"),
    "document_expiry": _("The document has not expired"),
    "active_authentication": _("The chip answered"),
    "chip_authentication": _("The chip holds its second key"),
    "access_control": _("Access was not weakened"),
    "clone_detection": _("It is no copy"),
    "card_state": _("State of the card"),
    "card_holder": _("Whose card it is"),
}

RESULTS: dict[str, Any] = {
    Result.PASSED: _("passed"),
    Result.FAILED: _("failed"),
    Result.NOT_CHECKED: _("not checked"),
    Result.KNOWN_DEVIATION: _("known deviation"),
}
KINDS = {Result.PASSED: "success", Result.FAILED: "danger", Result.NOT_CHECKED: "", Result.KNOWN_DEVIATION: "warning"}
"""Result → how a tag shows it."""

_FORMS: tuple[tuple[str, Any], ...] = (
    (
        r"(?P<count>\d+) CSCA of the trust store may have issued the signer's certificate\.",
        _("%(count)s CSCA of the trust store may have issued the signer's certificate."),
    ),
    (
        r"The chip signed the challenge, by (?P<digest>\S+), with the key that EF\.SOD binds\.",
        _("The chip signed the challenge, by %(digest)s, with the key that EF.SOD binds."),
    ),
    (r"The signature is by (?P<kind>\S+) with (?P<digest>\S+)\.", _("The signature is by %(kind)s with %(digest)s.")),
    (r"The signer's key is on (?P<curve>.+)\.", _("The signer's key is on %(curve)s.")),
    (r"The signer's key is RSA with (?P<bits>\d+) bits\.", _("The signer's key is RSA with %(bits)s bits.")),
    (r"What is signed is an LDS security object\.", _("What is signed is an LDS security object.")),
    (
        r"What is signed is an LDS security object by its first identifier\.",
        _("What is signed is an LDS security object by its first identifier."),
    ),
    (
        r"What is signed is an LDS security object by the Dutch identifier\.",
        _("What is signed is an LDS security object by the Dutch identifier."),
    ),
    (r"The digests hold of (?P<files>.+)\.", _("The digests hold of %(files)s.")),
    (r"EF\.SOD lists, but nobody read: (?P<files>.+)\.", _("EF.SOD lists, but nobody read: %(files)s.")),
    (r"State, country, check digits and DG1 agree\.", _("State, country, check digits and DG1 agree.")),
    (r"State, country, check digits, DG13 and DG1 agree\.", _("State, country, check digits, DG13 and DG1 agree.")),
    (r"The document is good until 9999-12-31\.", _("The document is good without end.")),
    (r"The document is good until (?P<day>\S+)\.", _("The document is good until %(day)s.")),
    (
        r"Security object of version (?P<version>\d+) over (?P<files>.+)\.",
        _("Security object of version %(version)s over %(files)s."),
    ),
    (
        r"Data groups are digested by (?P<digest>\S+), the security object by (?P<signers>\S+)\.",
        _("Data groups are digested by %(digest)s, the security object by %(signers)s."),
    ),
    (
        r"(?P<count>\d+) link certificates lead to an anchor\.",
        _("%(count)s link certificates lead to an anchor."),
    ),
    (r"A link certificate leads to an anchor\.", _("A link certificate leads to an anchor.")),
)
"""How a sentence with something in it looks, and the message that says the same."""
_HINT = re.compile(r"(?P<text>.+[.)]) The setting (?P<setting>\w+) \(policy (?P<policies>[\w ]+)\) would let it pass\.")
_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_ABOUT = re.compile(r"(?P<text>.+\.) \((?P<about>.+)\)")


@frozen
class SaidStep:
    """A step as a row of a table."""

    name: str
    result: str
    kind: str
    code: str
    detail: str


def say_steps(steps: Iterable[Step]) -> list[SaidStep]:
    """The steps in the page's language, in their order."""
    return [
        SaidStep(
            name=str(STEPS.get(step.step, step.step.replace("_", " "))),
            result=str(RESULTS[step.result]),
            kind=KINDS[step.result],
            code=step.code or "",
            detail=say_detail(step.detail),
        )
        for step in steps
    ]


def say_detail(detail: str) -> str:
    """A step's sentence in the page's language, with what it is about and what would have let it pass."""
    hint = ""
    if found := _HINT.fullmatch(detail):
        detail = found["text"]
        policies = found["policies"].replace(" or ", " / ")
        hint = gettext(
            "The setting %(setting)s (policy %(policies)s) would let it pass.",
            setting=found["setting"],
            policies=policies,
        )
    about = ""
    if found := _ABOUT.fullmatch(detail):
        detail, about = found["text"], f"({found['about']})"
    said = " ".join(part for part in (_say_sentence(detail), about, hint) if part)
    return _DAY.sub(r"\3/\2/\1", said)


def _say_sentence(text: str) -> str:
    for form, message in _FORMS:
        if found := re.fullmatch(form, text):
            return str(message) % found.groupdict()
    return str(gettext(text))
