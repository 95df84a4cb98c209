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
    """Debian's browser, or the one that EID_CHROMIUM names; None where there is none."""
    return os.environ.get("EID_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
