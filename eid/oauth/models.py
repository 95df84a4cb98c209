"""What the provider keeps: clients, authorization requests under way, consents, codes and access tokens.

Secrets, codes and tokens are kept as SHA-256 digests, but for secrets that clients sign with, which are sealed. Persons,
accounts and sessions are referred to by number.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eid.db import Base, BigId, UtcDateTime
from eid.oauth.sender import Confirmation


class Profile(StrEnum):
    """How strict the provider is with a client."""

    BASIC = "basic"
    """OpenID Connect Basic OP, with PKCE unless a confidential client is registered to do without."""
    FAPI2 = "fapi2"
    """FAPI 2.0 Security Profile: a client with keys of its own, and everything weaker refused."""
    HAIP = "haip"
    """OpenID4VC High Assurance Interoperability Profile 1.0: a wallet that its provider attests, and the rest as fapi2."""


STRICT_PROFILES = frozenset({Profile.FAPI2, Profile.HAIP})
"""HAIP rests on the FAPI 2.0 Security Profile (HAIP 1.0, section 4)."""


class ApplicationType(StrEnum):
    """OpenID Connect Registration, section 2."""

    WEB = "web"
    NATIVE = "native"


class AuthMethod(StrEnum):
    """How a client proves itself at the token endpoint (OpenID Connect Core, section 9; RFC 8705, section 2)."""

    SECRET_BASIC = "client_secret_basic"
    SECRET_POST = "client_secret_post"
    SECRET_JWT = "client_secret_jwt"
    PRIVATE_KEY_JWT = "private_key_jwt"
    TLS = "tls_client_auth"
    SELF_SIGNED_TLS = "self_signed_tls_client_auth"
    ATTESTATION = "attest_jwt_client_auth"
    """draft-ietf-oauth-attestation-based-client-auth: a wallet provider vouches for the wallet's key."""
    NONE = "none"


class TokenFormat(StrEnum):
    """What a client's access tokens look like to whoever reads them."""

    OPAQUE = "opaque"
    JWT = "jwt"
    """RFC 9068: a service of the client's own can read them; here they are looked up like all others."""


class KeyBound:
    """Columns of a token that is bound to the key of its sender, or to none."""

    jkt: Mapped[str | None] = mapped_column(String(43))
    """RFC 9449, section 6."""
    x5t_s256: Mapped[str | None] = mapped_column(String(43))
    """RFC 8705, section 3.1."""

    @property
    def confirmation(self) -> Confirmation:
        return Confirmation(jkt=self.jkt, certificate=self.x5t_s256)


