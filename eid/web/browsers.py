"""The name by which a holder knows a browser again, from its User-Agent header (RFC 9110, section 10.1.5). Pure.

Nothing is decided by it: anybody can send any.
"""

from __future__ import annotations

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("CriOS", "Chrome"),
    ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"),
    ("Chromium", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests", "Python"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
"""What a header holds, and what that means; the first that is found counts, because most name others too."""


def name_browser(user_agent: str) -> str:
    """Browser and system, like "Firefox – Linux"; what is not known is left out, and nothing is said of what says nothing."""
    browser, system = (
        next((name for mark, name in names if mark in user_agent[:400]), "") for names in (_BROWSERS, _SYSTEMS)
    )
    return " – ".join(filter(None, (browser, system)))
