"""The terminal's pages: scan or paste, what came of it, and what is trusted since when. Nothing of a driver is kept."""

from __future__ import annotations

import hashlib
import threading
import time
from datetime import UTC, datetime
from typing import Any

import requests
from flask import Flask, current_app, redirect, render_template, request

from eid.samples.memory import Memory
from eid.samples.pages import add_headers
from eid.samples.roadside.config import RoadsideConfig
from eid.samples.roadside.loading import fetch_list, keep_trust, load_trust, read_trust
from eid.samples.roadside.rules import VIETNAM, Checked, check_offline, check_status, list_classes_in_force
from eid.samples.roadside.trust import Trust
from eid.samples.roadside.words import PHRASES
from eid.samples.signatures import NotVerified, write_time

LONGEST = 8000
"""Characters of a code; a QR code holds no more."""


class Terminal:
    """What one terminal holds while it is on."""

    def __init__(self, config: RoadsideConfig) -> None:
        self.config = config
        self.trust = read_trust(config.store_path, issuer=config.issuer)
        self.shown: Memory[int] = Memory()
        """Digest of a code → when it was shown here first; gone after a quarter of an hour, when no code holds any more."""
        self._lock = threading.Lock()

    def load(self) -> None:
        """Trust as it is published now, in the terminal and in its file. Raises requests.RequestException, NotVerified."""
        loaded = load_trust(self.config.issuer, now=time.time())
        with self._lock:
            self._hold(loaded)

    def keep_list(self, uri: str, token: str) -> None:
        """The newest list of this address, beside whatever else is trusted by now."""
        with self._lock:
            self._hold(self.trust.with_list(uri, token))

    def _hold(self, trust: Trust) -> None:
        keep_trust(trust, self.config.store_path)
        self.trust = trust

    def see(self, scanned: str, now: float) -> int:
        """When this very code was shown here before; 0 for the first time."""
        digest = hashlib.sha256(scanned.encode()).hexdigest()
        with self._lock:
            before = self.shown.find(digest)
            if before is None:
                self.shown.put(digest, int(now))
        return before or 0


def create_app_from_env() -> Flask:
    """The terminal of the environment's ROADSIDE_* variables, for a WSGI server."""
    return create_roadside(RoadsideConfig.from_env())


def create_roadside(config: RoadsideConfig) -> Flask:
    """The terminal, with what it kept from the last time; nobody is asked anything."""
    app = Flask("eid.samples.roadside", template_folder="templates", static_folder="static")
    app.config.update(ROADSIDE=config, SECRET_KEY=config.secret_key, MAX_CONTENT_LENGTH=64 * 1024)
    app.extensions["roadside.terminal"] = Terminal(config)
    PHRASES.add_to(app)
    app.add_template_filter(write_time, "time")
    app.add_template_filter(_write_moment, "moment")
    for rule, method, view in (("/", "GET", show_start), ("/trust", "POST", load), ("/checks", "POST", check)):
        app.add_url_rule(rule, view_func=view, methods=[method])
    app.register_error_handler(requests.RequestException, show_unreachable)
    app.register_error_handler(NotVerified, show_distrusted)
    app.register_error_handler(404, show_missing)
    app.register_error_handler(405, show_missing)
    add_headers(app, scripts=True)
    return app


def show_start() -> str:
    return render_template("roadside/start.html", trust=_terminal().trust)


def load() -> Any:
    _terminal().load()
    return redirect("/", 303)


def check() -> str:
    """Offline first, by what was loaded; then the status, from the network where there is one."""
    terminal, now = _terminal(), time.time()
    scanned = "".join(request.form.get("code", "").split())[:LONGEST]
    found = check_offline(scanned, trust=terminal.trust, now=now)
    shown_before = terminal.see(scanned, now) if found.content else 0
    found = _look_up(found, terminal, now)
    return render_template(
        "roadside/result.html",
        found=found,
        shown_before=shown_before,
        in_force=list_classes_in_force(found.content, today=(datetime.fromtimestamp(now, UTC) + VIETNAM).date()),
        checked_at=int(now),
        trust=terminal.trust,
    )


def _look_up(found: Checked, terminal: Terminal, now: float) -> Checked:
    """With the list of now, else with the one that was kept."""
    if found.status_place is None:
        return found
    uri = found.status_place[0]
    fetched = fetch_list(uri, terminal.trust)
    if fetched is not None:
        terminal.keep_list(uri, fetched)
    return check_status(found, terminal.trust.find_list(uri), fetched=fetched is not None, now=now)


def show_unreachable(error: requests.RequestException) -> tuple[str, int]:
    return render_template("roadside/problem.html", kind="offline"), 502


def show_distrusted(error: NotVerified) -> tuple[str, int]:
    return render_template("roadside/problem.html", kind="distrusted", code=error.step), 502


def show_missing(error: Exception) -> tuple[str, int]:
    return render_template("roadside/problem.html", kind="missing"), 404


def _write_moment(seconds: int) -> str:
    """Day and time in Vietnam."""
    return (datetime.fromtimestamp(seconds, UTC) + VIETNAM).strftime("%d/%m/%Y %H:%M:%S")


def _terminal() -> Terminal:
    terminal: Terminal = current_app.extensions["roadside.terminal"]
    return terminal
