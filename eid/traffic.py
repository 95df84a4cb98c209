"""How many requests an address may make (EID_RATE_LIMIT): who is counted, and the table of the counts.

An address is kept as a keyed digest, for an hour after its window. Counting is the business of eid/traffic_limiting.py, which is
loaded where there is a limit.
"""

from datetime import datetime, timedelta
from ipaddress import ip_address

from flask import request
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from eid.config import current_settings
from eid.db import Base, UtcDateTime
from eid.retention.catalogue import Retention

KEPT = timedelta(hours=1)


class AddressWindow(Base):
    """How many requests of a limit the processes have taken for an address in its window under way."""

    __tablename__ = "address_windows"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Keyed, of address and limit."""
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    taken: Mapped[int]


RETENTION = (Retention(AddressWindow.ends_at, KEPT, "Addresses stand there, as digests, for an hour."),)


def find_caller_address() -> str:
    """Whence this request came: the peer, or where a proxy of ours says that it had it from.

    Each proxy adds whom it was called by at the end of X-Forwarded-For, so the last address that no proxy of ours has is one that
    a proxy of ours has seen; what stands before it, anybody may have written.
    """
    peer = request.remote_addr or ""
    for named in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        if not _is_proxy(peer) or not named.strip():
            break
        peer = named.strip()
    return peer[:64]


def _is_proxy(peer: str) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    return any(address in network for network in current_settings().client_certificate_proxies)
