"""What a service pins and loads is on a page of its own, for who looks after it and for nobody else."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from eid.clock import wall_now
from eid.credentials.trust import find_pins
from eid.crypto.verifier_pack import verify_verifier_pack
from eid.key_rotation import rotate_signing_keys
from eid.keystore import KeyUse
from eid.oauth.clients import RegisteredClient
from eid.oauth.ownership import Owner, give_client
from eid.web.session import COOKIE
from tests.oauth.conftest import Citizen, citizen, make_citizen, service

__all__ = ["citizen", "make_citizen", "service"]


def test_the_owner_pins_a_key_and_loads_a_pack(
    client: FlaskClient, make_citizen: Callable[..., Citizen], service: RegisteredClient
) -> None:
    owner, stranger = make_citizen(), make_citizen(103, given_name="Nam")
    give_client(service.client, Owner(person_id=owner.person_id))
    address = f"/services/{service.client_id}/trust"
    client.set_cookie(COOKIE, stranger.new_session.token)
    assert [client.get(each).status_code for each in (address, f"{address}/pack")] == [404, 404]
    client.set_cookie(COOKIE, owner.new_session.token)
    page = client.get(address)
    assert page.status_code == 200
    assert find_pins()[0] in page.text
    assert f'href="{address}/pack"' in page.text
    answer = client.get(f"{address}/pack")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="verifier-pack.jwt"'
    pack, _ = verify_verifier_pack(answer.text, pinned=find_pins(), now=wall_now())
    assert pack.audience == service.client_id
    (following,) = rotate_signing_keys(KeyUse.TRUST_LIST).following
    assert following.key.kid in client.get(address).text
