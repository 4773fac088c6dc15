"""Where to go on to after signing in: a path of our own, and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 1024
# Signing in again would go round in circles, and signing out is no place to go to.
_NOWHERE = (
    "/sign-in",
    "/sign-out",
    "/set-up",
    "/links",
    "/forgot-password",
    "/sign-up",
    "/healthz",
    "/static",
    "/appearance.css",
    "/logo",
)


def checked(text: str) -> str:
    """Return `text` when it is an absolute path of this site, with or without a query; else "".

    Browsers read a backslash as a slash and drop tabs and line ends, and two slashes begin a host: anything but
    printable ASCII without backslashes is refused, and so is a path that begins with two slashes.
    """
    if not text.startswith("/") or text.startswith("//") or len(text) > LONGEST:
        return ""
    if "\\" in text or not all("!" <= character <= "~" for character in text):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc or parts.path.startswith("//"):
        return ""
    if any(parts.path == each or parts.path.startswith(f"{each}/") for each in _NOWHERE):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