class Client(Base):
    """A relying service's registration."""

    __tablename__ = "clients"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[str] = mapped_column(String(64), unique=True)
    """Chosen by the provider, never by the service: it can then not be mistaken for a subject (RFC 9700, section 4.15)."""
    secret_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Instead of the digest for client_secret_jwt, which needs the secret itself."""
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """The client's public keys, or else where they are to be found."""
    jwks_uri: Mapped[str | None] = mapped_column(Text)
    token_endpoint_auth_signing_alg: Mapped[str | None] = mapped_column(String(16))
    """The one algorithm of its assertions; any allowed one where there is none."""
    tls_subject_kind: Mapped[str | None] = mapped_column(String(32))
    """For tls_client_auth: which of the five names of RFC 8705, section 2.1.2, its certificate is known by, and which it is."""
    tls_subject: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(300))
    """Why the service asks, as the citizen reads it before consenting."""
    profile: Mapped[Profile] = mapped_column(String(16))
    application_type: Mapped[ApplicationType] = mapped_column(String(8))
    auth_method: Mapped[AuthMethod] = mapped_column(String(32))
    redirect_uris: Mapped[list[str]] = mapped_column(JSON)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    """What the service may ask for."""
    required_scopes: Mapped[list[str]] = mapped_column(JSON)
    """What it cannot do without; the citizen may withhold all the rest."""
    own_scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    """What it may ask for in its own name, without a citizen at the pages (client credentials); empty for most."""
    extra_grant_types: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """What it may ask the token endpoint for beyond codes, refresh tokens and its own name (eid.oauth.grant_types)."""
    backchannel_token_delivery_mode: Mapped[str | None] = mapped_column(String(8))
    """How it learns that a citizen has answered: poll or ping (CIBA Core, section 4)."""
    backchannel_client_notification_endpoint: Mapped[str | None] = mapped_column(Text)
    backchannel_authentication_request_signing_alg: Mapped[str | None] = mapped_column(String(16))
    """The one algorithm of its signed authentication requests, which it must then sign (CIBA Core, section 4)."""
    default_level: Mapped[str] = mapped_column(String(8))
    """The authentication level of a request that names none."""
    dpop_bound_access_tokens: Mapped[bool] = mapped_column(default=False)
    """RFC 9449, section 5.2."""
    tls_client_certificate_bound_access_tokens: Mapped[bool] = mapped_column(default=False)
    """RFC 8705, section 3.4."""
    require_pushed_authorization_requests: Mapped[bool] = mapped_column(default=False)
    """RFC 9126, section 6."""
    require_signed_request_object: Mapped[bool] = mapped_column(default=False)
    """RFC 9101, section 10.5."""
    access_token_format: Mapped[TokenFormat] = mapped_column(String(8), default=TokenFormat.OPAQUE)
    resources: Mapped[list[str]] = mapped_column(JSON, default=list)
    """For which other services it may ask for tokens, by address (RFC 8707)."""
    sector: Mapped[str] = mapped_column(String(255))
    """Clients of one sector see the same subject for a person."""
    sector_identifier_uri: Mapped[str | None] = mapped_column(Text)
    id_token_signed_response_alg: Mapped[str] = mapped_column(String(16), default="ES256")
    id_token_encrypted_response_alg: Mapped[str | None] = mapped_column(String(24))
    id_token_encrypted_response_enc: Mapped[str | None] = mapped_column(String(24))
    userinfo_signed_response_alg: Mapped[str | None] = mapped_column(String(16))
    """None where userinfo is plain JSON (OpenID Connect Registration, section 2)."""
    userinfo_encrypted_response_alg: Mapped[str | None] = mapped_column(String(24))
    userinfo_encrypted_response_enc: Mapped[str | None] = mapped_column(String(24))
    requires_pkce: Mapped[bool] = mapped_column(default=True)
    """Only a confidential client can do without (RFC 9700, section 2.1.1)."""
    consent_days: Mapped[int | None]
    """After how many days a consent is asked for again; None for a year."""
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    post_logout_redirect_uris: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """Where people may be led after they signed out; exact (OpenID Connect RP-Initiated Logout, section 3.1)."""
    backchannel_logout_uri: Mapped[str | None] = mapped_column(Text)
    """Where logout tokens are posted (OpenID Connect Back-Channel Logout, section 2.2)."""
    backchannel_logout_session_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    frontchannel_logout_uri: Mapped[str | None] = mapped_column(Text)
    """What the logout page loads in a frame (OpenID Connect Front-Channel Logout, section 2)."""
    frontchannel_logout_session_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    owner_person_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Who looks after it in the portal; nobody where it was registered at the terminal."""
    owner_organisation_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """Instead of a person: whoever may act for this organisation looks after it."""
    foreign_name: Mapped[str | None] = mapped_column(String(120))
    """Its name in English."""
    legal_basis: Mapped[str] = mapped_column(String(300), default="", server_default="")
    scope_purposes: Mapped[dict[str, str]] = mapped_column(JSON, default=dict, server_default="{}")
    """What each scope is asked for, in the owner's words, as it was approved."""
    contacts: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    highest_level: Mapped[str | None] = mapped_column(String(8))
    """The authentication level above which it may ask for none; None where there is no ceiling."""
    is_test: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it registered itself (RFC 7591), and nobody reviewed what it asks for."""
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspension: Mapped[str | None] = mapped_column(String(300))
    """Why nobody can sign in there at the moment."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From then on it is as if it had never been registered; the row stays for what names it."""
    registration_token_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the token with which it reads and changes its own registration (RFC 7592, section 3)."""
    previous_secret_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    previous_sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until then the secret before this one is good as well."""
    requests_per_minute: Mapped[int | None]
    """At the token, pushed-request and introspection addresses; None for as many as the settings have."""
    sign_ins_per_day: Mapped[int | None]

    @property
    def is_answered_by_jwt(self) -> bool:
        """Whether it reads userinfo signed or encrypted."""
        return bool(self.userinfo_signed_response_alg or self.userinfo_encrypted_response_alg)


