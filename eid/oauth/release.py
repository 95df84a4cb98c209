"""What a grant lets a client have of a person, and what of it a userinfo answer or an ID token then says. Pure.

Nothing is told that was not asked for and granted; the `claims` parameter decides what stands where (OpenID Connect Core,
section 5.5), scopes fill userinfo (section 5.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from eid.late_dataclasses import frozen
from eid.oauth.authorization_details import Detail, covers
from eid.oauth.claims import is_only_by_name, select_papers, select_scopes
from eid.oauth.claims_request import VERIFIED_CLAIMS, list_verified_requests, meets_wish
from eid.oauth.verified_claims import select_verified_claims


@frozen
class Release:
    scopes: tuple[str, ...]
    """Those of the token at hand."""
    items: tuple[str, ...] | None = None
    """What the citizen agreed to; None for grants from before that was kept: all that the scopes stand for."""
    claims: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The claims parameter, by member."""
    details: tuple[Detail, ...] = ()
    """Authorization details as granted."""
    until: datetime | None = None
    """When the consent ends."""

    @classmethod
    def from_json(cls, scopes: Sequence[str], value: Mapping[str, Any] | None) -> Release:
        if value is None:
            return cls(tuple(scopes))
        return cls(
            tuple(scopes),
            tuple(value["items"]),
            value["claims"],
            tuple(value["details"]),
            datetime.fromisoformat(value["until"]) if value["until"] else None,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "items": list(self.items or ()),
            "claims": {name: dict(member) for name, member in self.claims.items()},
            "details": list(self.details),
            "until": self.until.isoformat() if self.until else None,
        }

    def allows(self, item: str) -> bool:
        """Whether the citizen agreed to this."""
        return covers(self.items, item) if self.items is not None else item in self._of_scopes()

    def list_names(self, member: str) -> tuple[str, ...]:
        """The claims that belong into this member and are granted, but for verified_claims."""
        wished = [name for name in self.claims.get(member, ()) if name != VERIFIED_CLAIMS]
        asked = [*self._of_scopes(), *wished] if member == "userinfo" else wished
        granted = self.items or ()
        return tuple([name for name in dict.fromkeys(asked) if name in granted or self.allows(name)])

    def list_papers(self, member: str, names: Iterable[str]) -> dict[str, tuple[str, ...] | None]:
        """The papers that belong into this member, which has these names: by name the attributes that may be told, None for what
        the whole includes."""
        found = {name: self._list_whole(name) for name in select_papers(names)}
        if member == "userinfo" and self.details:
            for detail in (one for one in self.details if "paper" in one):
                found.setdefault(detail["paper"], tuple(detail["attributes"]) if "attributes" in detail else None)
        return found

    def find_paper(self, paper: str) -> tuple[bool, tuple[str, ...] | None]:
        """Whether this paper may be fetched as a token, and which of its attributes, None for all that the whole includes."""
        if paper in self.scopes and self.allows(paper):
            return True, self._list_whole(paper)
        details = [detail for detail in self.details if detail.get("paper") == paper]
        if not details:
            return False, ()
        if any("attributes" not in detail for detail in details):
            return True, None
        return True, tuple(dict.fromkeys(name for detail in details for name in detail["attributes"]))

    def find_credential(self, identifier: object) -> str | None:
        """The credential_configuration_id of a credential identifier that was granted; None for any other."""
        for detail in self.details:
            if identifier in detail.get("credential_identifiers", ()):
                return str(detail["credential_configuration_id"])
        return None

    def select_values(
        self, member: str, names: Iterable[str], values: Mapping[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        """Those of the member's names that there is a value for, and whose wish it meets; what a scope gives is no wish."""
        told = [name for name in names if name in values]
        if wishes := self.claims.get(member):
            of_scopes = set(self._of_scopes()) if member == "userinfo" else set()
            told = [name for name in told if name in of_scopes or meets_wish(wishes.get(name), values[name], now)]
        return {name: values[name] for name in told}

    def asks_verified(self, member: str) -> bool:
        """Whether verified claims belong into this member, and telling how they were verified is granted."""
        return bool(list_verified_requests(self.claims.get(member, {}))) and self.allows(VERIFIED_CLAIMS)

    def select_verified(
        self, member: str, *, verification: Mapping[str, Any] | None, values: Mapping[str, Any], now: datetime
    ) -> Any:
        """What verified_claims says in this member; None where nothing can be said."""
        asked = self.claims[member][VERIFIED_CLAIMS]
        return select_verified_claims(asked, verification=verification, values=values, may_tell=self.allows, now=now)

    def _list_whole(self, paper: str) -> tuple[str, ...] | None:
        """What may be told of a paper that is granted whole: besides what that includes, what was granted by name."""
        named = {item for item in self.items or () if item.partition(".")[0] == paper and is_only_by_name(item)}
        if not named:
            return None
        [scope] = select_scopes([paper])
        claims = [claim for one in scope.attributes for claim in one.claims]
        return tuple(c.partition(".")[2] for c in claims if c in named or not is_only_by_name(c))

    def _of_scopes(self) -> tuple[str, ...]:
        return tuple([claim for scope in select_scopes(self.scopes) for claim in scope.items])
