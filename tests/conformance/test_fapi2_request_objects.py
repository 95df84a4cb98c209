"""Modules of the plan fapi2-security-profile-final-test-plan about what stands beside a request object, each played both ways."""

from __future__ import annotations

import pytest
from flask import Flask

from eid.oauth.client_choices import ClientChoices
from tests.conformance.fapi2 import Bank, Variant, both_ways, error_of, open_bank, open_certified_bank
from tests.conformance.request_objects import answer, push, request_object, verify
from tests.oauth.conftest import BACK

pytestmark = both_ways


@pytest.fixture(scope="module")
def signing(fapi_app: Flask, variant: Variant) -> Bank:
    """A bank that must sign its requests."""
    must_sign = ClientChoices(require_signed_request_object=True)
    if variant is Variant.DPOP:
        return open_bank(fapi_app, choices=must_sign)
    return open_certified_bank(fapi_app, choices=must_sign)


def test_fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object(signing: Bank) -> None:
    """RFC 9101, section 6.3: what stands outside is not looked at"""
    code = answer(signing, request_object(signing), nonce="outside")["code"]
    assert verify(signing.redeem(code).get_json()["id_token"], "JWT")["nonce"] == "the-nonce"


def test_fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object(signing: Bank) -> None:
    assert answer(signing, request_object(signing), state="outside")["state"] == "the-state"


def test_fapi2_security_profile_final_state_only_outside_request_object_not_used(signing: Bank) -> None:
    assert "state" not in answer(signing, request_object(signing, state=None), state="outside")


def test_fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails(signing: Bank) -> None:
    refused = push(signing, request_object(signing, redirect_uri=None), redirect_uri=BACK)
    assert error_of(refused) == (400, "invalid_request")
