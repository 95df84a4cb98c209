"""What a citizen is asked to share: grouped by scope, in plain words, each thing once; and what a decision about it grants. Pure.

An *item* is the smallest thing that a consent holds: a claim, an attribute of a paper as `paper.attribute`, or a scope without
claims. What stands in several scopes is asked for in one of them alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from eid.errors import Malformed
from eid.late_dataclasses import frozen
from eid.oauth.authorization_details import covers, list_detail_items
from eid.oauth.claims import OPENID, Attribute, Scope, is_only_by_name, known_scopes, select_scopes
from eid.oauth.claims_request import MEMBERS, VERIFIED_CLAIMS, list_names, list_verified_requests

VERIFICATION = Scope(
    VERIFIED_CLAIMS,
    "How your identity was verified",
    (Attribute("Your card or the desk that your account rests on, with number, place and time", (VERIFIED_CLAIMS,)),),
    (VERIFIED_CLAIMS,),
)
"""Asked about as a scope is, but no scope: it is asked for by the claims parameter alone."""


PASSING_ON = "pass_on:"
"""Before the address of a service, in an item: to it the client may pass on what it is given (RFC 8693)."""
PASSING_ON_NAME = "pass_on"
"""The name of the group in which these are asked about."""


class Asking(Protocol):
    """What a request asks for."""

    @property
    def scopes(self) -> tuple[str, ...]: ...
    @property
    def claims(self) -> Mapping[str, Any]: ...
    @property
    def authorization_details(self) -> tuple[Mapping[str, Any], ...]: ...
    @property
    def passed_on(self) -> tuple[str, ...]: ...


@frozen
class AskedAttribute:
    """One tick of the consent page."""

    field: str
    """The name of the form's field: `scope` where it stands for a whole scope, else `claim`."""
    key: str
    """The field's value."""
    titles: tuple[str, ...]
    items: tuple[str, ...]
    is_needed: bool
    """The service cannot go on without it."""


@frozen
class AskedGroup:
    """The attributes of a scope that are asked for."""

    name: str
    title: str
    attributes: tuple[AskedAttribute, ...]

    @property
    def is_one(self) -> bool:
        """Whether one tick stands for all of the scope."""
        return [attribute.field for attribute in self.attributes] == ["scope"]

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(item for attribute in self.attributes for item in attribute.items)


class Granted(NamedTuple):
    """What a decision lets a client have."""

    scopes: tuple[str, ...]
    items: tuple[str, ...]


def list_items(request: Asking) -> tuple[str, ...]:
    """Everything that a request asks for, each thing once; a paper that is asked for whole is not asked for in parts, but for
    those that the whole does not include."""
    found = [item for scope in select_scopes(request.scopes) for item in scope.items]
    if any(request.claims.values()):
        found += _list_named(request.claims)
    found += list_detail_items(request.authorization_details)
    parts = [i for i in found if "." not in i or i.partition(".")[0] not in found or is_only_by_name(i)]
    return tuple(dict.fromkeys([*parts, *[PASSING_ON + service for service in request.passed_on]]))


def list_scope_items(scopes: Iterable[str]) -> tuple[str, ...]:
    """What these scopes stand for, each item once."""
    return tuple(dict.fromkeys(item for scope in select_scopes(scopes) for item in scope.items))


def list_needed(scopes: Iterable[str], required_scopes: Iterable[str]) -> frozenset[str]:
    """The items that cannot be withheld: those of every scope asked for that the service requires."""
    return frozenset(list_scope_items({OPENID, *required_scopes} & set(scopes)))


def build_groups(
    items: Collection[str], *, scopes: Collection[str], needed: Collection[str] = frozenset()
) -> tuple[AskedGroup, ...]:
    """These items as the page shows them; `scopes` are those that are asked for by name.

    What several scopes say stands under the first that is asked for, else under the first of which everything is there.
    """
    if not items:
        return ()
    table = (*known_scopes(), VERIFICATION, _list_services(items))
    left, owned = set(items), dict[str, tuple[str, ...]]()
    for scope in sorted(table, key=lambda scope: (scope.name not in scopes, not left.issuperset(scope.items))):
        owned[scope.name] = tuple(item for item in scope.all_items if item in left)
        left.difference_update(owned[scope.name])
    return tuple(
        AskedGroup(scope.name, scope.title, _split(scope, owned[scope.name], scope.name in scopes, needed))
        for scope in table
        if owned[scope.name]
    )


