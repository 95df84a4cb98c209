"""The relying services of the demo: the samples beside it, and the client that load scenarios play.

A client's secret is kept nowhere but in the file that the relying service itself would have; where the file is gone, the service
is registered anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from joserfc.jwk import ECKey

from eid.accounts.levels import AuthenticationLevel
from eid.accounts.organisation_finding import list_by_code
from eid.cast import read_cast
from eid.late_dataclasses import frozen
from eid.oauth.client_metadata import ClientKeys
from eid.oauth.clients import find_clients, register_client
from eid.oauth.grant_types import CIBA, POLL, ExtraGrants
from eid.oauth.logout.addresses import LogoutAddresses
from eid.oauth.models import AuthMethod, Profile
from eid.oauth.ownership import NOBODY, Owner, give_client, owner_of
from eid.randomness import random_token

CLINIC_FILE = "clinic.json"
BANK_FILE = "bank.json"
ROADSIDE_FILE = "roadside.json"
WALLET_FILE = "wallet.json"
LOAD_CLIENT_FILE = "load-client.json"
LOAD_REDIRECT_URI = "http://localhost:8009/callback"
"""Nobody listens there: a scenario's user reads the code out of the redirect."""

PAPERS = ("health_insurance", "driving_licence")
CARD_PAPER = "health_insurance"
"""What the clinic may read in its own name of whoever holds out a card at its counter."""


@frozen
class SampleUrls:
    """Where each sample of the demo is found."""

    clinic: str = "http://localhost:8001"
    bank: str = "http://localhost:8002"
    roadside: str = "http://localhost:8003"
    wallet: str = "http://localhost:8004"


def prepare_samples(state_dir: Path, *, issuer: str, urls: SampleUrls) -> None:
    """Afterwards each sample's environment stands in a file of its name, and those that are clients are registered."""
    prepare_clinic(state_dir, issuer=issuer, clinic_url=urls.clinic, wallet_url=urls.wallet)
    prepare_bank(state_dir, issuer=issuer, bank_url=urls.bank)
    prepare_roadside(state_dir, issuer=issuer, roadside_url=urls.roadside)
    prepare_wallet(state_dir, issuer=issuer, wallet_url=urls.wallet)


def prepare_clinic(state_dir: Path, *, issuer: str, clinic_url: str, wallet_url: str = "") -> None:
    """Afterwards the clinic is registered and its environment stands in a file; kept while its addresses are the same."""
    path = state_dir / CLINIC_FILE
    since = {"CLINIC_CARD_PAPER": CARD_PAPER, "CLINIC_LOGOUT": "yes", "CLINIC_PHONE": "yes"}
    since["CLINIC_WALLET"] = wallet_url
    if _is_kept(path, CLINIC_ISSUER=issuer, CLINIC_URL=clinic_url, **since):
        return
    registered = register_client(
        name="Phòng khám Đa khoa Thử Nghiệm",
        redirect_uris=[f"{clinic_url}/callback", f"{clinic_url}/wallet/callback"],
        purpose="Tiếp đón người bệnh và kiểm tra thẻ bảo hiểm y tế",
        auth_method=AuthMethod.SECRET_BASIC,
        scopes=["profile", "identity", *PAPERS],
        required_scopes=["profile"],
        own_scopes=[CARD_PAPER],
        grants=ExtraGrants((CIBA,), backchannel_token_delivery_mode=POLL),
        logout=LogoutAddresses(
            post_logout_redirect_uris=(f"{clinic_url}/",),
            backchannel_logout_uri=f"{clinic_url}/backchannel-logout",
            backchannel_logout_session_required=True,
        ),
    )
    _write_secret(
        path,
        {
            "CLINIC_ISSUER": issuer,
            "CLINIC_URL": clinic_url,
            **since,  # for us: a clinic that was registered before it could do these is so anew
            "CLINIC_CLIENT_ID": registered.client.client_id,
            "CLINIC_CLIENT_SECRET": registered.secret,
            "CLINIC_SECRET_KEY": random_token(),
        },
    )


