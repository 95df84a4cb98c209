"""The words of registrations: states, choices, limits and what a machine finds in them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from eid.accounts.levels import AuthenticationLevel
from eid.oauth.client_assertions import ALGORITHMS
from eid.oauth.client_certificates import SUBJECT_KINDS
from eid.oauth.client_suspension import WAITS
from eid.oauth.grant_types import CIBA, DEVICE_CODE, PING, POLL, TOKEN_EXCHANGE
from eid.oauth.limits import Limit
from eid.oauth.models import ApplicationType, AuthMethod, Client, Profile
from eid.oauth.orphaned_clients import ORGANISATION_LOCKED, OWNER_CLOSED, OWNER_DIED
from eid.oauth.registration_lifecycle import RegistrationState
from eid.oauth.registration_warnings import WarningKind

STATES: dict[str, Any] = {
    RegistrationState.DRAFT: _("draft"),
    RegistrationState.SUBMITTED: _("submitted"),
    RegistrationState.IN_REVIEW: _("in review"),
    RegistrationState.RETURNED: _("returned to you"),
    RegistrationState.REFUSED: _("refused"),
    RegistrationState.APPROVED: _("approved"),
}
STATE_KINDS = {
    RegistrationState.SUBMITTED: "info",
    RegistrationState.IN_REVIEW: "info",
    RegistrationState.RETURNED: "warning",
    RegistrationState.REFUSED: "danger",
    RegistrationState.APPROVED: "success",
}
PROFILES: dict[str, Any] = {
    Profile.BASIC: _("basic: OpenID Connect with PKCE"),
    Profile.FAPI2: _("fapi2: for services that move money or hold what must not leak"),
    Profile.HAIP: _("haip: for wallets that their provider attests"),
}
AUTH_METHODS: dict[str, Any] = {
    AuthMethod.SECRET_BASIC: _("a secret (client_secret_basic)"),
    AuthMethod.SECRET_POST: _("a secret in the form (client_secret_post)"),
    AuthMethod.SECRET_JWT: _("signatures by a shared secret (client_secret_jwt)"),
    AuthMethod.PRIVATE_KEY_JWT: _("signatures by a key of its own (private_key_jwt)"),
    AuthMethod.TLS: _("a certificate that an authority vouches for (tls_client_auth)"),
    AuthMethod.SELF_SIGNED_TLS: _("a certificate of its own (self_signed_tls_client_auth)"),
    AuthMethod.ATTESTATION: _("the word of a wallet provider (attest_jwt_client_auth)"),
    AuthMethod.NONE: _("nothing: an app that can keep no secret (none)"),
}
SUBJECTS: dict[str, Any] = {kind: kind for kind in SUBJECT_KINDS}
GRANTS: dict[str, Any] = {
    CIBA: _("It asks citizens on a device of theirs, from a counter or on the telephone (CIBA)"),
    DEVICE_CODE: _("Citizens enter a code that a kiosk or another device without a keyboard shows (device flow)"),
    TOKEN_EXCHANGE: _("It passes on to other services what a citizen agreed to (token exchange)"),
}
DELIVERY_MODES: dict[str, Any] = {
    POLL: _("it asks again (poll)"),
    PING: _("it is told that there is an answer (ping)"),
}
REQUEST_ALGORITHMS: dict[str, Any] = {"": _("not signed")} | {alg: alg for alg in ALGORITHMS}
APPLICATION_TYPES: dict[str, Any] = {
    ApplicationType.WEB: _("a service on a server"),
    ApplicationType.NATIVE: _("an app on people's devices"),
}
LEVELS: dict[str, Any] = {
    AuthenticationLevel.LOA1: _("LoA1: a password"),
    AuthenticationLevel.LOA2: _("LoA2: two factors"),
    AuthenticationLevel.LOA3: _("LoA3: a factor, and the face or the card"),
    AuthenticationLevel.LOA4: _("LoA4: the card and the face"),
}
LIMITS: dict[str, Any] = {
    Limit.REQUESTS: _("Requests in this minute"),
    Limit.SIGN_INS: _("Sign-ins today (UTC)"),
}
WARNINGS: dict[str, Any] = {
    WarningKind.PURPOSE_THIN: _("The reason given explains little, or is given twice"),
    WarningKind.BEYOND_PURPOSE: _("What is asked for seems to go beyond the reason given, or the level is low for it"),
    WarningKind.SECTOR_SPANS_HOSTS: _("One sector spans several hosts: they all know a citizen by the same sub"),
    WarningKind.PLAIN_HTTP: _("An address without encryption"),
    WarningKind.WEAK_PROFILE: _("Papers are asked for with the basic profile"),
    WarningKind.NO_SECRET: _("The service proves itself by nothing"),
    WarningKind.HIGHER_LEVEL: _("It may ask for a level above LoA2"),
    WarningKind.LONG_ACCESS: _("It may read on for thirty days without the citizen"),
    WarningKind.OTHER_DEVICE: _(
        "It asks citizens on another device: they could be talked into what somebody else began"
    ),
    WarningKind.PASSING_ON: _("It may pass on what a citizen lets it have"),
    WarningKind.WIDER: _("More than what was approved before"),
}


SUSPENSIONS: dict[str, Any] = {
    WAITS: _("It waits for an officer's approval."),
    OWNER_DIED: _("Its owner has died."),
    OWNER_CLOSED: _("Its owner has closed their account."),
    ORGANISATION_LOCKED: _("The account of the organisation that owns it is locked."),
}
"""The words of suspensions that no officer wrote."""


def name_service(client: Client) -> str:
    """The name of a service in the language of whoever reads the page, as far as it has one."""
    is_english = str(get_locale() or "") == "en"
    return client.foreign_name if is_english and client.foreign_name else client.name


def auth_methods_of(offered: Collection[str]) -> list[tuple[str, str]]:
    """Those of the ways to prove oneself that are offered."""
    return [(method, text) for method, text in choices_of(AUTH_METHODS) if method in offered]


def list_grants(registered: Any) -> list[tuple[Any, Any]]:
    """What is registered beyond the usual, as facts; of a client or of a form's columns. Empty for most services."""
    read: Callable[[str], Any] = (
        registered.__getitem__ if isinstance(registered, dict) else lambda name: getattr(registered, name)
    )
    kind = read("tls_subject_kind")
    found = [
        (_("Name in its certificate"), f"{kind}: {read('tls_subject')}" if kind else None),
        *((_("Further grants"), GRANTS[grant]) for grant in read("extra_grant_types")),
        (_("How it hears of an answer"), DELIVERY_MODES.get(read("backchannel_token_delivery_mode") or "")),
        (_("Where it is told (ping)"), read("backchannel_client_notification_endpoint")),
        (_("How it signs what it asks"), read("backchannel_authentication_request_signing_alg")),
        (_("Services that it passes things on to"), " ".join(read("resources"))),
    ]
    return [(name, value) for name, value in found if value]


def choices_of(words: dict[str, Any]) -> list[tuple[str, str]]:
    """What a select field offers."""
    return [(str(key), str(text)) for key, text in words.items()]
