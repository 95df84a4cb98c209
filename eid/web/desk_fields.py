"""Which field of a desk's form a refusal is about, so that it stands there: one table for all forms.

A code may concern one field in one form and another in the next: the first that the form has is meant. What is about no
field (somebody has died, something changed meanwhile) stands at the top of the page alone.
"""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import gettext

from eid.errors import Malformed, Refusal
from eid.web.forms import current_refusal

PIN_OF_ANOTHER = ("spouse_pin", "guardian_pin", "father_pin", "host_pin", "pin")
WHERE_THEY_LIVE = ("lives_with", "leaves", "host_pin", "child")

FIELDS: dict[str, tuple[str, ...]] = {
    "purpose_missing": ("purpose",),
    "reason_missing": ("reason",),
    "phone_malformed": ("phone",),
    "note_missing": ("note",),
    "authority_missing": ("authority",),
    "person_unknown": PIN_OF_ANOTHER,
    "pin_replaced": PIN_OF_ANOTHER,
    "search_empty": ("pin",),
    "search_too_wide": ("pin",),
    "search_wildcard": ("pin",),
    "search_name": ("pin",),
    "search_name_long": ("pin",),
    "search_birth": ("born",),
    "search_province": ("residence",),
    "event_date": ("on",),
    "death_date": ("died_on",),
    "birth_in_future": ("birth_date", "on"),
    "before_register": ("day",),
    "not_yet_born": ("day",),
    "name_malformed": ("surname",),
    "name_letters": ("surname",),
    "parent_sex": ("father_pin", "sex"),
    "parent_age": ("birth_date", "on"),
    "parent_dead": ("birth_date", "on"),
    "marriage_self": ("spouse_pin",),
    "marriage_sex": ("spouse_pin",),
    "marriage_kin": ("spouse_pin",),
    "marriage_married": ("spouse_pin",),
    "marriage_age": ("birth_date", "on"),
    "correction_spouse": ("sex",),
    "birth_place": ("birth_province",),
    "province_unknown": ("birth_province", "province"),
    "commune_unknown": ("commune",),
    "address_missing": ("house",),
    "home_unknown": WHERE_THEY_LIVE,
    "household_missing": WHERE_THEY_LIVE,
    "move_same_home": ("host_pin", "lives_with"),
    "minors_alone": WHERE_THEY_LIVE,
    "nationality_unknown": ("nationality",),
    "account_level": ("level",),
    "level_not_offered": ("level",),
    "ground_unknown": ("ground",),
    "guardian_not_parent": ("ground",),
    "ward_of_age": ("ground",),
    "document_missing": ("document",),
    "guardian_level": ("guardian_pin",),
    "guardian_self": ("guardian_pin",),
    "guardian_dead": ("guardian_pin",),
    "guardian_too_young": ("guardian_pin",),
    "residence_kind": ("residence_kind",),
    "residence_missing": ("residence_until",),
    "child_unknown": ("child",),
    "organisation_kind": ("kind",),
    "organisation_code": ("code",),
    "organisation_exists": ("code",),
    "request_open": ("code",),
    "organisation_name": ("name",),
    "founded_in_future": ("founded_on",),
    "organisation_address": ("head_office",),
    "people_lines": ("others",),
    "people_many": ("others",),
    "representative_unknown": ("others", "representative_pin"),
    "representative_level": ("representative_pin",),
    "member_unknown": ("member_pin",),
    "member_already": ("member_pin",),
    "member_role": ("role",),
    "mandate_term": ("last_day",),
    "statement_text": ("text",),
    "statement_recipient": ("recipient",),
    "why_missing": ("why",),
    "institution_unknown": ("institution",),
    "account_number": ("account_number",),
    "account_unknown": ("account_number",),
    "account_name_differs": ("name",),
    "reason_unknown": ("reason",),
}


def find_field(refusal: Refusal, fields: Collection[str]) -> str | None:
    """Which of these fields the refusal is about; None where it is about none of them."""
    named = tuple(refusal.fields) if isinstance(refusal, Malformed) else ()
    return next((name for name in (*named, *FIELDS.get(refusal.code, ())) if name in fields), None)


def find_errors(fields: Collection[str]) -> dict[str, str]:
    """What this page, which has these fields, says at one of them: its name and the sentence; nothing where all is well."""
    refusal = current_refusal()
    name = find_field(refusal, fields) if refusal is not None else None
    return {name: gettext(refusal.detail)} if refusal is not None and name else {}
