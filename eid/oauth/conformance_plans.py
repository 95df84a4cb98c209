"""What the OpenID Foundation's conformance suite checks of a provider: plans, their modules, the clause of each. Pure.

A module is proved by a test of ours that bears its name (tests/conformance) and passed; one without such a test is unproved.
"""

from __future__ import annotations

from dataclasses import replace

from eid.late_dataclasses import frozen


@frozen
class Module:
    name: str
    """As the suite calls it."""
    clause: str
    variant: str = ""
    """Of its plan."""

    @property
    def function_name(self) -> str:
        """The name of the test of ours, in small letters."""
        return "test_" + self.name.replace("-", "_").lower()

    @property
    def test_name(self) -> str:
        """What the results call it: a test that plays several variants of a plan has a result for each."""
        return f"{self.function_name}[{self.variant}]" if self.variant else self.function_name


@frozen
class Plan:
    name: str
    """As the suite calls it."""
    title: str
    modules: tuple[Module, ...]
    variant: str
    """Tells it from an earlier plan of the same name, whose client proves itself in another way."""

    def __init__(self, name: str, title: str, *modules: Module, variant: str = "") -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "modules", tuple(replace(module, variant=variant) for module in modules))
        object.__setattr__(self, "variant", variant)

    @property
    def address(self) -> str:
        """Its own among all plans: the name, and the variant where there is one."""
        return f"{self.name}-{self.variant}" if self.variant else self.name


def _of(clause: str, *names: str) -> tuple[Module, ...]:
    return tuple(Module(name, clause) for name in names)


_ISSUER = (
    *_of(
        "OpenID4VCI 1.0, section 12.2",
        "oid4vci-1_0-issuer-metadata-test",
        "oid4vci-1_0-issuer-metadata-test-signed",
    ),
    *_of(
        "OpenID4VCI 1.0, sections 5 to 8",
        "oid4vci-1_0-issuer-happy-flow",
        "oid4vci-1_0-issuer-happy-flow-additional-requests",
        "oid4vci-1_0-issuer-happy-flow-multiple-clients",
    ),
    *_of(
        "OpenID4VCI 1.0, section 11",
        "oid4vci-1_0-issuer-happy-flow-skip-notification",
    ),
    *_of(
        "OpenID4VCI 1.0, sections 8.3 and 15.6.2",
        "oid4vci-1_0-issuer-batch-issuance",
    ),
    *_of(
        "OpenID4VCI 1.0, section 8.3.1.2",
        "oid4vci-1_0-issuer-fail-invalid-nonce",
        "oid4vci-1_0-issuer-fail-invalid-jwt-proof-signature",
        "oid4vci-1_0-issuer-fail-missing-proof",
        "oid4vci-1_0-issuer-fail-unsupported-encryption-algorithm",
        "oid4vci-1_0-issuer-fail-unknown-credential-configuration",
        "oid4vci-1_0-issuer-fail-unknown-credential-identifier",
    ),
    *_of(
        "OpenID4VCI 1.0, appendix D.1",
        "oid4vci-1_0-issuer-fail-invalid-key-attestation-signature",
    ),
    *_of(
        "draft-ietf-oauth-attestation-based-client-auth-07",
        "oid4vci-1_0-issuer-fail-invalid-client-attestation-signature",
        "oid4vci-1_0-issuer-fail-invalid-client-attestation-pop-signature",
        "oid4vci-1_0-issuer-fail-client-attestation-exp-in-past",
        "oid4vci-1_0-issuer-fail-client-attestation-no-sub",
        "oid4vci-1_0-issuer-fail-client-attestation-pop-wrong-aud",
        "oid4vci-1_0-issuer-fail-mismatched-client-attestation-pop-key",
    ),
    *_of(
        "FAPI 2.0 Security Profile, section 5.3.4",
        "oid4vci-1_0-issuer-fail-on-access-token-in-query",
    ),
)
"""Of both plans for issuers; our tests play them as the second one does."""

