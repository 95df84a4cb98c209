"""eid keys list | make: the keys that tokens are signed with, by use."""

from __future__ import annotations

import json

import click

from eid.config import Settings
from eid.keystore import Keystore, KeyUse, SecretUse


@click.group()
def keys() -> None:
    """See the service's signing keys, and make those that are missing.

    Example: EID_STATE_DIR=/srv/eid eid keys list
    """


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_keys(as_json: bool) -> None:
    """Print each use with the identifier of its key (RFC 7638), never the key.

    Example: eid keys list --json
    """
    keystore = Keystore(Settings.from_env().keys_dir, may_create=False)
    found = {str(use): keystore.find_signing_key(use).kid for use in KeyUse}
    if as_json:
        click.echo(json.dumps(found))
        return
    for use, kid in found.items():
        click.echo(f"{use:10}  {kid}")


@keys.command("make")
def make_keys() -> None:
    """Make the keys and secrets that are missing; what is there stays as it is. Production makes none by itself.

    Example: EID_STATE_DIR=/srv/eid eid keys make
    """
    keystore = Keystore(Settings.from_env().keys_dir, may_create=True)
    for use in KeyUse:
        keystore.find_signing_key(use)
    for secret in SecretUse:
        keystore.find_secret(secret)
    click.echo(f"The keys are in {keystore.directory}; keep that folder secret, and keep a copy.")