def read_decision(
    groups: Sequence[AskedGroup],
    *,
    asked_scopes: Sequence[str],
    needed: Collection[str],
    ticked_scopes: Iterable[str],
    ticked_claims: Iterable[str],
) -> Granted:
    """What was granted by these ticks. A scope that is ticked grants all that is asked for of it.

    Raises Malformed: consent_scope for what was not asked for, consent_required_scope where something needed is missing.
    """
    scopes, claims = set(ticked_scopes) | ({OPENID} & set(asked_scopes)), set(ticked_claims)
    attributes = [attribute for group in groups for attribute in group.attributes]
    if not scopes <= set(asked_scopes) or not claims <= {one.key for one in attributes if one.field == "claim"}:
        raise Malformed("consent_scope", "Something was ticked that the service did not ask for.")
    wanted = set(list_scope_items(scopes))
    wanted |= {item for one in attributes if one.field == "claim" and one.key in claims for item in one.items}
    asked = [item for one in attributes for item in one.items]
    granted = tuple(item for item in asked if item in wanted)
    if not set(needed) & set(asked) <= set(granted):
        raise Malformed("consent_required_scope", "The service cannot go on without what it marks as needed.")
    touched = scopes | {group.name for group in groups if set(group.items) & set(granted)}
    kept = [name for name in asked_scopes if name in touched and set(list_scope_items([name])) & set(granted)]
    return Granted(tuple(kept), granted)


def join_decisions(
    earlier: Granted, decided: Granted, *, asked_scopes: Sequence[str], pending: Collection[str]
) -> Granted:
    """What is granted in all: what an earlier decision granted and was not in question now, and what this one did."""
    items = (*(item for item in earlier.items if item not in pending), *decided.items)
    kept = [name for name in earlier.scopes if set(list_scope_items([name])) & set(items)]
    return Granted(tuple(name for name in asked_scopes if name in decided.scopes or name in kept), items)


def find_pending(
    asked: Sequence[str], *, asked_then: Collection[str], granted_then: Collection[str], needed: Collection[str]
) -> tuple[str, ...]:
    """What the citizen still has to be asked about, after an earlier decision.

    1. What was not asked for then.
    2. What is needed and was withheld.
    3. Where nothing new is asked for: what was withheld, if all of the rest was withheld too. What was refused beside something
       that was granted stays refused.
    """
    # (1)
    new = {item for item in asked if not covers(asked_then, item)}
    # (2)
    missing = {item for item in asked if item in needed and not covers(granted_then, item)}
    # (3)
    withheld = {item for item in asked if not covers(granted_then, item)}
    is_asked_alone = set(asked) - withheld <= set(list_scope_items([OPENID]))
    again = withheld if not new and is_asked_alone and set(asked) != set(asked_then) else set()
    return tuple(item for item in asked if item in new | missing | again)


def _list_named(claims: Mapping[str, Any]) -> list[str]:
    """What the claims parameter names, verified or not."""
    found = list(list_names(dict(claims)))
    for member in MEMBERS:
        for element in list_verified_requests(claims.get(member, {})):
            found += [VERIFIED_CLAIMS, *element["claims"]]
    return found


def _list_services(items: Collection[str]) -> Scope:
    """The services that are named among these items, asked about as a scope is: each by its address."""
    named = [item for item in items if item.startswith(PASSING_ON)]
    attributes = tuple(Attribute(item.removeprefix(PASSING_ON), (item,)) for item in named)
    return Scope(PASSING_ON_NAME, "Pass it on to these services, and act there for you", attributes, tuple(named))


def _split(scope: Scope, own: Sequence[str], is_scope: bool, needed: Collection[str]) -> tuple[AskedAttribute, ...]:
    """One tick an attribute; one for the whole where it cannot be told apart, or there is but one."""
    parts = [(one, tuple(c for c in one.claims if c in own)) for one in scope.attributes]
    parts = [(attribute, items) for attribute, items in parts if items]
    is_apart = set(own) == {item for _, items in parts for item in items}
    is_whole = is_scope and set(scope.items) <= set(own)
    if is_apart and (len(parts) > 1 or not is_whole):
        return tuple(
            AskedAttribute("claim", items[0], (attribute.title,), items, not set(items).isdisjoint(needed))
            for attribute, items in parts
        )
    told = [one for one in scope.attributes if not one.is_only_by_name or set(one.claims) & set(own)]
    titles = tuple(attribute.title for attribute in told)
    field, key = ("scope", scope.name) if is_scope else ("claim", own[0])
    return (AskedAttribute(field, key, titles, tuple(own), not set(own).isdisjoint(needed)),)