def prepare_bank(state_dir: Path, *, issuer: str, bank_url: str) -> None:
    """Afterwards the bank is registered by the strict profile, and its environment, with its private key, stands in a file."""
    path = state_dir / BANK_FILE
    if _is_kept(path, BANK_ISSUER=issuer, BANK_URL=bank_url):
        return
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    registered = register_client(
        name="Ngân hàng Phù Sa Thử",
        redirect_uris=[f"{bank_url}/callback"],
        purpose="Nhận biết khách hàng để mở tài khoản",
        profile=Profile.FAPI2,
        auth_method=AuthMethod.PRIVATE_KEY_JWT,
        keys=ClientKeys({"keys": [key.as_dict(private=False)]}),
        scopes=["openid", "profile", "identity", "address"],
        required_scopes=["openid"],
        default_level=AuthenticationLevel.LOA4,
        logout=LogoutAddresses(post_logout_redirect_uris=(f"{bank_url}/",)),
    )
    _write_secret(
        path,
        {
            "BANK_ISSUER": issuer,
            "BANK_URL": bank_url,
            "BANK_CLIENT_ID": registered.client.client_id,
            "BANK_KEY": json.dumps(key.as_dict(private=True)),
            "BANK_SECRET_KEY": random_token(),
        },
    )


def prepare_roadside(state_dir: Path, *, issuer: str, roadside_url: str) -> None:
    """Afterwards the terminal's environment stands in a file. It is no client: it knows what is published to everybody."""
    path = state_dir / ROADSIDE_FILE
    if _is_kept(path, ROADSIDE_ISSUER=issuer, ROADSIDE_URL=roadside_url):
        return
    _write_secret(
        path,
        {
            "ROADSIDE_ISSUER": issuer,
            "ROADSIDE_URL": roadside_url,
            "ROADSIDE_STORE": str(state_dir / "roadside" / "trust.json"),
            "ROADSIDE_SECRET_KEY": random_token(),
        },
    )


def prepare_wallet(state_dir: Path, *, issuer: str, wallet_url: str) -> None:
    """Afterwards the wallet's environment stands in a file. It is no client: an offer is taken by whoever has it."""
    path = state_dir / WALLET_FILE
    if not _is_kept(path, WALLET_ISSUER=issuer, WALLET_URL=wallet_url):
        secret = random_token()
        _write_secret(path, {"WALLET_ISSUER": issuer, "WALLET_URL": wallet_url, "WALLET_SECRET_KEY": secret})


def prepare_load_client(state_dir: Path, *, issuer: str) -> None:
    """Afterwards a client for load scenarios is registered and stands in a file."""
    path = state_dir / LOAD_CLIENT_FILE
    if _is_kept(path, issuer=issuer):
        return
    registered = register_client(
        name="Phòng khám của kịch bản tải",
        redirect_uris=[LOAD_REDIRECT_URI],
        purpose="Tiếp đón người bệnh trong một kịch bản tải",
        scopes=["profile", *PAPERS],
        required_scopes=["profile"],
        requests_per_minute=0,
        sign_ins_per_day=0,
    )
    _write_secret(
        path,
        {
            "issuer": issuer,
            "client_id": registered.client.client_id,
            "client_secret": registered.secret,
            "redirect_uri": LOAD_REDIRECT_URI,
        },
    )


def give_to_cast() -> None:
    """Afterwards the services that are nobody's belong to the organisation of the cast, whose representative looks after them."""
    codes = [member.organisation["code"] for member in read_cast() if member.organisation]
    organisations = [organisation for code in codes for organisation in list_by_code(code)]
    for client in find_clients() if organisations else ():
        if owner_of(client) == NOBODY:
            give_client(client, Owner(organisation_id=organisations[0].id))


def _is_kept(path: Path, **expected: str) -> bool:
    if not path.exists():
        return False
    kept = json.loads(path.read_text())
    return all(kept.get(name) == value for name, value in expected.items())


def _write_secret(path: Path, content: Mapping[str, str | None]) -> None:
    """Whole or not at all, and for its owner alone."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(content, indent=1))
    unfinished.replace(path)
