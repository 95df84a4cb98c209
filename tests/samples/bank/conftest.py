"""The bank beside a running service, both on real ports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from eid.db import db
from eid.demo.relying_services import BANK_FILE, prepare_bank
from eid.samples.bank import BankConfig, create_bank
from tests.live import LiveServer, bound_listener, serving


@dataclass(frozen=True)
class RunningBank:
    url: str
    app: Flask
    config: BankConfig


@pytest.fixture
def bank(app: Flask, live_server: LiveServer, tmp_path: Path) -> Iterator[RunningBank]:
    """Registered as the demo registers it."""
    listener, url = bound_listener()
    prepare_bank(tmp_path, issuer=live_server.url, bank_url=url)
    db.session.commit()
    config = BankConfig.from_env(json.loads((tmp_path / BANK_FILE).read_text()))
    bank_app = create_bank(config)
    with listener, serving(bank_app, listener):
        yield RunningBank(url, bank_app, config)
