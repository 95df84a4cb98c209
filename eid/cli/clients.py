"""eid clients register | list | limit | give: relying services."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import IO, Any

import click

from eid.accounts.levels import AuthenticationLevel
from eid.cli.context import service
from eid.errors import Malformed
from eid.oauth.client_certificates import SUBJECT_KINDS
from eid.oauth.client_choices import USUAL_CHOICES, ClientChoices
from eid.oauth.client_fields import AT_THE_TERMINAL, DEFAULT_LEVEL, write_metadata
from eid.oauth.client_limits import set_client_limits
from eid.oauth.client_metadata import ClientKeys, ResponseAlgorithms
from eid.oauth.clients import RegisteredClient, find_client, find_clients, register_client
from eid.oauth.grant_types import CIBA, DELIVERY_MODES, DEVICE_CODE, TOKEN_EXCHANGE, ExtraGrants, list_grant_types
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.models import ApplicationType, AuthMethod, Profile, TokenFormat
from eid.oauth.ownership import find_owner, give_client

GRANTS = {"ciba": CIBA, "device": DEVICE_CODE, "token-exchange": TOKEN_EXCHANGE}


@click.group()
def clients() -> None:
    """Register a relying service, and see which there are.

    Example: eid clients list
    """


@clients.command()
@click.option("--name", required=True, help="As citizens read it before they consent.")
@click.option(
    "--redirect-uri",
    "redirect_uris",
    multiple=True,
    help="Where codes go; exact. Repeatable. Only a client of the grants ciba or device can do without.",
)
@click.option(
    "--profile", type=click.Choice([choice.value for choice in Profile]), default=Profile.BASIC.value, show_default=True
)
@click.option("--purpose", default="", help="Why the service asks, as citizens read it.")
@click.option(
    "--scope", "scopes", multiple=True, help="What it may ask for; every scope where none is given. Repeatable."
)
@click.option("--required-scope", "required", multiple=True, help="What it cannot do without. Repeatable.")
@click.option(
    "--own-scope",
    "own_scopes",
    multiple=True,
    help="What it may ask for in its own name, by client credentials: papers, ssf.manage, ssf.read. Repeatable.",
)
@click.option(
    "--auth-method",
    type=click.Choice([choice.value for choice in AuthMethod]),
    help="How it proves itself; client_secret_basic, or private_key_jwt with fapi2, where nothing is said.",
)
@click.option("--jwks", type=click.File("rb"), help="A file with its public keys, a JWK Set (RFC 7517).")
@click.option("--jwks-uri", help="Instead: where its public keys are; https.")
@click.option("--auth-signing-alg", help="The one algorithm of its assertions.")
@click.option(
    "--tls-subject",
    type=(click.Choice([kind.removeprefix("tls_client_auth_") for kind in SUBJECT_KINDS]), str),
    help="By which name its certificate is known (tls_client_auth), like: san_dns bank.example",
)
@click.option("--id-token-alg", default="ES256", show_default=True, help="What its ID tokens are signed with.")
@click.option("--id-token-encryption", type=(str, str), help="alg and enc, like: ECDH-ES A256GCM")
@click.option("--userinfo-alg", help="What its userinfo is signed with; plain JSON where nothing is said.")
@click.option("--userinfo-encryption", type=(str, str), help="alg and enc, like: RSA-OAEP-256 A256GCM")
@click.option("--sector-identifier-uri", help="Where its redirect addresses are listed, if they have several hosts.")
@click.option(
    "--application-type",
    type=click.Choice([choice.value for choice in ApplicationType]),
    default=ApplicationType.WEB.value,
    show_default=True,
)
@click.option(
    "--post-logout-redirect-uri", "return_uris", multiple=True, help="Where people may go after a logout. Repeatable."
)
@click.option("--backchannel-logout-uri", help="Where logout tokens are posted.")
@click.option("--frontchannel-logout-uri", help="What the logout page loads in a frame.")
@click.option("--dpop-bound", "dpop_bound_access_tokens", is_flag=True, help="Its tokens are always bound by DPoP.")
@click.option(
    "--certificate-bound",
    "tls_client_certificate_bound_access_tokens",
    is_flag=True,
    help="Its tokens are always bound to the certificate of the connection.",
)
@click.option(
    "--must-push", "require_pushed_authorization_requests", is_flag=True, help="It pushes every authorization request."
)
@click.option(
    "--must-sign", "require_signed_request_object", is_flag=True, help="It signs every authorization request."
)
@click.option(
    "--access-token-format",
    type=click.Choice([choice.value for choice in TokenFormat]),
    default=TokenFormat.OPAQUE.value,
    show_default=True,
)
@click.option("--resource", "resources", multiple=True, help="A service that it may ask for tokens for. Repeatable.")
@click.option(
    "--pkce",
    type=click.Choice(["required", "optional"]),
    default="required",
    show_default=True,
    help="Whether it must use PKCE; a public client always must.",
)
@click.option(
    "--level",
    type=click.Choice([level.value for level in AuthenticationLevel]),
    default=DEFAULT_LEVEL.value,
    show_default=True,
    help="How strongly citizens sign in where a request says nothing about it.",
)
@click.option(
    "--grant",
    "grants",
    type=click.Choice(sorted(GRANTS)),
    multiple=True,
    help="What it may ask for beyond codes: on a citizen's phone, by a code to enter, tokens for others. Repeatable.",
)
@click.option("--ciba-mode", type=click.Choice(DELIVERY_MODES), help="How it hears of an answer on the phone.")
@click.option("--ciba-notification-endpoint", help="Where it is told, in mode ping; https.")
@click.option("--ciba-signing-alg", help="It signs what it asks on the back channel, and with this algorithm.")
@click.option("--consent-days", type=int, help="After how many days citizens are asked again; a year where not given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, with the names of RFC 7591.")
def register(
    name: str,
    redirect_uris: tuple[str, ...],
    profile: str,
    purpose: str,
    scopes: tuple[str, ...],
    required: tuple[str, ...],
    own_scopes: tuple[str, ...],
    auth_method: str | None,
    application_type: str,
    return_uris: tuple[str, ...],
    backchannel_logout_uri: str | None,
    frontchannel_logout_uri: str | None,
    pkce: str,
    level: str,
    consent_days: int | None,
    as_json: bool,
    sector_identifier_uri: str | None,
    **technical: Any,
) -> None:
    """Register a relying service and print its secret, once.

    Example: eid clients register --name Clinic --redirect-uri http://localhost:9000/callback --profile basic
    """
    if not redirect_uris and not {"ciba", "device"} & set(technical["grants"]):
        raise click.UsageError("Missing option '--redirect-uri'.")
    keys, algorithms = _read_keys(**technical), _read_algorithms(**technical)
    with service():
        registered = register_client(
            name=name,
            redirect_uris=redirect_uris,
            profile=Profile(profile),
            purpose=purpose,
            scopes=scopes or None,
            required_scopes=required,
            own_scopes=own_scopes,
            auth_method=AuthMethod(auth_method) if auth_method else None,
            keys=keys,
            algorithms=algorithms,
            application_type=ApplicationType(application_type),
            choices=ClientChoices(**{name: technical[name] for name in asdict(USUAL_CHOICES)}),
            sector_identifier_uri=sector_identifier_uri,
            logout=LogoutAddresses(
                post_logout_redirect_uris=return_uris,
                backchannel_logout_uri=backchannel_logout_uri,
                backchannel_logout_session_required=backchannel_logout_uri is not None,
                frontchannel_logout_uri=frontchannel_logout_uri,
                frontchannel_logout_session_required=frontchannel_logout_uri is not None,
            ),
            requires_pkce=pkce == "required",
            default_level=AuthenticationLevel(level),
            consent_days=consent_days,
            grants=_read_grants(**technical),
        )
        found = _describe(registered)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for key, value in found.items():
        click.echo(f"{key:32}{_write_value(value)}")
    if registered.secret:
        click.echo("The secret is not shown again.", err=True)


def _write_value(value: object) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return " ".join(value) if isinstance(value, list) else str(value)


@clients.command("list")
def list_clients() -> None:
    """Print every registered service: client_id, name, redirect URIs.

    Example: eid clients list
    """
    with service():
        for client in find_clients():
            click.echo(f"{client.client_id}  {client.name}  {' '.join(client.redirect_uris)}")


_NONE = (None, None)


def _read_keys(
    jwks: IO[bytes] | None,
    jwks_uri: str | None,
    auth_signing_alg: str | None,
    tls_subject: tuple[str, str] | None,
    **_others: Any,
) -> ClientKeys:
    kind, subject = tls_subject or (None, None)
    return ClientKeys(
        jwks=None if jwks is None else _read_jwks(jwks),
        jwks_uri=jwks_uri,
        token_endpoint_auth_signing_alg=auth_signing_alg,
        tls_subject_kind=None if kind is None else f"tls_client_auth_{kind}",
        tls_subject=subject,
    )


def _read_grants(
    grants: tuple[str, ...],
    ciba_mode: str | None,
    ciba_notification_endpoint: str | None,
    ciba_signing_alg: str | None,
    **_others: Any,
) -> ExtraGrants:
    return ExtraGrants(
        extra_grant_types=tuple(GRANTS[name] for name in grants),
        backchannel_token_delivery_mode=ciba_mode or ("poll" if "ciba" in grants else None),
        backchannel_client_notification_endpoint=ciba_notification_endpoint,
        backchannel_authentication_request_signing_alg=ciba_signing_alg,
    )


def _read_algorithms(
    id_token_alg: str,
    id_token_encryption: tuple[str, str] | tuple[None, None] | None,
    userinfo_alg: str | None,
    userinfo_encryption: tuple[str, str] | tuple[None, None] | None,
    **_others: Any,
) -> ResponseAlgorithms:
    id_token_encryption, userinfo_encryption = id_token_encryption or _NONE, userinfo_encryption or _NONE
    return ResponseAlgorithms(
        id_token_signed_response_alg=id_token_alg,
        id_token_encrypted_response_alg=id_token_encryption[0],
        id_token_encrypted_response_enc=id_token_encryption[1],
        userinfo_signed_response_alg=userinfo_alg,
        userinfo_encrypted_response_alg=userinfo_encryption[0],
        userinfo_encrypted_response_enc=userinfo_encryption[1],
    )


def _read_jwks(file: IO[bytes]) -> Any:
    try:
        return json.load(file)
    except (ValueError, RecursionError) as error:
        raise Malformed("jwks_malformed", f"{file.name} holds no JSON; it must be a JWK Set.") from error


def _describe(registered: RegisteredClient) -> dict[str, object]:
    """RFC 7591, section 3.2.1."""
    secret = {"client_secret": registered.secret} if registered.secret else {}
    grants = {"grant_types": list_grant_types(registered.client)}
    return {"client_id": registered.client_id, **secret, **grants, **write_metadata(registered.client, AT_THE_TERMINAL)}


_ID = click.option("--client", "client_id", required=True, help="Its client_id, which may begin with a dash.")


@clients.command()
@_ID
@click.option("--requests-per-minute", type=click.IntRange(0), help="At the token, push and introspection addresses.")
@click.option("--sign-ins-per-day", type=click.IntRange(0), help="Of UTC.")
def limit(client_id: str, requests_per_minute: int | None, sign_ins_per_day: int | None) -> None:
    """Set a service's own limits; 0 is none, and what is not named is as in the settings.

    Example: eid clients limit --client CLIENT_ID --requests-per-minute 600
    """
    with service():
        set_client_limits(client_id, requests_per_minute=requests_per_minute, sign_ins_per_day=sign_ins_per_day)


@clients.command()
@_ID
@click.option("--person", "pin", help="The PIN of who looks after it.")
@click.option("--organisation", "code", help="Instead: the code of the organisation that owns it.")
def give(client_id: str, pin: str | None, code: str | None) -> None:
    """Give a service to who looks after it at /services/mine.

    Example: eid clients give --client CLIENT_ID --organisation 9900000017
    """
    if (pin is None) == (code is None):
        raise click.UsageError("Name either --person or --organisation.")
    with service():
        give_client(find_client(client_id), find_owner(pin=pin, code=code))
