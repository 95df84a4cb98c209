"""eid cards signers | revoke-signer | publish: the authority's signers, and what it publishes."""

from __future__ import annotations

import json

import click

from eid.cards.authority import make_due_keys, publish_trust
from eid.cards.models import RevocationReason
from eid.cards.revocation import list_signers
from eid.cards.revocation import revoke_signer as revoke
from eid.cli.context import service
from eid.db import check_database

_REASONS = click.Choice([str(reason) for reason in RevocationReason])


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def signers(as_json: bool) -> None:
    """List the signers of documents and master lists: serial number, when the key signs, cards, revoked since.

    Example: eid cards signers --json
    """
    with service():
        check_database()
        found = [
            {
                "serial": signer.serial,
                "use": str(signer.use),
                "signs_from": signer.starts.date().isoformat(),
                "signs_until": signer.ends.date().isoformat(),
                "cards": signer.cards,
                "revoked_at": signer.revoked_at.isoformat() if signer.revoked_at else None,
            }
            for signer in list_signers()
        ]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for one in found:
        period = f"{one['signs_from']} – {one['signs_until']}"
        state = f"revoked {one['revoked_at']}" if one["revoked_at"] else "good"
        click.echo(f"{one['serial']:40}  {one['use']:18}  {period}  {one['cards']} cards  {state}")


@click.command("revoke-signer")
@click.argument("serial")
@click.option(
    "--reason",
    type=_REASONS,
    required=True,
    help="Why it must not be believed.",
)
def revoke_signer(serial: str, reason: str) -> None:
    """Revoke a signer, for good: it stands on its CSCA's list, every card that it signed is refused, the next is signed by
    another. `eid cards due` then lists those who need a new card.

    Example: eid cards revoke-signer 0FA1… --reason key-compromise
    """
    with service():
        check_database()
        revoked = revoke(serial, reason=RevocationReason(reason))
        trust = publish_trust()
    click.echo(
        f"Signer {revoked.serial} is revoked; {revoked.cards} cards are refused from now on. The list is in {trust}."
    )


@click.command()
@click.option("--make-keys", is_flag=True, help="Make keys that are due first, in production too.")
def publish(make_keys: bool) -> None:
    """Publish certificates, link certificates, revocation lists and the master list as of today into the trust folder.

    Example: eid cards publish --make-keys
    """
    with service():
        check_database()
        if make_keys:
            make_due_keys()
        click.echo(f"Trust anchors of today are in {publish_trust()}.")
