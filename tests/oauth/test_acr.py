"""Levels asked for and told: OpenID Connect Core, sections 3.1.2.1 and 5.5.1.1."""

import pytest

from eid.oauth.acr import choose_level, find_essential_acr, granted_acr, parse_claims_parameter


def test_acr_says_what_happened_and_matches_what_is_insisted_on() -> None:
    """OpenID Connect Core, section 5.5.1.1; RFC 9470: never what was asked"""
    assert granted_acr("LoA2", ()) == "LoA2"
    assert granted_acr("LoA2", ("LoA1",)) == "LoA1"
    assert granted_acr("LoA2", ("LoA1", "LoA2", "LoA4")) == "LoA2"


@pytest.mark.parametrize(
    ("essential", "preferred", "default", "level"),
    [
        ([], [], "LoA2", "LoA2"),
        ([], [], "LoA4", "LoA4"),
        ([], ["LoA4"], "LoA1", "LoA4"),
        ([], ["LoA3", "LoA2"], "LoA1", "LoA3"),
        ([], ["gold"], "LoA1", "LoA1"),
        (["LoA4", "LoA1"], ["LoA2"], "LoA2", "LoA4"),
        (["gold", "LoA1"], ["LoA2"], "LoA2", "LoA1"),
        (["LoA3"], ["LoA1"], "LoA1", "LoA3"),
        (["gold"], ["LoA1"], "LoA1", None),
    ],
)
def test_the_level_to_sign_in_at(essential: list[str], preferred: list[str], default: str, level: str | None) -> None:
    assert choose_level(essential=essential, preferred=preferred, default=default) == level


@pytest.mark.parametrize("text", ["{", "[]", "1", '"acr"', "null", "[" * 4000])
def test_a_claims_parameter_that_is_no_json_object_is_told_apart_from_none(text: str) -> None:
    assert parse_claims_parameter(text) is None
    assert parse_claims_parameter(None) == {}


@pytest.mark.parametrize(
    ("claims", "values"),
    [
        ({}, ()),
        ({"id_token": None}, ()),
        ({"id_token": {"acr": None}}, ()),
        ({"id_token": {"acr": {"values": ["LoA2"]}}}, ()),
        ({"id_token": {"acr": {"essential": "yes", "value": "LoA2"}}}, ()),
        ({"id_token": {"acr": {"essential": True, "value": "LoA2"}}}, ("LoA2",)),
        ({"id_token": {"acr": {"essential": True, "values": ["LoA2", 1]}}}, ("LoA2",)),
        ({"userinfo": {"acr": {"essential": True, "value": "LoA2"}}}, ()),
    ],
)
def test_only_an_essential_acr_of_the_id_token_binds(claims: dict, values: tuple[str, ...]) -> None:
    assert find_essential_acr(claims) == values