_SECURITY_PROFILE = _of(
    "FAPI 2.0 Security Profile",
    "fapi2-security-profile-final-discovery-end-point-verification",
    "fapi2-security-profile-final-happy-flow",
    "fapi2-security-profile-final-user-rejects-authentication",
    "fapi2-security-profile-final-ensure-authorization-request-without-state-success",
    "fapi2-security-profile-final-ensure-authorization-request-without-nonce-success",
    "fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success",
    "fapi2-security-profile-final-ensure-other-scope-order-succeeds",
    "fapi2-security-profile-final-test-claims-parameter-identity-claims",
    "fapi2-security-profile-final-access-token-type-header-case-sensitivity",
    "fapi2-security-profile-final-check-dpop-proof-nbf-exp",
    "fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds",
    "fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds",
    "fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails",
    "fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",
    "fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
    "fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success",
    "fapi2-security-profile-final-ensure-dpop-auth-code-binding-success",
    "fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object",
    "fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object",
    "fapi2-security-profile-final-ensure-authorization-request-with-long-nonce",
    "fapi2-security-profile-final-ensure-authorization-request-with-long-state",
    "fapi2-security-profile-final-state-only-outside-request-object-not-used",
    "fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails",
    "fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri",
    "fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails",
    "fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request",
    "fapi2-security-profile-final-ensure-response-type-code-idtoken-fails",
    "fapi2-security-profile-final-ensure-response-type-token-fails",
    "fapi2-security-profile-final-ensure-client-id-in-token-endpoint",
    "fapi2-security-profile-final-ensure-holder-of-key-required",
    "fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client",
    "fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second",
    "fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code",
    "fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails",
    "fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint",
    "fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
    "fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails",
    "fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails",
    "fapi2-security-profile-final-dpop-negative-tests",
    "fapi2-security-profile-final-refresh-token",
    "fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds",
    "fapi2-security-profile-final-par-attempt-reuse-request_uri",
    "fapi2-security-profile-final-par-attempt-to-use-expired-request_uri",
    "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted",
    "fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
    "fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client",
    "fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param",
    "fapi2-security-profile-final-par-attempt-invalid-http-method",
    "fapi2-security-profile-final-par-ensure-pkce-required",
    "fapi2-security-profile-final-ensure-pkce-code-verifier-required",
    "fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected",
    "fapi2-security-profile-final-par-plain-pkce-rejected",
    "fapi2-security-profile-final-par-without-duplicate-parameters",
    "fapi2-security-profile-final-par-test-array-as-audience-fails",
    "fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails",
    "fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails",
)
"""FAPI 2.0 Security Profile, whatever its client proves itself by."""

_WITHOUT_MTLS = ("dpop", "client-assertion", "audience-fails")


def _is_without_mtls(module: Module) -> bool:
    """The suite leaves the modules about proofs by DPoP out where tokens are bound to certificates, and those about assertions
    where a certificate says who the client is."""
    return any(word in module.name for word in _WITHOUT_MTLS)


