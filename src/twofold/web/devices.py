"""Short names of browsers ("Firefox on Windows"), for lists and notices; nothing is decided by them."""

from __future__ import annotations

from functools import lru_cache

import ua_parser

_LONGEST = 512


@lru_cache(maxsize=512)
def name_of(user_agent: str) -> str:
    """Return a name for a browser's User-Agent header; empty where it tells nothing."""
    found = ua_parser.parse(user_agent[:_LONGEST])
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    return f"{browser} on {system}" if browser and system else browser or system
