"""The `claims` parameter (OpenID Connect Core, section 5.5), as far as it names what there is and the client may ask for. Pure.

An essential claim is a wish like any other (section 5.5.1): what cannot be told is left out, and the request goes on. An `acr` is
the exception: eid.oauth.acr reads that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from eid.errors import Malformed
from eid.oauth.acr import parse_claims_parameter
from eid.oauth.claims import select_scopes

MEMBERS = ("userinfo", "id_token")
VERIFIED_CLAIMS = "verified_claims"
MAX_DEPTH = 16
"""Of objects and lists within each other; nothing that can be asked for lies deeper."""
OF_THE_TOKEN = frozenset({"sub", "acr", "auth_time"})
"""What every ID token says without being asked, and nobody has to agree to claim by claim."""

ClaimsRequest = dict[str, dict[str, Any]]
"""Member → name of a claim → what is wished of it: None, or an object."""


def parse_claims_request(text: str | None, *, client_scopes: Iterable[str]) -> ClaimsRequest:
    """What is asked for in each member, of that which exists and this client is registered for; the rest is ignored.

    Raises Malformed: claims_malformed, where it is no JSON object, or a member or a wish is neither null nor an object.
    """
    if not text:
        return {member: {} for member in MEMBERS}
    given = parse_claims_parameter(text)
    if given is None or _is_deeper_than(given, MAX_DEPTH):
        raise Malformed("claims_malformed", "The parameter claims is a JSON object.")
    may_ask = list_requestable(client_scopes)
    return {member: _parse_member(given.get(member), may_ask) for member in MEMBERS}


def list_requestable(client_scopes: Iterable[str]) -> frozenset[str]:
    """The names of the claims that a client with these scopes may ask for one by one."""
    return frozenset(claim for scope in select_scopes(client_scopes) for claim in scope.claims) - OF_THE_TOKEN


def find_wished_subject(claims: Mapping[str, Any]) -> str | None:
    """The one subject that the client accepts (section 3.1.2.2: a positive answer is for them alone), if it names one."""
    id_token = claims.get("id_token")
    wish = id_token.get("sub") if isinstance(id_token, Mapping) else None
    value = wish.get("value") if isinstance(wish, Mapping) else None
    return value if isinstance(value, str) else None


def list_names(request: ClaimsRequest) -> tuple[str, ...]:
    """Every claim that is asked for outside of verified_claims, each once."""
    names = [name for member in MEMBERS for name in request.get(member, {}) if name != VERIFIED_CLAIMS]
    return tuple(dict.fromkeys(names))


def list_verified_requests(member: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The request elements of verified_claims in a member; each stands for itself."""
    found = member.get(VERIFIED_CLAIMS)
    return () if found is None else (found,) if isinstance(found, Mapping) else tuple(found)


def meets_wish(wish: Any, value: Any, now: datetime) -> bool:
    """Whether a value is what is wished: `value` and `values` of section 5.5.1, `max_age` of OpenID Connect for Identity
    Assurance 1.0, counted from the last second of what is a day."""
    if not isinstance(wish, Mapping):
        return True
    if "value" in wish and wish["value"] != value:
        return False
    if "values" in wish and (not isinstance(wish["values"], list) or value not in wish["values"]):
        return False
    return "max_age" not in wish or _is_recent(value, wish["max_age"], now)


def _parse_member(member: Any, may_ask: Collection[str]) -> dict[str, Any]:
    if member is None:
        return {}
    if not isinstance(member, Mapping):
        raise Malformed("claims_malformed", "The members userinfo and id_token of claims are objects.")
    asked = {name: _parse_wish(wish) for name, wish in member.items() if name in may_ask}
    verified = _parse_verified(member.get(VERIFIED_CLAIMS), may_ask) if VERIFIED_CLAIMS in member else None
    return asked | ({} if verified is None else {VERIFIED_CLAIMS: verified})


def _parse_wish(wish: Any) -> Any:
    if wish is not None and not isinstance(wish, Mapping):
        raise Malformed("claims_malformed", "What is wished of a claim is null or an object.")
    return wish


def _parse_verified(given: Any, may_ask: Collection[str]) -> Any:
    """One request element or several, with those claims alone that may be asked for; elements without any are left out."""
    if isinstance(given, Mapping):
        found = _parse_element(given, may_ask)
        return found if found["claims"] else None
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise _malformed_verified()
    elements = [_parse_element(element, may_ask) for element in given]
    return [element for element in elements if element["claims"]] or None


def _parse_element(element: Any, may_ask: Collection[str]) -> dict[str, Any]:
    verification = element.get("verification") if isinstance(element, Mapping) else None
    claims = element.get("claims") if isinstance(element, Mapping) else None
    if not isinstance(verification, Mapping) or not isinstance(claims, Mapping):
        raise _malformed_verified()
    if "trust_framework" not in verification:
        raise _malformed_verified()
    _check_evidence(verification.get("evidence"))
    wished = {name: _parse_wish(wish) for name, wish in claims.items() if name in may_ask}
    return {"verification": dict(verification), "claims": wished}


def _check_evidence(evidence: Any) -> None:
    """Each entry is a filter for one type, which it names by `value`."""
    if evidence is None:
        return
    if not isinstance(evidence, list):
        raise _malformed_verified()
    for entry in evidence:
        kind = entry.get("type") if isinstance(entry, Mapping) else None
        if not isinstance(kind, Mapping) or not isinstance(kind.get("value"), str):
            raise _malformed_verified()


def _malformed_verified() -> Malformed:
    return Malformed(
        "claims_malformed",
        "Each element of verified_claims has claims, and a verification with its trust_framework; evidence names types.",
    )


def _is_deeper_than(value: Any, limit: int) -> bool:
    if not isinstance(value, Mapping | list):
        return False
    parts = value.values() if isinstance(value, Mapping) else value
    return limit == 0 or any(_is_deeper_than(part, limit - 1) for part in parts)


def _is_recent(value: Any, max_age: Any, now: datetime) -> bool:
    moment = _moment_of(value)
    if moment is None or isinstance(max_age, bool) or not isinstance(max_age, int | float):
        return False
    return (now - moment).total_seconds() <= max_age


def _moment_of(value: Any) -> datetime | None:
    """The moment that a text names, or the last second of the day that it names."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(value), time(), UTC) + timedelta(days=1, seconds=-1)
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
