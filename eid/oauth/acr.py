"""Authentication levels as clients ask for them and are told (OpenID Connect Core, sections 3.1.2.1 and 5.5.1.1). Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from eid.accounts.levels import AuthenticationLevel

ACR_VALUES = tuple(AuthenticationLevel)
_LEVELS: dict[str, AuthenticationLevel] = {level: level for level in AuthenticationLevel}
"""All of them can be reached at our page: whatever a citizen still lacks for one is asked for there."""


def parse_claims_parameter(text: str | None) -> dict[str, Any] | None:
    """The claims parameter as JSON, empty where there is none; None where it is no JSON object."""
    if not text:
        return {}
    try:
        claims = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def find_essential_acr(claims: dict[str, Any]) -> tuple[str, ...]:
    """The values of which an essential `acr` must be one; empty where the client does not insist."""
    in_id_token = claims.get("id_token")
    acr = in_id_token.get("acr") if isinstance(in_id_token, dict) else None
    if not isinstance(acr, dict) or acr.get("essential") is not True:
        return ()
    return _list_values(acr)


def find_wished_acr(claims: dict[str, Any]) -> tuple[str, ...]:
    """The values of a voluntary `acr`, in the client's order of preference (section 5.5.1.1); no less a wish than acr_values."""
    in_id_token = claims.get("id_token")
    acr = in_id_token.get("acr") if isinstance(in_id_token, dict) else None
    return () if not isinstance(acr, dict) or acr.get("essential") is True else _list_values(acr)


def _list_values(acr: dict[str, Any]) -> tuple[str, ...]:
    values = acr.get("values")
    values = values if isinstance(values, list) else [acr.get("value")]
    return tuple(value for value in values if isinstance(value, str))


def choose_level(
    *, essential: Sequence[str], preferred: Sequence[str], default: str, highest: str | None = None
) -> AuthenticationLevel | None:
    """The level to sign in at: the first of those wanted that there is; where none of the voluntary ones is, the default.

    Above `highest` there is none for this client. None where it insists on what is no level, or on none that it may ask for.
    """
    wanted = essential or [acr for acr in preferred if _is_reachable(acr, highest)] or (default,)
    return next((_LEVELS[acr] for acr in wanted if _is_reachable(acr, highest)), None)


def _is_reachable(acr: str, highest: str | None) -> bool:
    return acr in _LEVELS and (highest is None or acr <= highest)


def granted_acr(level: str, essential: Sequence[str]) -> str:
    """The `acr` to report for a session of this level: what happened, never what was asked.

    A sign-in meets every level below its own, so where the client insists on one of some values, it is the highest of them
    that was met.
    """
    return max((acr for acr in essential if acr <= level), default=level)
