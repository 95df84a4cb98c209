"""eid keys list | make | rotate | withdraw | remove: the keys that tokens are signed with, by use, and those that seal what is
stored."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from eid.accounts.sealing_rotation import remove_older_sealing_keys, rotate_sealing_key
from eid.agencies.conduct import AGENCIES
from eid.cli.context import service
from eid.clock import wall_now
from eid.config import Settings
from eid.crypto.key_schedule import ALWAYS
from eid.issuing_keys import CERTIFIED
from eid.key_rotation import name_use, rotate_authority, rotate_signing_keys, withdraw_signing_key
from eid.keystore import AuthorityUse, Keystore, SecretUse
from eid.signing.authority import make_signing_keys
from eid.signing_keys import KEY_LIVES, SERVICE_USES, KeyUse, SigningKeys


@click.group()
def keys() -> None:
    """See the service's keys, make those that are missing, and turn them into new ones.

    Example: EID_STATE_DIR=/srv/eid eid keys list
    """


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_keys(as_json: bool) -> None:
    """Print every signing key that was made by now: use, algorithm, state, from when it signs, and its identifier (RFC 7638).

    A key is next (published, not signing yet), signing, old (what it signed is still about) or dead (published no longer).

    Example: eid keys list --json
    """
    keystore, now = Keystore(Settings.from_env().keys_dir, may_create=False), wall_now()
    found = [
        {
            "use": name_use(use, agency),
            "alg": one.key.alg,
            "state": str(one.state(KEY_LIVES[use], now)),
            "signs_from": None if one.signs_from == ALWAYS else one.signs_from.isoformat(),
            "kid": one.key.kid,
        }
        for use, agency, keys in _list_folders(keystore)
        for one in keys.list_made_keys(use)
    ]
    if as_json:
        click.echo(json.dumps(found))
        return
    for key in found:
        click.echo(
            f"{key['use']:26}  {key['alg']:7}  {key['state']:7}  {key['kid']}  {key['signs_from'] or ''}".rstrip()
        )


@keys.command("make")
def make_keys() -> None:
    """Make the keys and secrets that are missing; what is there stays as it is. Production makes none by itself.

    Example: EID_STATE_DIR=/srv/eid eid keys make
    """
    settings = Settings.from_env()
    keystore = Keystore(settings.keys_dir, may_create=True, public_url=settings.public_url)
    for use, _agency, keys in _list_folders(keystore):
        keys.find_scheduled_keys(use)
    for use in CERTIFIED:
        keystore.issuing_keys.make_certificates(use)
    for secret in SecretUse:
        keystore.find_secret(secret)
    with service():
        make_signing_keys()
    click.echo(f"The keys are in {keystore.directory}; keep that folder secret, and keep a copy.")


SIGNERS = {
    **{name_use(use): (use, "") for use in SERVICE_USES},
    **{name_use(KeyUse.ANSWERS, agency.name): (KeyUse.ANSWERS, agency.name) for agency in AGENCIES},
}
"""What keys that sign are called: use and agency."""
ROTATED = [SecretUse.SEALING, *SIGNERS, *AuthorityUse]


@keys.command("rotate")
@click.argument("use", type=click.Choice([str(use) for use in ROTATED]))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def rotate_keys(use: str, as_json: bool) -> None:
    """Make the next key of a use, while the service runs. Broken off, it goes on when run again.

    The next signing keys are published at once and sign when everybody who keeps published keys has them; the old ones stay
    published until nothing that they signed is good any more. A new sealing key seals every stored secret anew; the older one
    stays until it is removed. A new authority certifies the signers that are made after it.

    Example: eid keys rotate id-token
    """
    if use in set(AuthorityUse):
        _rotate_authority(AuthorityUse(use), as_json)
        return
    if use != SecretUse.SEALING:
        _rotate_signing_keys(use, as_json)
        return
    with service():
        rotation = rotate_sealing_key(_show_progress if sys.stderr.isatty() else lambda _done: None)
    if as_json:
        click.echo(json.dumps(asdict(rotation)))
        return
    begun = "is new" if rotation.is_new else "was made by a rotation that was broken off"
    click.echo(f"The sealing key {rotation.key} {begun}; {rotation.resealed} secrets are sealed anew under it.")
    click.echo(
        f"No secret needs {', '.join(rotation.older) or 'another key'} any more; remove with: eid keys remove {use}"
    )


def _rotate_signing_keys(name: str, as_json: bool) -> None:
    use, agency = SIGNERS[name]
    with service():
        rotation = rotate_signing_keys(use, agency=agency)
    if as_json:
        following = [
            {"alg": one.key.alg, "kid": one.key.kid, "signs_from": one.signs_from.isoformat()}
            for one in rotation.following
        ]
        click.echo(json.dumps({"use": name, "next": following, "removed": list(rotation.removed)}))
        return
    for one in rotation.following:
        click.echo(f"{one.key.alg:7}  {one.key.kid}  is published now and signs from {one.signs_from.isoformat()}.")
    for kid in rotation.removed:
        click.echo(f"{kid} was dead and is removed.")


def _rotate_authority(use: AuthorityUse, as_json: bool) -> None:
    with service():
        subject = rotate_authority(use)
    if as_json:
        click.echo(json.dumps({"use": str(use), "authority": subject}))
        return
    click.echo(f"{subject} certifies from now on; verifiers have to trust it before its signers sign.")


@keys.command("withdraw", context_settings={"ignore_unknown_options": True})  # a key's name may begin with a hyphen
@click.argument("use", type=click.Choice(list(SIGNERS)))
@click.argument("kid")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def withdraw_key(use: str, kid: str, as_json: bool) -> None:
    """Withdraw a key that leaked: it signs no more, is published no more, and the trust list says that nothing that it signed is
    to be believed. A new key signs at once. This cannot be undone.

    Example: eid keys withdraw mdoc gNjW0sEWIEppX8c8HQ7BlBjcwgwNraoB93TN3N7puEg
    """
    with service():
        signing = withdraw_signing_key(SIGNERS[use][0], kid, agency=SIGNERS[use][1])
    if as_json:
        click.echo(json.dumps({"use": use, "withdrawn": kid, "signing": signing}))
        return
    click.echo(f"{kid} is withdrawn; {signing} signs from now on.")


@keys.command("remove")
@click.argument("use", type=click.Choice([str(SecretUse.SEALING)]))
def remove_keys(use: str) -> None:
    """Remove every sealing key but the newest, for ever. Refused while anything is sealed under one of them.

    Example: eid keys remove sealing
    """
    with service():
        removed = remove_older_sealing_keys()
    click.echo(f"Removed: {', '.join(removed)}" if removed else "There is only one key; nothing was removed.")


def _list_folders(keystore: Keystore) -> list[tuple[KeyUse, str, SigningKeys]]:
    """Every use of keys that sign, the agency whose it is, and the keys."""
    return [
        (use, agency, keystore.find_agency_keys(agency) if agency else keystore.signing_keys)
        for use, agency in SIGNERS.values()
    ]


def _show_progress(done: int) -> None:
    click.echo(f"\r{done} secrets", nl=False, err=True)
