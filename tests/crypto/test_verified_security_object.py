"""EF.SOD by itself: steps 1 to 19 of passive authentication, for who keeps data groups elsewhere."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from eid.crypto.lds import SOD
from eid.crypto.passive_auth import STEPS, verify_document, verify_security_object
from eid.crypto.policy import STRICT
from eid.crypto.report import Result
from eid.errors import VerificationFailed
from tests.crypto.forge import NOW, groups_of, make_card, make_csca, make_signer, make_trust, new_key

AT = NOW + timedelta(days=1)


def test_it_tells_the_digests_that_data_groups_must_have() -> None:
    csca = make_csca()
    files = make_card(make_signer(csca))
    trust = make_trust(csca)
    verified = verify_security_object(files[SOD], trust_store=trust, policy=STRICT, at=AT)
    expected = {number: hashlib.sha256(data).digest() for number, data in groups_of(files).items()}
    assert (verified.hash_name, verified.digests) == ("sha256", expected)
    assert verified.signed_at == NOW
    assert [anchor.raw for anchor in trust.anchors] == [verified.anchor.raw]


@pytest.mark.parametrize("kinds", [("P-256", "P-384"), ("bp256", "bp384"), ("rsa2048", "rsa4096")])
def test_its_steps_are_those_of_the_whole_document(kinds: tuple[str, str]) -> None:
    """The first and the second time, when what was judged before is repeated."""
    csca = make_csca(kinds[1])
    trust = make_trust(csca)
    for _ in range(2):
        files = make_card(make_signer(csca, kinds[0], key=new_key(kinds[0])))
        for _ in range(2):
            alone = verify_security_object(files[SOD], trust_store=trust, policy=STRICT, at=AT)
            whole = verify_document(files, trust_store=trust, policy=STRICT, at=AT)
            assert whole.steps[: len(alone.steps)] == alone.steps
    assert [step.step for step in alone.steps] == list(STEPS[: STEPS.index("data_groups")])


def test_a_refusal_lists_its_steps_and_no_others() -> None:
    csca = make_csca()
    with pytest.raises(VerificationFailed) as refused:
        verify_security_object(b"\x77\x00", trust_store=make_trust(csca), at=AT)
    assert (refused.value.step, refused.value.code) == ("sod_structure", "sod_malformed")
    steps = refused.value.evidence["steps"]
    assert isinstance(steps, list)
    assert {step["result"] for step in steps[1:]} == {str(Result.NOT_CHECKED)}
    assert steps[-1]["step"] == "deviation_list"


def test_what_was_judged_once_is_judged_anew_under_another_policy() -> None:
    """The second document of a form is judged by its own policy, not by that of the first."""
    csca = make_csca()
    signer = make_signer(csca, document_types=None)
    trust, files = make_trust(csca), make_card(signer)
    assert verify_security_object(files[SOD], trust_store=trust, at=AT).signer.document_types is None
    with pytest.raises(VerificationFailed) as refused:
        verify_security_object(files[SOD], trust_store=trust, policy=STRICT, at=AT)
    assert refused.value.code == "profile_dsc_no_document_types"
