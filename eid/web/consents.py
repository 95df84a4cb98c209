"""The citizen's services: who may read what, since and until when, the receipt for it, and the buttons that end it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template
from flask_babel import gettext as _

from eid.late_dataclasses import frozen
from eid.oauth.asking import AskedGroup, build_groups
from eid.oauth.consent_receipts import RECEIPT_MEDIA_TYPE, issue_consent_receipt
from eid.oauth.consents import (
    asked_items,
    ends_at,
    find_consents,
    granted_items,
    needed_items,
    needed_scopes,
    withdraw_attribute,
    withdraw_consent,
    withdraw_scope,
)
from eid.oauth.models import Consent
from eid.web.forms import refused_on
from eid.web.session import signed_in, the_session

blueprint = Blueprint("consents", __name__)

_CONSENT = "/citizen/services/<int(max=999999999999):consent_id>"


@frozen
class DescribedConsent:
    consent: Consent
    groups: tuple[AskedGroup, ...]
    """What the service may read."""
    needed: frozenset[str]
    """Names of scopes that end with the whole only."""
    withheld: tuple[str, ...]
    """What it asked for and was not given, in words."""
    ends_at: datetime


@blueprint.get("/citizen/services")
@signed_in
def show_consents() -> str:
    return render_template(
        "consents/services.html", consents=[_describe(given) for given in find_consents(the_session().person_id)]
    )


@blueprint.get(f"{_CONSENT}/receipt")
@signed_in
def give_receipt(consent_id: int) -> Response:
    receipt = issue_consent_receipt(the_session().person_id, consent_id)
    answer = Response(receipt.token, mimetype=RECEIPT_MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="consent-{consent_id}.jwt"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post(f"{_CONSENT}/withdraw")
@signed_in
@refused_on("consents.show_consents")
def act_on_withdrawal(consent_id: int) -> Any:
    withdraw_consent(the_session().person_id, consent_id)
    flash(_("The service can read nothing of yours any more."), "success")
    return redirect("/citizen/services", 303)


@blueprint.post(f"{_CONSENT}/scopes/<scope>/withdraw")
@signed_in
@refused_on("consents.show_consents")
def act_on_scope_withdrawal(consent_id: int, scope: str) -> Any:
    withdraw_scope(the_session().person_id, consent_id, scope)
    return _goes_on()


@blueprint.post(f"{_CONSENT}/attributes/<path:key>/withdraw")
@signed_in
@refused_on("consents.show_consents")
def act_on_attribute_withdrawal(consent_id: int, key: str) -> Any:
    withdraw_attribute(the_session().person_id, consent_id, key)
    return _goes_on()


def _goes_on() -> Any:
    flash(_("The service can read this no more. It goes on with the rest."), "success")
    return redirect("/citizen/services", 303)


def _describe(consent: Consent) -> DescribedConsent:
    given, needed = granted_items(consent), needed_items(consent)
    withheld = build_groups([item for item in asked_items(consent) if item not in given], scopes=consent.asked_scopes)
    return DescribedConsent(
        consent,
        build_groups(given, scopes=consent.granted_scopes, needed=needed),
        frozenset(needed_scopes(consent.client)),
        tuple(title for group in withheld for title in _titles_of(group)),
        ends_at(consent),
    )


def _titles_of(group: AskedGroup) -> list[str]:
    return [group.title] if group.is_one else [one.titles[0] for one in group.attributes]
