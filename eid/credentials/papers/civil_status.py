"""Civil status: extracts of the entries of birth, marriage and divorce. Pure."""

from __future__ import annotations

from typing import Any

from eid.credentials.paper_kinds import HOLDER, Adding, Attribute, AttributeKind, Paper, recorded, write_day


def _within(name: str, kind: AttributeKind, label: str, *path: str) -> Attribute:
    """What the record has at the end of this path; nothing where the path ends before."""
    return Attribute(name, kind, label, lambda record, holder: _follow(record, path, kind))


def _follow(value: Any, path: tuple[str, ...], kind: AttributeKind) -> Any:
    for step in path:
        if value is None:
            return None
        value = getattr(value, step)
    if kind is AttributeKind.DAY:
        return write_day(value)
    return None if value is None else str(value)


TEXT, DAY = AttributeKind.TEXT, AttributeKind.DAY

PAPER = Paper(
    name="civil_status",
    title="Civil status",
    agency="Justice office of the commune (simulated)",
    share_title="Your birth and marriage extracts",
    attributes=(
        *HOLDER,
        recorded("ethnicity", TEXT, "Ethnic group"),
        recorded("nationality", TEXT, "Nationality"),
        _within("birth_number", TEXT, "Number of the birth entry", "birth", "entry", "number"),
        _within("birth_registered_on", DAY, "Birth registered on", "birth", "entry", "registered_on"),
        _within("birth_registered_at", TEXT, "Birth registered at", "birth", "entry", "registered_at"),
        _within("birth_place", TEXT, "Place of birth", "birth", "birth_place"),
        _within("father", TEXT, "Father", "birth", "father", "full_name"),
        _within("father_birthdate", DAY, "Father's date of birth", "birth", "father", "birth_date"),
        _within("mother", TEXT, "Mother", "birth", "mother", "full_name"),
        _within("mother_birthdate", DAY, "Mother's date of birth", "birth", "mother", "birth_date"),
        recorded("marital_status", TEXT, "Marital status"),
        _within("marriage_number", TEXT, "Number of the marriage entry", "marriage", "entry", "number"),
        _within("marriage_registered_on", DAY, "Marriage registered on", "marriage", "entry", "registered_on"),
        _within("marriage_registered_at", TEXT, "Marriage registered at", "marriage", "entry", "registered_at"),
        _within("spouse", TEXT, "Spouse", "marriage", "spouse", "full_name"),
        _within("spouse_birthdate", DAY, "Spouse's date of birth", "marriage", "spouse", "birth_date"),
        _within("marriage_ended_by", TEXT, "What ended the marriage", "marriage", "ended_by"),
        _within("marriage_ended_on", DAY, "When the marriage ended", "marriage", "ended_on"),
        _within("divorce_number", TEXT, "Number of the decision on the divorce", "divorce", "number"),
        _within("divorce_court", TEXT, "Court that decided on the divorce", "divorce", "registered_at"),
    ),
    adding=Adding(),
    shown=(
        *("name", "birthdate", "gender", "birth_number", "birth_registered_at", "birth_place", "father", "mother"),
        *("marital_status", "marriage_number", "marriage_registered_on", "spouse"),
    ),
)
