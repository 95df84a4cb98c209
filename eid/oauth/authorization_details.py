"""Authorization details (RFC 9396): a paper, whole or some of what it says, asked for as one thing. Pure.

The one type is `eid_paper`: `paper` names it, `attributes`, where there are any, are all that is wanted of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eid.errors import Malformed
from eid.oauth.claims import Scope, is_only_by_name, select_scopes

PAPER = "eid_paper"
TYPES = (PAPER,)
_FIELDS = frozenset({"type", "paper", "attributes"})
MAX_DETAILS = 16

Detail = dict[str, Any]


def parse_authorization_details(text: str | None, *, client_scopes: Iterable[str]) -> tuple[Detail, ...]:
    """The details, checked as section 5 asks; empty where there are none.

    1. It is a JSON array of objects.
    2. Each is of a type that there is, with its fields and no others, and these of their kinds.
    3. Each names a paper that exists and that the client is registered for, and attributes that this paper has.

    Raises Malformed: invalid_authorization_details.
    """
    if text is None:
        return ()
    # (1)
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refuse("The parameter authorization_details is a JSON array.") from error
    if not isinstance(given, list) or not given or len(given) > MAX_DETAILS:
        raise _refuse("The parameter authorization_details is a JSON array of one to sixteen objects.")
    papers = {scope.name: scope for scope in select_scopes(client_scopes) if scope.is_paper}
    return tuple(_parse_detail(detail, papers) for detail in given)


def _parse_detail(given: Any, papers: Mapping[str, Scope]) -> Detail:
    # (2)
    if not isinstance(given, Mapping) or given.get("type") not in TYPES:
        raise _refuse(f"The only type of authorization details is {PAPER}.")
    if not set(given) <= _FIELDS:
        raise _refuse(f"Authorization details of the type {PAPER} have a paper and attributes, and nothing else.")
    paper = given.get("paper")
    # (3)
    scope = papers.get(paper) if isinstance(paper, str) else None
    if scope is None:
        raise _refuse("There is no such paper that the service may ask for.")
    if "attributes" not in given:
        return {"type": PAPER, "paper": scope.name}
    attributes = given["attributes"]
    known = {claim.partition(".")[2] for attribute in scope.attributes for claim in attribute.claims}
    if not isinstance(attributes, list) or not attributes or not all(isinstance(name, str) for name in attributes):
        raise _refuse("The attributes of a paper are a list of names.")
    if not set(attributes) <= known:
        raise _refuse("This paper does not say what is asked for.")
    return {"type": PAPER, "paper": scope.name, "attributes": list(dict.fromkeys(attributes))}


def list_detail_items(details: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What has to be agreed to: the paper, or each attribute as `paper.attribute`."""
    return tuple(item for detail in details for item in _items_of(detail))


def select_details(details: Iterable[Mapping[str, Any]], *, granted: Sequence[str]) -> list[Detail]:
    """The details as they are granted: papers that were withheld are gone, and so are attributes."""
    return [found for detail in details if (found := _narrow(detail, granted)) is not None]


def covers(granted: Iterable[str], item: str) -> bool:
    """Whether this is granted: by itself, or as part of a paper that is granted whole, unless it is told only by name."""
    return item in granted or (item.partition(".")[0] in granted and not is_only_by_name(item))


def _items_of(detail: Mapping[str, Any]) -> list[str]:
    paper = detail["paper"]
    return [f"{paper}.{name}" for name in detail["attributes"]] if "attributes" in detail else [paper]


def _narrow(detail: Mapping[str, Any], granted: Sequence[str]) -> Detail | None:
    if "attributes" not in detail:
        return dict(detail) if covers(granted, detail["paper"]) else None
    kept = [name for name in detail["attributes"] if covers(granted, f"{detail['paper']}.{name}")]
    return {**detail, "attributes": kept} if kept else None


def _refuse(detail: str) -> Malformed:
    return Malformed("invalid_authorization_details", detail)
