"""eid clients register | list: relying services."""

from __future__ import annotations

import json

import click

from eid.cli.context import service
from eid.oauth.clients import RegisteredClient, find_clients, register_client
from eid.oauth.models import ApplicationType, AuthMethod, Profile


@click.group()
def clients() -> None:
    """Register a relying service, and see which there are.

    Example: eid clients list
    """


@clients.command()
@click.option("--name", required=True, help="As citizens read it before they consent.")
@click.option(
    "--redirect-uri", "redirect_uris", required=True, multiple=True, help="Where codes go; exact. Repeatable."
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
    help="What it may ask for in its own name, by client credentials: papers of whoever holds out a card. Repeatable.",
)
@click.option(
    "--auth-method",
    type=click.Choice([choice.value for choice in AuthMethod]),
    default=AuthMethod.SECRET_BASIC.value,
    show_default=True,
)
@click.option(
    "--application-type",
    type=click.Choice([choice.value for choice in ApplicationType]),
    default=ApplicationType.WEB.value,
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, with the names of RFC 7591.")
def register(
    name: str,
    redirect_uris: tuple[str, ...],
    profile: str,
    purpose: str,
    scopes: tuple[str, ...],
    required: tuple[str, ...],
    own_scopes: tuple[str, ...],
    auth_method: str,
    application_type: str,
    as_json: bool,
) -> None:
    """Register a relying service and print its secret, once.

    Example: eid clients register --name Clinic --redirect-uri http://localhost:9000/callback --profile basic
    """
    with service():
        registered = register_client(
            name=name,
            redirect_uris=redirect_uris,
            profile=Profile(profile),
            purpose=purpose,
            scopes=scopes or None,
            required_scopes=required,
            own_scopes=own_scopes,
            auth_method=AuthMethod(auth_method),
            application_type=ApplicationType(application_type),
        )
        found = _describe(registered)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for key, value in found.items():
        click.echo(f"{key:28}{' '.join(value) if isinstance(value, list) else value}")
    if registered.secret:
        click.echo("The secret is not shown again.", err=True)


@clients.command("list")
def list_clients() -> None:
    """Print every registered service: client_id, name, redirect URIs.

    Example: eid clients list
    """
    with service():
        for client in find_clients():
            click.echo(f"{client.client_id}  {client.name}  {' '.join(client.redirect_uris)}")


def _describe(registered: RegisteredClient) -> dict[str, object]:
    """RFC 7591, section 3.2.1."""
    client = registered.client
    found: dict[str, object] = {
        "client_id": registered.client_id,
        "client_secret": registered.secret,
        "client_name": client.name,
        "purpose": client.purpose,
        "redirect_uris": client.redirect_uris,
        "scope": " ".join(client.scopes),
        "own_scope": " ".join(client.own_scopes) or None,
        "token_endpoint_auth_method": str(client.auth_method),
        "application_type": str(client.application_type),
        "profile": str(client.profile),
    }
    return {name: value for name, value in found.items() if value is not None}
