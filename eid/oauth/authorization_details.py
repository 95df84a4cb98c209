"""Authorization details (RFC 9396): a paper, whole or some of what it says, asked for as one thing. Pure.

Of type `eid_paper`, `paper` names it, and `attributes`, where there are any, are all that is wanted of it. Of type
`openid_credential` (OpenID4VCI 1.0, section 5.1.1) it is for a wallet, whole, as `credential_configuration_id` says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eid.errors import Malformed
from eid.oauth.claims import Scope, find_credential_scope, is_only_by_name, select_scopes

PAPER = "eid_paper"
CREDENTIAL = "openid_credential"
TYPES = (PAPER, CREDENTIAL)
_FIELDS = frozenset({"type", "paper", "attributes"})
_CREDENTIAL_FIELDS = frozenset({"type", "credential_configuration_id", "claims", "locations"})
MAX_DETAILS = 16

Detail = dict[str, Any]


def parse_authorization_details(text: str | None, *, client_scopes: Iterable[str]) -> tuple[Detail, ...]:
    """The details, checked as section 5 asks; empty where there are none.

    1. It is a JSON array of objects.
    2. Each is of a type that there is, with its fields and no others, and these of their kinds.
    3. Each names a paper that exists and that the client is registered for, and attributes that this paper has; or a credential
       of such a paper, which is always whole, whatever claims are named.

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
    scopes = {scope.name: scope for scope in select_scopes(client_scopes)}
    papers = {name: scope for name, scope in scopes.items() if scope.is_paper}
    return tuple(
        _parse_credential(detail, scopes)
        if isinstance(detail, Mapping) and detail.get("type") == CREDENTIAL
        else _parse_detail(detail, papers)
        for detail in given
    )


def _parse_credential(given: Mapping[str, Any], scopes: Mapping[str, Scope]) -> Detail:
    if not set(given) <= _CREDENTIAL_FIELDS:
        raise _refuse(f"Authorization details of the type {CREDENTIAL} name a credential_configuration_id.")
    configuration = given.get("credential_configuration_id")
    if not any(configuration in scope.credentials for scope in scopes.values()):
        raise _refuse("There is no such credential that the service may ask for.")
    return {"type": CREDENTIAL, "credential_configuration_id": configuration}


def _parse_detail(given: Any, papers: Mapping[str, Scope]) -> Detail:
    # (2)
    if not isinstance(given, Mapping) or given.get("type") != PAPER:
        raise _refuse(f"The types of authorization details are {PAPER} and {CREDENTIAL}.")
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
    return tuple([item for detail in details for item in _items_of(detail)])


def select_details(details: Iterable[Mapping[str, Any]], *, granted: Sequence[str]) -> list[Detail]:
    """The details as they are granted: papers that were withheld are gone, and so are attributes."""
    return [found for detail in details if (found := _narrow(detail, granted)) is not None]


def covers(granted: Iterable[str], item: str) -> bool:
    """Whether this is granted: by itself, or as part of a paper that is granted whole, unless it is told only by name."""
    return item in granted or (item.partition(".")[0] in granted and not is_only_by_name(item))


def _items_of(detail: Mapping[str, Any]) -> list[str]:
    if detail["type"] == CREDENTIAL:
        scope = find_credential_scope(detail["credential_configuration_id"])
        return list(scope.items) if scope is not None else []
    paper = detail["paper"]
    return [f"{paper}.{name}" for name in detail["attributes"]] if "attributes" in detail else [paper]


def _narrow(detail: Mapping[str, Any], granted: Sequence[str]) -> Detail | None:
    if detail["type"] == CREDENTIAL:
        items = _items_of(detail)
        identifiers = [detail["credential_configuration_id"]]
        is_granted = bool(items) and all(covers(granted, item) for item in items)
        return {**detail, "credential_identifiers": identifiers} if is_granted else None
    if "attributes" not in detail:
        return dict(detail) if covers(granted, detail["paper"]) else None
    kept = [name for name in detail["attributes"] if covers(granted, f"{detail['paper']}.{name}")]
    return {**detail, "attributes": kept} if kept else None


def _refuse(detail: str) -> Malformed:
    return Malformed("invalid_authorization_details", detail)
