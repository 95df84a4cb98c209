"""What a machine finds worth an officer's second look in a registration. It decides nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from eid.accounts.levels import AuthenticationLevel
from eid.late_dataclasses import frozen
from eid.oauth.claims import OFFLINE_ACCESS, OPENID, known_scopes
from eid.oauth.grant_types import CIBA, DEVICE_CODE, TOKEN_EXCHANGE
from eid.oauth.models import AuthMethod, Profile

SHORT_PURPOSE = 20
"""Letters below which a purpose explains little."""
WORDS: dict[str, tuple[str, ...]] = {
    "address": ("địa chỉ", "gửi", "giao", "nhà", "cư trú", "address", "deliver", "resid", "send"),
    "phone": ("điện thoại", "nhắn", "gọi", "liên hệ", "phone", "call", "text", "contact"),
    "email": ("thư", "mail", "liên hệ", "contact"),
    "health_insurance": ("y tế", "bảo hiểm", "khám", "bệnh", "health", "insur", "medic", "treat"),
    "driving_licence": ("lái", "xe", "driv", "vehicle", "car"),
}
"""What a purpose speaks of where a scope serves it, in small letters; of other scopes a machine knows nothing."""
_ADDRESSES = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "backchannel_client_notification_endpoint",
    "frontchannel_logout_uri",
    "jwks_uri",
    "sector_identifier_uri",
)


class WarningKind(StrEnum):
    PURPOSE_THIN = "purpose_thin"
    """The purpose of an attribute is too short to explain it, or the same as that of another."""
    BEYOND_PURPOSE = "beyond_purpose"
    """What an attribute is asked for does not speak of it, or papers are asked for at a level that proves little."""
    SECTOR_SPANS_HOSTS = "sector_spans_hosts"
    PLAIN_HTTP = "plain_http"
    WEAK_PROFILE = "weak_profile"
    """Papers are asked for with the basic profile."""
    NO_SECRET = "no_secret"
    HIGHER_LEVEL = "higher_level"
    LONG_ACCESS = "long_access"
    OTHER_DEVICE = "other_device"
    """It asks citizens on a device other than the one that shows the service: who began it, they alone can tell."""
    PASSING_ON = "passing_on"
    """It may pass on to other services what a citizen lets it have."""
    WIDER = "wider"
    """More than what was approved before."""


@frozen
class ReviewWarning:
    kind: WarningKind
    about: tuple[str, ...] = ()
    """Which scopes, hosts or addresses."""


Columns = Mapping[str, Any]
Finding = tuple[str, ...] | None


def find_warnings(columns: Columns, *, approved: Columns | None = None) -> list[ReviewWarning]:
    """What is worth a look in these columns; `approved` are those that the client has now, where it is a change."""
    found = [(kind, find(columns)) for kind, find in FINDINGS.items()]
    if approved is not None:
        found.append((WarningKind.WIDER, _wider(columns, approved)))
    return [ReviewWarning(kind, about) for kind, about in found if about is not None]


def _purpose_thin(columns: Columns) -> Finding:
    purposes: Mapping[str, str] = columns["scope_purposes"]
    texts = [text.casefold() for text in purposes.values()]
    thin = tuple(
        scope for scope, text in purposes.items() if len(text) < SHORT_PURPOSE or texts.count(text.casefold()) > 1
    )
    return thin or None


def _beyond_purpose(columns: Columns) -> Finding:
    purposes: Mapping[str, str] = columns["scope_purposes"]
    strange = [
        scope
        for scope, text in purposes.items()
        if scope in WORDS and not any(word in text.casefold() for word in WORDS[scope])
    ]
    papers = _papers(columns) if columns["default_level"] < AuthenticationLevel.LOA2 else ()
    return tuple(dict.fromkeys((*strange, *papers))) or None


def _sector_spans_hosts(columns: Columns) -> Finding:
    hosts = tuple(dict.fromkeys(urlsplit(uri).hostname or "" for uri in columns["redirect_uris"]))
    return hosts if len(hosts) > 1 else None


def _plain_http(columns: Columns) -> Finding:
    values = [columns[name] for name in _ADDRESSES]
    addresses = [one for value in values for one in (value if isinstance(value, list) else [value or ""])]
    return tuple(address for address in addresses if address.startswith("http://")) or None


def _weak_profile(columns: Columns) -> Finding:
    return _papers(columns) or None if columns["profile"] != Profile.FAPI2 else None


def _no_secret(columns: Columns) -> Finding:
    return () if columns["auth_method"] == AuthMethod.NONE else None


def _higher_level(columns: Columns) -> Finding:
    ceiling = columns["highest_level"]
    return (str(ceiling),) if ceiling and ceiling > AuthenticationLevel.LOA2 else None


def _long_access(columns: Columns) -> Finding:
    return () if OFFLINE_ACCESS in columns["scopes"] else None


def _other_device(columns: Columns) -> Finding:
    return tuple(grant for grant in columns["extra_grant_types"] if grant in (CIBA, DEVICE_CODE)) or None


def _passing_on(columns: Columns) -> Finding:
    return tuple(columns["resources"]) if TOKEN_EXCHANGE in columns["extra_grant_types"] else None


def _wider(columns: Columns, approved: Columns) -> Finding:
    asked, had = ({*one["scopes"], *one["redirect_uris"], *one["extra_grant_types"]} for one in (columns, approved))
    more = asked - had - {OPENID}
    return tuple(sorted(more)) or None


FINDINGS: dict[WarningKind, Callable[[Columns], Finding]] = {
    WarningKind.PURPOSE_THIN: _purpose_thin,
    WarningKind.BEYOND_PURPOSE: _beyond_purpose,
    WarningKind.SECTOR_SPANS_HOSTS: _sector_spans_hosts,
    WarningKind.PLAIN_HTTP: _plain_http,
    WarningKind.WEAK_PROFILE: _weak_profile,
    WarningKind.NO_SECRET: _no_secret,
    WarningKind.HIGHER_LEVEL: _higher_level,
    WarningKind.LONG_ACCESS: _long_access,
    WarningKind.OTHER_DEVICE: _other_device,
    WarningKind.PASSING_ON: _passing_on,
}


def _papers(columns: Columns) -> tuple[str, ...]:
    papers = {scope.name for scope in known_scopes() if scope.is_paper}
    return tuple(scope for scope in columns["scopes"] if scope in papers)
