"""Credential offers: what a citizen let a wallet have, for some minutes and once. Secrets are kept as digests."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from eid.db import Base, BigId, UtcDateTime


class CredentialOffer(Base):
    """One offer, in whichever of its ways it is taken: by its pre-authorized code, or by signing in with its issuer_state."""

    __tablename__ = "credential_offers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uri_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """Of the part of its address that nobody can guess, from which code and state are derived."""
    code_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    state_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    tx_code_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    """Of the code that was texted to the holder; keyed, because it can be guessed."""
    tries: Mapped[int] = mapped_column(default=0)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    account_id: Mapped[int] = mapped_column(BigInteger)
    session_id: Mapped[int] = mapped_column(BigInteger)
    """The session in which it was made, whose sign-in stands behind what it gives."""
    acr: Mapped[str] = mapped_column(String(8))
    amr: Mapped[list[str]] = mapped_column(JSON)
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    configurations: Mapped[list[str]] = mapped_column(JSON)
    """credential_configuration_ids."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    redeemed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    client_id: Mapped[str | None] = mapped_column(String(64))
    """Who redeemed it."""
