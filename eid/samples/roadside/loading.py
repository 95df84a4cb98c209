"""Getting what a terminal trusts where there is network, and keeping it in a file for where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import requests

from eid.samples.roadside.status_lists import read_status_list
from eid.samples.roadside.trust import Trust, nothing_trusted
from eid.samples.signatures import NotVerified

ONLINE_TIMEOUT = 3
"""Seconds that an officer waits for a network that may not be there."""
LOAD_TIMEOUT = 10
MOST_LISTS = 64


def load_trust(issuer: str, *, now: float) -> Trust:
    """The issuer's keys and status lists of now. The connection says whose they are: https, but on this machine.

    Raises requests.RequestException where there is no network, NotVerified where the keys are another issuer's. Lists are
    numbered from 1 without a gap.
    """
    answer = requests.get(f"{issuer}/api/v1/keys", timeout=LOAD_TIMEOUT)
    answer.raise_for_status()
    published = answer.json()
    if published.get("issuer") != issuer:
        raise NotVerified("iss", "the keys of another issuer")
    trust = Trust(issuer, {key["kid"]: key for key in published["keys"]}, {}, int(now))
    for number in range(1, MOST_LISTS + 1):
        uri = f"{issuer}/api/v1/status-lists/{number}"
        found = requests.get(uri, timeout=LOAD_TIMEOUT)
        if found.status_code == 404:
            break
        found.raise_for_status()
        read_status_list(found.text, uri=uri, keys=trust)
        trust = trust.with_list(uri, found.text)
    return trust


def fetch_list(uri: str, trust: Trust) -> str | None:
    """The list as it is now. None where there is no network, or what came is not the list: a portal of some network answers, too.

    Only the issuer is ever asked.
    """
    if not uri.startswith(f"{trust.issuer}/"):
        return None
    try:
        answer = requests.get(uri, timeout=ONLINE_TIMEOUT)
        read_status_list(answer.text, uri=uri, keys=trust)
    except (requests.RequestException, NotVerified):
        return None
    return answer.text


def keep_trust(trust: Trust, path: Path) -> None:
    """In the file afterwards: whole, or as it was before."""
    kept = {"issuer": trust.issuer, "keys": dict(trust.keys), "lists": dict(trust.lists), "loaded_at": trust.loaded_at}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(kept))
    unfinished.replace(path)


def read_trust(path: Path, *, issuer: str) -> Trust:
    """What the file holds of this issuer; nothing where there is no file, or one of another issuer."""
    if not path.exists():
        return nothing_trusted(issuer)
    kept = json.loads(path.read_text())
    return Trust(**kept) if kept["issuer"] == issuer else nothing_trusted(issuer)
