"""Where the browser is, and how it is started: it reaches nothing but the pages that it is sent to."""

from __future__ import annotations

import os
import shutil

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """Debian's browser, or the one that EID_CHROMIUM names; None where there is none. The one without windows takes less."""
    found = (shutil.which(name) for name in ("chromium-headless-shell", "chromium", "google-chrome"))
    return os.environ.get("EID_CHROMIUM") or next((path for path in found if path), None)