PLANS: tuple[Plan, ...] = (
    Plan(
        "oidcc-basic-certification-test-plan",
        "OpenID Connect: Basic OP",
        *_of(
            "OpenID Connect Core, section 3.1",
            "oidcc-server",
        ),
        *_of(
            "RFC 6749, section 3.1.1",
            "oidcc-response-type-missing",
        ),
        *_of(
            "OpenID Connect Core, section 5.3.1",
            "oidcc-userinfo-get",
            "oidcc-userinfo-post-header",
        ),
        *_of(
            "RFC 6750, section 2.2",
            "oidcc-userinfo-post-body",
        ),
        *_of(
            "OpenID Connect Core, section 3.1.2.1",
            "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
            "oidcc-display-page",
            "oidcc-display-popup",
            "oidcc-prompt-login",
            "oidcc-prompt-none-logged-in",
            "oidcc-max-age-1",
            "oidcc-max-age-10000",
            "oidcc-ensure-request-with-unknown-parameter-succeeds",
            "oidcc-id-token-hint",
            "oidcc-login-hint",
            "oidcc-ui-locales",
            "oidcc-ensure-request-with-acr-values-succeeds",
            "oidcc-ensure-registered-redirect-uri",
            "oidcc-ensure-post-request-succeeds",
        ),
        *_of(
            "OpenID Connect Core, section 5.4",
            "oidcc-scope-profile",
            "oidcc-scope-email",
            "oidcc-scope-address",
            "oidcc-scope-phone",
            "oidcc-scope-all",
        ),
        *_of(
            "RFC 6749, section 3.3",
            "oidcc-alternate-happy-flow",
        ),
        *_of(
            "OpenID Connect Core, section 3.1.2.6",
            "oidcc-prompt-none-not-logged-in",
        ),
        *_of(
            "OpenID Connect Core, section 5.2",
            "oidcc-claims-locales",
        ),
        *_of(
            "RFC 6749, section 4.1.2",
            "oidcc-codereuse",
            "oidcc-codereuse-30seconds",
        ),
        *_of(
            "OpenID Connect Core, section 9",
            "oidcc-server-client-secret-post",
        ),
        *_of(
            "OpenID Connect Core, section 6.1",
            "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
            "oidcc-ensure-request-object-with-redirect-uri",
        ),
        *_of(
            "OpenID Connect Core, section 6.2",
            "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        ),
        *_of(
            "OpenID Connect Core, section 3.1.3.7",
            "oidcc-idtoken-signature",
            "oidcc-idtoken-unsigned",
        ),
        *_of(
            "OpenID Connect Core, section 5.5.1",
            "oidcc-claims-essential",
        ),
        *_of(
            "OpenID Connect Core, section 12",
            "oidcc-refresh-token",
        ),
        *_of(
            "RFC 7636",
            "oidcc-ensure-request-with-valid-pkce-succeeds",
        ),
    ),
    Plan(
        "oidcc-config-certification-test-plan",
        "OpenID Connect: Config OP",
        *_of(
            "OpenID Connect Discovery 1.0, section 3",
            "oidcc-discovery-endpoint-verification",
        ),
    ),
    Plan(
        "oidcc-rp-initiated-logout-certification-test-plan",
        "OpenID Connect: RP-initiated logout",
        *_of(
            "OpenID Connect RP-Initiated Logout 1.0",
            "oidcc-rp-initiated-logout-discovery-endpoint-verification",
            "oidcc-rp-initiated-logout",
            "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
            "oidcc-rp-initiated-logout-modified-id-token-hint",
            "oidcc-rp-initiated-logout-no-id-token-hint",
            "oidcc-rp-initiated-logout-no-params",
            "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
            "oidcc-rp-initiated-logout-no-state",
            "oidcc-rp-initiated-logout-only-state",
            "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
            "oidcc-rp-initiated-logout-bad-id-token-hint",
        ),
    ),
    Plan(
        "oidcc-backchannel-rp-initiated-logout-certification-test-plan",
        "OpenID Connect: back-channel logout",
        *_of(
            "OpenID Connect Back-Channel Logout 1.0",
            "oidcc-backchannel-logout-discovery-endpoint-verification",
            "oidcc-backchannel-rp-initiated-logout",
        ),
    ),
    Plan(
        "oidcc-frontchannel-rp-initiated-logout-certification-test-plan",
        "OpenID Connect: front-channel logout",
        *_of(
            "OpenID Connect Front-Channel Logout 1.0",
            "oidcc-frontchannel-logout-discovery-endpoint-verification",
            "oidcc-frontchannel-rp-initiated-logout",
        ),
    ),
    Plan(
        "fapi2-security-profile-final-test-plan",
        "FAPI 2.0 Security Profile, with private_key_jwt, DPoP and OpenID Connect",
        *_SECURITY_PROFILE,
    ),
    Plan(
        "fapi2-security-profile-final-test-plan",
        "FAPI 2.0 Security Profile, with mTLS (client and tokens) and OpenID Connect",
        *(module for module in _SECURITY_PROFILE if not _is_without_mtls(module)),
        variant="mtls",
    ),
    Plan(
        "fapi2-message-signing-final-test-plan",
        "FAPI 2.0 Message Signing: what it adds to the Security Profile",
        *_of(
            "FAPI 2.0 Message Signing",
            "fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds",
            "fapi2-security-profile-final-ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
            "fapi2-security-profile-final-ensure-request-object-without-exp-fails",
            "fapi2-security-profile-final-ensure-request-object-without-nbf-fails",
            "fapi2-security-profile-final-ensure-expired-request-object-fails",
            "fapi2-security-profile-final-ensure-request-object-with-bad-aud-fails",
            "fapi2-security-profile-final-ensure-request-object-with-exp-over-60-fails",
            "fapi2-security-profile-final-ensure-request-object-with-nbf-over-60-fails",
            "fapi2-security-profile-final-ensure-signed-request-object-with-RS256-fails",
            "fapi2-security-profile-final-ensure-request-object-signature-algorithm-is-not-none",
            "fapi2-security-profile-final-ensure-request-object-with-invalid-signature-fails",
            "fapi2-security-profile-final-ensure-matching-key-in-authorization-request",
            "fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails",
        ),
    ),
    Plan(
        "openid-ssf-transmitter-test-plan",
        "Shared Signals Framework: transmitter",
        *_of(
            "OpenID Shared Signals Framework 1.0",
            "openid-ssf-transmitter-metadata",
            "openid-ssf-stream-control-happy-path",
            "openid-ssf-stream-control-error-create-stream-with-broken-input",
            "openid-ssf-stream-control-error-create-stream-with-invalid-token",
            "openid-ssf-stream-control-error-create-stream-with-duplicate-config",
            "openid-ssf-stream-control-create-stream-without-delivery",
            "openid-ssf-stream-control-error-read-stream-with-invalid-token",
            "openid-ssf-stream-control-error-read-stream-without-token",
            "openid-ssf-stream-control-error-token-in-uri-query",
            "openid-ssf-stream-control-error-read-unknown-stream",
            "openid-ssf-stream-control-error-read-status-of-unknown-stream",
            "openid-ssf-stream-control-error-read-stream-status-with-invalid-token",
            "openid-ssf-stream-control-error-update-stream-with-invalid-token",
            "openid-ssf-stream-control-error-update-stream-with-invalid-body",
            "openid-ssf-stream-control-error-update-unknown-stream",
            "openid-ssf-stream-control-error-replace-stream-with-invalid-body",
            "openid-ssf-stream-control-error-replace-stream-with-invalid-token",
            "openid-ssf-stream-control-error-replace-unknown-stream",
            "openid-ssf-stream-control-error-delete-stream-with-invalid-token",
            "openid-ssf-stream-control-error-delete-unknown-stream",
            "openid-ssf-stream-subject-control",
            "openid-ssf-transmitter-stream-verification-push",
            "openid-ssf-transmitter-stream-verification-error-push-no-auth",
            "openid-ssf-transmitter-stream-verification-poll-only",
            "openid-ssf-transmitter-stream-verification-ack-only",
            "openid-ssf-transmitter-stream-verification-poll-and-ack",
            "openid-ssf-transmitter-stream-verification-set-errs",
            "openid-ssf-transmitter-stream-verification-long-poll",
            "openid-ssf-transmitter-stream-verification-error-invalid-body",
            "openid-ssf-transmitter-stream-verification-error-unknown-stream",
            "openid-ssf-stream-control-error-create-stream-with-read-only-token",
            "openid-ssf-transmitter-poll-endpoint-authorization",
            "openid-ssf-transmitter-paused-stream-holds-events",
            "openid-ssf-transmitter-disabled-stream-drops-events",
        ),
    ),
    Plan(
        "fapi-ciba-id1-test-plan",
        "FAPI-CIBA: questions on the back channel",
        *_of(
            "CIBA Core, section 4",
            "fapi-ciba-id1-discovery-end-point-verification",
        ),
        *_of(
            "CIBA Core, sections 7 and 10.1",
            "fapi-ciba-id1",
            "fapi-ciba-id1-ensure-other-scope-order-succeeds",
        ),
        *_of(
            "CIBA Core, section 11",
            "fapi-ciba-id1-user-rejects-authentication",
            "fapi-ciba-id1-multiple-call-to-token-endpoint",
            "fapi-ciba-id1-auth-req-id-expired",
            "fapi-ciba-id1-ensure-wrong-auth-req-id-in-token-endpoint-request",
        ),
        *_of(
            "CIBA Core, section 7.1",
            "fapi-ciba-id1-ensure-authorization-request-with-binding-message-succeeds",
            "fapi-ciba-id1-ensure-authorization-request-with-potentially-bad-binding-message",
            "fapi-ciba-id1-ensure-authorization-request-with-multiple-hints-fails",
        ),
        *_of(
            "CIBA Core, section 7.1.1",
            "fapi-ciba-id1-ensure-requested-expiry-as-string-succeeds",
            "fapi-ciba-id1-ensure-request-object-missing-aud-fails",
            "fapi-ciba-id1-ensure-request-object-bad-aud-fails",
            "fapi-ciba-id1-ensure-request-object-missing-iss-fails",
            "fapi-ciba-id1-ensure-request-object-bad-iss-fails",
            "fapi-ciba-id1-ensure-request-object-missing-exp-fails",
            "fapi-ciba-id1-ensure-request-object-expired-exp-fails",
            "fapi-ciba-id1-ensure-request-object-missing-iat-fails",
            "fapi-ciba-id1-ensure-request-object-missing-nbf-fails",
            "fapi-ciba-id1-ensure-request-object-nbf-is-10-minutes-in-future-fails",
            "fapi-ciba-id1-ensure-request-object-missing-jti-fails",
            "fapi-ciba-id1-ensure-request-object-signature-algorithm-is-none-fails",
            "fapi-ciba-id1-ensure-request-object-signature-algorithm-is-bad-fails",
            "fapi-ciba-id1-ensure-request-object-signed-by-other-client-fails",
        ),
        *_of(
            "FAPI-CIBA, section 5.2.2",
            "fapi-ciba-id1-ensure-unsigned-backchannel-authorization-request-fails",
            "fapi-ciba-id1-ensure-request-object-exp-is-70-minutes-in-future-fails",
            "fapi-ciba-id1-ensure-request-object-nbf-is-70-minutes-in-past-fails",
            "fapi-ciba-id1-ensure-request-object-signature-algorithm-is-RS256-fails",
            "fapi-ciba-id1-refresh-token",
            "fapi-ciba-id1-ensure-mtls-holder-of-key-required",
        ),
        *_of(
            "OpenID Connect Core, section 9",
            "fapi-ciba-id1-ensure-without-client-assertion-in-token-endpoint-request",
            "fapi-ciba-id1-ensure-without-client-assertion-in-backchannel-authorization-request",
            "fapi-ciba-id1-ensure-client-assertion-signature-algorithm-in-backchannel-authorization-request-is-RS256-fails",
            "fapi-ciba-id1-ensure-client-assertion-signature-algorithm-in-token-endpoint-request-is-RS256-fails",
            "fapi-ciba-id1-ensure-client-assertion-with-iss-aud-to-token-endpoint-succeeds",
        ),
        *_of(
            "RFC 8705, section 2",
            "fapi-ciba-id1-ensure-different-client-id-and-issuer-in-backchannel-authorization-request",
            "fapi-ciba-id1-ensure-wrong-client-id-in-token-endpoint-request",
            "fapi-ciba-id1-ensure-wrong-client-id-in-backchannel-authorization-request",
        ),
        *_of(
            "CIBA Core, section 10.2",
            "fapi-ciba-id1-ping-backchannel-notification-endpoint-response-has-body",
            "fapi-ciba-id1-ping-backchannel-notification-endpoint-response-401",
            "fapi-ciba-id1-ping-backchannel-notification-endpoint-response-403",
            "fapi-ciba-id1-ping-with-mtls-ciba-notification-endpoint-response-401-and-require-server-does-not-retry",
            "fapi-ciba-id1-ping-backchannel-notification-endpoint-return-redirect-request",
        ),
    ),
    Plan(
        "ekyc-test-plan-oidccore",
        "OpenID Connect for Identity Assurance",
        *_of(
            "OpenID Connect for Identity Assurance 1.0",
            "ekyc-server-happypath",
            "ekyc-server-happypath-emptyobject",
            "ekyc-server-happypath-essentialfalse",
            "ekyc-server-unknown-claim-omitted",
            "ekyc-server-unknown-essential-claim-omitted",
            "ekyc-server-unknown-claim-specialchars-omitted",
            "ekyc-server-one-claim-with-random-value-omitted",
            "ekyc-server-request-only-in-idtoken",
            "ekyc-server-request-only-in-userinfo",
            "ekyc-server-testuserprovidedrequest",
            "ekyc-server-testbasedonuserinfo-defaults",
            "ekyc-server-test-userinfo-notfoundinop",
        ),
    ),
    Plan(
        "oid4vp-1final-verifier-test-plan",
        "OpenID for Verifiable Presentations 1.0: verifier",
        *_of(
            "OpenID4VP, sections 5 and 8; HAIP, section 5",
            "oid4vp-1final-verifier-happy-flow",
            "oid4vp-1final-verifier-minimal-cnf-jwk",
        ),
        *_of(
            "OpenID4VP, section 5.10",
            "oid4vp-1final-verifier-request-uri-method-post",
            "oid4vp-1final-verifier-request-uri-fetched-twice",
        ),
        *_of(
            "OpenID4VP, appendix B.2.6.1",
            "oid4vp-1final-verifier-invalid-session-transcript",
        ),
        *_of(
            "OpenID4VP, section 8.6; RFC 9901, section 7.3",
            "oid4vp-1final-verifier-invalid-kb-jwt-signature",
            "oid4vp-1final-verifier-invalid-credential-signature",
            "oid4vp-1final-verifier-invalid-sd-hash",
            "oid4vp-1final-verifier-invalid-kb-jwt-nonce",
            "oid4vp-1final-verifier-invalid-kb-jwt-aud",
            "oid4vp-1final-verifier-kb-jwt-iat-in-past",
            "oid4vp-1final-verifier-kb-jwt-iat-in-future",
        ),
    ),
    Plan("oid4vci-1_0-issuer-test-plan", "OpenID4VCI 1.0: an issuer", *_ISSUER),
    Plan("oid4vci-1_0-issuer-haip-test-plan", "OpenID4VCI 1.0 and HAIP 1.0: an issuer", *_ISSUER),
)
"""Modules that need another profile than ours are left out; so are those that a plan has
from another."""


def find_module_names() -> frozenset[str]:
    """What the results call the tests of every module of every plan."""
    return frozenset(module.test_name for plan in PLANS for module in plan.modules)