class UsedAssertion(Base):
    """A client assertion that has been used, until it would have expired anyway."""

    __tablename__ = "used_assertions"
    __table_args__ = (UniqueConstraint("client_id", "jti_digest"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    jti_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AuthorizationRequest(Base):
    """A checked request that waits for its citizen to sign in or to decide."""

    __tablename__ = "authorization_requests"

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    """Unguessable: it stands in the address of the page."""
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    pushed_id: Mapped[int | None] = mapped_column(ForeignKey("pushed_requests.id"), index=True)
    """The pushed request that this visit began with; answering the one uses up the other."""
    session_id: Mapped[int | None] = mapped_column(BigInteger)
    """The session that met the request first; from then on no other may answer it."""
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class PushedRequest(Base):
    """A checked request that its client left here before sending the citizen (RFC 9126)."""

    __tablename__ = "pushed_requests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uri_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Of the part of the request_uri that nobody can guess."""
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    pushed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class DpopProof(Base):
    """A DPoP proof that was used (RFC 9449, section 11.1)."""

    __tablename__ = "dpop_proofs"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    """Of key and `jti`."""
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    """From then on it would be too old anyway."""


class Consent(Base):
    """What a person let a client have, for a purpose, of what it asked for; one at a time per person and client."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_person_id_client_id_given",
            "person_id",
            "client_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(300))
    asked_scopes: Mapped[list[str]] = mapped_column(JSON)
    granted_scopes: Mapped[list[str]] = mapped_column(JSON)
    asked_items: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """What was asked for, item by item (eid.oauth.asking); None in consents from before that was kept: all of the scopes'."""
    granted_items: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From then on the service has to ask again; None in consents from before that was kept: a year after they were given."""
    given_by: Mapped[int | None] = mapped_column(BigInteger)
    """The guardian who agreed for a ward; None where the person did for themselves."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"primary_key": [id, person_id]}
    """PostgreSQL keeps consents in parts by person: a row is then sought in one of them."""


class AuthorizationCode(Base):
    """A code, and with it the one grant that all tokens redeemed from it stand and fall with."""

    __tablename__ = "authorization_codes"
    __table_args__ = (Index("ix_authorization_codes_client_id_authenticated_at", "client_id", "authenticated_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"))
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    session_id: Mapped[int] = mapped_column(BigInteger, index=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    redirect_uri: Mapped[str] = mapped_column(Text)
    code_challenge: Mapped[str] = mapped_column(String(43))
    nonce: Mapped[str | None] = mapped_column(Text)
    dpop_jkt: Mapped[str | None] = mapped_column(String(43))
    """The key that must be proved when the code is redeemed (RFC 9449, section 10)."""
    resources: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Whom its tokens may be for (RFC 8707)."""
    release: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What the grant lets the client have (eid.oauth.release); None in grants from before that was kept."""
    acr: Mapped[str] = mapped_column(String(8))
    amr: Mapped[list[str]] = mapped_column(JSON)
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccessToken(KeyBound, Base):
    """An access token; one that is a JWT is looked up like an opaque one."""

    __tablename__ = "access_tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("authorization_codes.id"), index=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    resources: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Whom it is for; where that is nobody by name, us."""
    parent_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    """The token that it was exchanged for (RFC 8693)."""
    actor: Mapped[str | None] = mapped_column(String(64))
    """Of an exchanged token: the client that acts with it for the person (RFC 8693, section 4.1)."""
    acr: Mapped[str] = mapped_column(String(8))
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class ClientToken(KeyBound, Base):
    """An opaque access token of a client in its own name: no person stands behind it."""

    __tablename__ = "client_tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("clients.id"), index=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship(lazy="joined", innerjoin=True)


class RefreshToken(KeyBound, Base):
    """One of a family of refresh tokens; what it stands for is the code that the family began with.

    Its key is the one that the tokens of its answer were bound to.
    """

    __tablename__ = "refresh_tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    code_id: Mapped[int] = mapped_column(ForeignKey("authorization_codes.id"), index=True)
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("refresh_tokens.id"), index=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was first used; from then on its successor counts."""
