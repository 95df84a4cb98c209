"""Words for the acts of phones, passkeys and sign-in by them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from eid.accounts.levels import Factor

ACTS: dict[str, Any] = {
    "bind_device": _("Phone bound"),
    "end_device": _("Phone no longer bound"),
    "ask_phone": _("Phone asked to confirm a sign-in"),
    "answer_on_phone": _("Sign-in answered on the phone"),
    "answer_service_on_phone": _("Service answered on the phone"),
    "begin_sign_in_by_phone": _("Sign-in by phone"),
    "complete_sign_in_by_phone": _("Sign-in confirmed by phone"),
    "add_passkey": _("Passkey added"),
    "end_passkey": _("Passkey ended"),
    "refuse_cloned_passkey": _("Passkey refused that may have been copied"),
    "begin_sign_in_by_passkey": _("Sign-in by passkey"),
    "complete_sign_in_by_passkey": _("Sign-in confirmed by passkey"),
    "begin_sign_in_by_card": _("Sign-in by identity card"),
    "complete_sign_in_by_card": _("Sign-in confirmed by identity card"),
    "complete_sign_in_by_face": _("Sign-in confirmed by face"),
    "complete_sign_in_by_password": _("Sign-in confirmed by password"),
    "complete_sign_in_by_passcode": _("Sign-in confirmed by passcode"),
}

FACTORS: dict[Factor, Any] = {
    Factor.PASSWORD: _("password"),
    Factor.PASSCODE: _("passcode"),
    Factor.TOTP: _("authenticator"),
    Factor.RECOVERY: _("recovery code"),
    Factor.DEVICE: _("phone"),
    Factor.PASSKEY: _("passkey"),
    Factor.CARD: _("identity card"),
    Factor.FACE: _("face"),
}


def describe_factor(factor: Factor) -> str:
    return str(FACTORS[factor])
