"""eid cards: each command in a module of its own, imported when it is run."""

from __future__ import annotations

import click

from eid.cli.lazily import Lazy, LazyGroup

COMMANDS = {
    "cancel": Lazy(
        "eid.cli.cards.life:cancel",
        "Cancel the card that waits for somebody, who never collected it; the one that they hold stays.",
    ),
    "due": Lazy(
        "eid.cli.cards.life:due",
        "List the cards that must be replaced: at 14, 25, 40 and 60 years, expired ones, those of revoked signers.",
    ),
    "emulate": Lazy(
        "eid.cli.cards.emulate:emulate",
        "Put a card into a virtual reader, where any program that reads cards finds it, until Ctrl-C takes it out.",
    ),
    "hand-over": Lazy(
        "eid.cli.cards.life:hand_over", "Hand the card that waits over to its holder; the card they had is replaced."
    ),
    "issue": Lazy(
        "eid.cli.cards.issuing:issue", "Issue a card to the person with this PIN; the card they had is replaced."
    ),
    "make": Lazy(
        "eid.cli.cards.issuing:make",
        "Make a card that waits to be handed over; the one that the person holds stays good until then.",
    ),
    "mutants": Lazy(
        "eid.cli.cards.deck:mutants",
        "Make a deck of chips that are wrong in one way each out of one good card, to test a verifier with.",
    ),
    "publish": Lazy(
        "eid.cli.cards.signers:publish",
        "Publish certificates, link certificates, revocation lists and the master list as of today into the trust folder.",
    ),
    "read": Lazy(
        "eid.cli.cards.read:read",
        "Read the public files of a card in a reader into a folder.",
    ),
    "report-lost": Lazy(
        "eid.cli.cards.life:report_lost",
        "Report somebody's card lost, for good; their account is locked until they have a new one.",
    ),
    "return": Lazy("eid.cli.cards.life:give_back", "Return a withheld card to its holder."),
    "revoke": Lazy(
        "eid.cli.cards.life:revoke",
        "Revoke somebody's card, for good; their account is locked until they have a new one.",
    ),
    "revoke-signer": Lazy(
        "eid.cli.cards.signers:revoke_signer",
        "Revoke a signer, for good: it stands on its CSCA's list, every card that it signed is refused, the next is signed by "
        "another.",
    ),
    "show": Lazy("eid.cli.cards.life:show", "Show every card that was ever made for somebody, with its state today."),
    "signers": Lazy(
        "eid.cli.cards.signers:signers",
        "List the signers of documents and master lists: serial number, when the key signs, cards, revoked since.",
    ),
    "verify": Lazy(
        "eid.cli.cards.verification:verify",
        "Verify a chip's files: structure, digests, signatures, chain, profiles, consistency.",
    ),
    "withhold": Lazy(
        "eid.cli.cards.life:withhold", "Withhold somebody's card until it is returned; their account is locked as long."
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def cards() -> None:
    """Issue chip cards, and verify the chips of any country.

    Example: eid cards verify var/cards/901190000101 --trust var/trust
    """
